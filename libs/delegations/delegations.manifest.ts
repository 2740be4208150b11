import type { ProcessManager } from '#libs/processing/application/process-manager';
import { absences } from './application/absences.js';
import { delegationEvents } from './domain/delegation.events.js';

/** What the room brings to the program as plain data. */
export const delegationsManifest = {
  events: delegationEvents,
  projectionGroups: [],
  processManagers: [absences as unknown as ProcessManager],
} as const;
