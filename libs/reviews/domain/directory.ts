/** One person, as far as deciding needs to know: only what says who may act. */
export interface Person {
  readonly userId: string;
  readonly roles: readonly string[];
  readonly active: boolean;
  readonly branchId?: string;
  readonly managerId?: string;
  /** False: none of the roles lets decide on anything. Not known is yes. */
  readonly mayDecide?: boolean;
}

/** Whether anything can be asked of this person. */
export const canDecide = (person: Person | undefined): person is Person =>
  person?.active === true && person.mayDecide !== false;

/** Whoever belongs to no branch belongs to the one above all others. */
export const branchOf = (person: Pick<Person, 'branchId'> | undefined): string => person?.branchId ?? 'HQ';

/** The people of the workspace at the moment of the command: immutable, in memory, no I/O. */
export interface Directory {
  /** Frozen into decisions as evidence. */
  readonly revision: string;
  person(userId: string): Person | undefined;
  /** Ids of active people who hold the role, sorted. */
  holders(role: string): readonly string[];
}
