import { scopeOf, type Permission } from '#libs/identity/domain/permissions';
import type { May } from '#libs/reviews/domain/review.commands';

/** The permissions that the rules of a review ask for themselves. */
export const RIGHTS = {
  reassign: 'review:reassign',
  dismiss: 'review:dismiss',
  override: 'review:override',
} as const satisfies Readonly<Record<keyof May, Permission>>;

/** What somebody may do on a review besides everybody's rights, by permissions held. */
export const mayOf = (holds: (permission: Permission) => boolean): May => ({
  reassign: holds(RIGHTS.reassign),
  dismiss: holds(RIGHTS.dismiss),
  override: holds(RIGHTS.override),
});

/** The same by roles alone, wherever they reach. */
export const mayByRoles = (roles: readonly string[]): May =>
  mayOf((permission) => {
    const scope = scopeOf(permission, roles);
    return scope !== undefined && scope !== 'read';
  });
