import type { Hashing } from '#libs/kernel/application/hashing';
import { canonicalJson } from '#libs/kernel/domain/canonical-json';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { CommandMetadata } from '#libs/kernel/domain/message';

/** Metadata of a command that no person sent: `id` is that of what caused it, so that twice is once in effect. */
export const systemMetadata = (
  actorId: string,
  { id, workspaceId, now, payload }: { id: string; workspaceId: string; now: string; payload: JsonObject },
  hashing: Hashing,
): CommandMetadata => ({
  commandId: id,
  commandHash: hashing.sha256(canonicalJson(payload)),
  actor: { id: actorId, kind: 'system', roles: [] },
  workspaceId,
  now,
  correlationId: id,
  causationId: id,
});
