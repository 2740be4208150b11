import type { Pool } from 'pg';
import type { EventStore } from '#libs/event-store/application/event-store';
import type { EventStoreKind } from './config.js';
import { PlainError } from './plain-error.js';

interface Facts {
  /** Which log the read models and keys of this database belong to. */
  'event-store': { kind: EventStoreKind };
  /** When the demo's thirty days end, and whether all of it was made. */
  demo: { anchor: string; complete: boolean };
  /** Which backup this installation came from, by its checksums, and whether all of it is here. */
  restore: { fingerprint: string; complete: boolean };
}

/** What is known about the installation as a whole. */
export class InstallationFacts {
  constructor(private readonly pool: Pool) {}

  async read<Name extends keyof Facts>(name: Name): Promise<Facts[Name] | undefined> {
    const { rows } = await this.pool.query<{ value: Facts[Name] }>(
      'SELECT value FROM public.installation WHERE name = $1',
      [name],
    );
    return rows[0]?.value;
  }

  async write<Name extends keyof Facts>(name: Name, value: Facts[Name]): Promise<void> {
    await this.pool.query(
      `INSERT INTO public.installation (name, value) VALUES ($1, $2)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = now()`,
      [name, JSON.stringify(value)],
    );
  }

  /** The first value stays. @returns what holds. */
  async settle<Name extends keyof Facts>(name: Name, value: Facts[Name]): Promise<Facts[Name]> {
    await this.pool.query('INSERT INTO public.installation (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      name,
      JSON.stringify(value),
    ]);
    return (await this.read(name)) as Facts[Name];
  }
}

/** This database belongs to the log of another event store. */
export class WrongEventStore extends PlainError {}

/** An installation does not begin on a log that was never reached. */
export class NoEventStore extends PlainError {}

/**
 * Checkpoints and read models mean nothing against another log: refuses an EVENT_STORE that was switched by mistake.
 * The first start settles which log it is; one that does not answer is nobody's choice yet.
 * @throws WrongEventStore
 * @throws NoEventStore at the first start, when the log does not answer
 */
export async function settleEventStore(
  facts: InstallationFacts,
  kind: EventStoreKind,
  store: Pick<EventStore, 'health'>,
): Promise<void> {
  if (!(await facts.read('event-store'))) await mustAnswer(kind, store);
  const { kind: known } = await facts.settle('event-store', { kind });
  if (known !== kind)
    throw new WrongEventStore(
      `This database holds the read models of a log in ${known}, but EVENT_STORE is ${kind}. ` +
        `To move the log: countersign log copy --from ${known} --to ${kind}.`,
    );
}

async function mustAnswer(kind: EventStoreKind, store: Pick<EventStore, 'health'>): Promise<void> {
  const { ok, detail } = await store.health();
  if (ok) return;
  const where = kind === 'eventstoredb' ? 'EVENTSTORE_URL' : 'DATABASE_URL';
  throw new NoEventStore(
    `The log in ${kind} does not answer${detail ? ` (${detail})` : ''}: is it running, and does ${where} name it?`,
  );
}
