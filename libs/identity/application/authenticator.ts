import type { Permission, Scope } from '../domain/permissions.js';
import type { Person } from './directory.js';

/** Who is calling, as known at this moment: roles are those held now, not those of the day the token was issued. */
export interface Principal {
  readonly userId: string;
  readonly workspaceId: string;
  readonly sessionId: string;
  readonly person: Person;
  /** The streams that this was found in, at the revisions seen: what the commands of this caller rely on. */
  readonly standing: ReadonlyMap<string, bigint>;
  /** How far the caller's roles reach for a permission; undefined = not at all. */
  scope(permission: Permission): Scope | undefined;
}

/** Turns an access token into a principal without I/O: every request comes by here. */
export abstract class Authenticator {
  /** @throws Unauthenticated, TokenExpired */
  abstract authenticate(accessToken: string): Promise<Principal>;
  /** Resolves once everything that was recorded when it was asked is known here. @throws EventStoreUnavailable */
  abstract current(): Promise<void>;
}
