import { roles, scopeOf } from '../domain/permissions.js';

/** Every role there is. */
export const roleNames: readonly string[] = roles;

/** The roles whose holders may decide on reviews, as far as they reach. */
export const rolesThatDecide: readonly string[] = roles.filter((role) => scopeOf('review:decide', [role]));
