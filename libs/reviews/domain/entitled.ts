import type { Facts } from './review.commands.js';
import { PermissionMissing, ReasonRequired } from './review.errors.js';

/** Moving other people's work takes the permission to, and a reason that can be read later. */
export function guardMayReassign({ data, facts }: { data: { reason: string }; facts: Facts }, what: string): void {
  if (!facts.may.reassign) throw new PermissionMissing(what, 'review:reassign');
  guardReason(data);
}

export function guardReason({ reason }: { reason: string }): void {
  if (reason.trim() === '') throw new ReasonRequired();
}
