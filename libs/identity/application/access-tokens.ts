export interface AccessClaims {
  /** The user. */
  readonly sub: string;
  readonly workspaceId: string;
  /** As held when it was issued; the roles held now decide. */
  readonly roles: readonly string[];
  /** The directory revision those roles were read at. */
  readonly permissionsVersion: string;
  /** The session: a revoked one takes its access tokens with it. */
  readonly sid: string;
  readonly jti: string;
}

export type VerifiedClaims = AccessClaims & {
  /** Seconds since 1970. */
  readonly exp: number;
};

/** Issues and checks access tokens. */
export abstract class AccessTokens {
  /** Seconds. */
  abstract readonly lifetime: number;
  abstract issue(claims: AccessClaims, now: Date): string;
  /** @throws Unauthenticated, TokenExpired */
  abstract verify(token: string, now: Date): VerifiedClaims;
}
