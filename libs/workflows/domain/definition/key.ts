/** Shape of the keys of workflows, steps and rungs. */
export const KEY = /^[a-z0-9][a-z0-9-]{0,62}$/;
export const KEY_HINT = 'lower-case letters, digits and hyphens, at most 63, no hyphen first.';

/** Shape of role names. Roles may be made after the workflow, so that any name of this shape may be assigned. */
export const ROLE = /^[a-z][a-z0-9_-]{0,62}$/;
export const ROLE_HINT = 'role names begin with a lower-case letter; lower-case letters, digits, - and _ follow.';
