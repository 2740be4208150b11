import type { SchemaFingerprint } from './event-registry.js';

/** Code changed a stored shape without raising its version; the process must not start. */
export class SchemaDrift extends Error {
  override readonly name = 'SchemaDrift';

  constructor(drifted: readonly Pick<SchemaFingerprint, 'type' | 'version'>[]) {
    const names = drifted.map(({ type, version }) => `${type} version ${version}`).join(', ');
    super(
      `The schema of ${names} is not the one registered before. Stored events keep their shape: ` +
        'raise the version and add an upcaster.',
    );
  }
}
