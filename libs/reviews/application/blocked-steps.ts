/** Whose coming is looked at. */
export interface Comer {
  readonly workspaceId: string;
  readonly userId: string;
  /** Roles that this person holds now. */
  readonly roles: readonly string[];
}

/** Open reviews that nobody could go on with, from the read model `work`. */
export abstract class BlockedSteps {
  /** Ids of reviews with a blocked step that asks for the person, or for one of the roles. */
  abstract find(comer: Comer): Promise<readonly string[]>;
}
