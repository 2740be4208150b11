import type { ProcessManager } from '#libs/processing/application/process-manager';
import { draftOutcomes } from './application/draft-outcomes.js';
import { draftEvents } from './domain/draft.events.js';

/** What the room brings to the program as plain data. */
export const draftsManifest = {
  events: [...draftEvents],
  projectionGroups: [],
  processManagers: [draftOutcomes as unknown as ProcessManager],
};
