import { auditManifest } from '#libs/audit/audit.manifest';
import { delegationsManifest } from '#libs/delegations/delegations.manifest';
import { draftsManifest } from '#libs/drafts/drafts.manifest';
import { identityManifest } from '#libs/identity/identity.manifest';
import type { EventDefinition } from '#libs/kernel/domain/define-event';
import type { ProcessManager } from '#libs/processing/application/process-manager';
import type { ProjectionGroup } from '#libs/processing/application/projection';
import { notificationsManifest } from '#libs/notifications/notifications.manifest';
import { organizationManifest } from '#libs/organization/organization.manifest';
import { reviewsManifest } from '#libs/reviews/reviews.manifest';
import { workflowsManifest } from '#libs/workflows/workflows.manifest';
import { joinGroups } from './projection-groups.js';

/** What a room brings to the program as plain data. */
export interface RoomManifest {
  readonly events: readonly EventDefinition[];
  readonly projectionGroups: readonly ProjectionGroup[];
  readonly processManagers: readonly ProcessManager[];
}

/** Every room there is: a new one is added here and in `rooms.module.ts`, nowhere else. */
export const rooms: readonly RoomManifest[] = [
  identityManifest,
  organizationManifest,
  delegationsManifest,
  workflowsManifest,
  reviewsManifest,
  auditManifest,
  notificationsManifest,
  draftsManifest,
];

export const allEvents = rooms.flatMap(({ events }) => events);
export const allGroups = joinGroups(rooms.flatMap(({ projectionGroups }) => projectionGroups));
export const allProcessManagers = rooms.flatMap(({ processManagers }) => processManagers);
