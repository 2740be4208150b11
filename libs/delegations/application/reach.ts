import type { Person } from '#libs/identity/application/directory';
import type { RowAccess } from '#libs/identity/application/row-access';

/** How a command on delegations is to be carried out. */
export interface DelegationOptions {
  /** The client's `If-Match`: the command is refused when the stream stands elsewhere. */
  readonly expectedRevision?: bigint;
  /** Decide, but record nothing. */
  readonly dryRun?: boolean;
  /** Whose delegations the actor may make and end besides his own; nobody's without it. */
  readonly reach?: RowAccess['reach'];
}

/** Whether a right to delegate in the name of others reaches this person. */
export const mayForOthers = (reach: DelegationOptions['reach'], person: Person | undefined): boolean =>
  reach === 'all' ||
  (reach !== undefined && reach !== 'own' && person !== undefined && reach.branches.includes(person.branchId));
