import type { Grant } from '../domain/permissions.js';

/** One person as everybody else may know them: no personal fields, only what decides who may act. */
export interface Person {
  readonly userId: string;
  readonly username: string;
  /** Roles held now, sorted. */
  readonly roles: readonly string[];
  readonly active: boolean;
  /** Whether any of the roles lets decide on reviews at all. */
  readonly mayDecide: boolean;
  readonly branchId: string;
  readonly departmentId?: string;
  readonly positionId?: string;
  readonly managerId?: string;
  /** Only of service accounts: what they may do beside their role. */
  readonly grants?: readonly Grant[];
}

/** The people of one workspace at one moment. Immutable: a change makes the next view. */
export interface DirectoryView {
  /** Changes with every change of anybody in the workspace; frozen into decisions as evidence. */
  readonly revision: string;
  person(userId: string): Person | undefined;
  /** Ids of active people who hold the role, sorted. */
  holders(role: string): readonly string[];
  /** All there ever were, those who have left too. */
  everyone(): readonly Person[];
  /** The streams of these people at the revisions this view has seen: what an append made by a right of theirs has to check. */
  reliesOn(userIds: Iterable<string>): ReadonlyMap<string, bigint>;
}

/** Who works here and with which roles, answered from memory: asking costs no I/O. */
export abstract class Directory {
  /** A workspace nobody belongs to answers an empty view. */
  abstract snapshot(workspaceId: string): DirectoryView;
  /** As it was at an earlier instant (RFC 3339 UTC); one that is still to come is now. */
  abstract asOf(workspaceId: string, instant: string): DirectoryView;
  /** Resolves once everything that was recorded when it was asked is known here. @throws EventStoreUnavailable */
  abstract current(): Promise<void>;
}
