import type { ProjectionGroup } from '#libs/processing/application/projection';
import { auditTrail } from './infrastructure/read-models/audit-trail/audit-trail.projection.js';

/** This room's part of the group `core`: every event of the log, in the same transaction as the status of reviews. */
export const coreOfAudit: ProjectionGroup = { name: 'core', version: 1, projections: [auditTrail] };

/** What the room brings to the program as plain data. */
export const auditManifest = { events: [], projectionGroups: [coreOfAudit], processManagers: [] };
