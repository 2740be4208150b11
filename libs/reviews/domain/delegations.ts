/** What somebody wants to act on, as far as a delegation may be limited to it. */
export type Matter = Readonly<{
  workflowKey: string;
  /** None: the act is about the review as a whole. */
  stepKey?: string;
  /** None: it is not known. */
  amount?: Readonly<{ amountMinor: string; currency: string | null }>;
}>;

/** Somebody a person may act for: the people the right came by, the principal first, and what says so. */
export type Principal = Readonly<{ principal: string; path: readonly string[]; revision: string }>;

/** Who may act for whom at the moment of the command: immutable, in memory, no I/O. */
export interface Delegations {
  /** Nearest first, each once; through people of whom `passes` holds. */
  principalsOf(delegateId: string, matter: Matter | 'any', passes: (userId: string) => boolean): readonly Principal[];
  /** Sorted. */
  delegatesOf(principal: string, matter: Matter | 'any', passes: (userId: string) => boolean): readonly string[];
}

export const nobodyDelegates: Delegations = { principalsOf: () => [], delegatesOf: () => [] };
