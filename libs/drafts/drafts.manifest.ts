import type { ProcessManager } from '#libs/processing/application/process-manager';
import { draftOutcomes } from './application/draft-outcomes.js';
import { draftEvents } from './domain/draft.events.js';
import { coreOfDrafts } from './infrastructure/read-models/draft-list/draft-list.projection.js';

/** What the room brings to the program as plain data. */
export const draftsManifest = {
  events: [...draftEvents],
  projectionGroups: [coreOfDrafts],
  processManagers: [draftOutcomes as unknown as ProcessManager],
};
