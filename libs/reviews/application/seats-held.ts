/** Somebody who holds a role. */
export interface Holder {
  readonly userId: string;
  /** Everybody above, nearest first. */
  readonly superiors: readonly string[];
}

/** Whose assignments are looked for. */
export interface Leaver {
  readonly workspaceId: string;
  readonly userId: string;
  /** Roles that this person holds no more, and who holds them still. */
  readonly roles: readonly { readonly role: string; readonly holders: readonly Holder[] }[];
}

/** Open reviews that somebody's leaving concerns, from the read model. */
export abstract class SeatsHeld {
  /**
   * Ids of reviews in which the person has an open assignment by name or a claim, or that ask for one of the roles and
   * may have too few people for it now. May name one too many, never one too few.
   */
  abstract find(leaver: Leaver): Promise<readonly string[]>;
}
