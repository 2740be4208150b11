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
  /** When the session was opened, in seconds since 1970, with fractions. */
  readonly auth_time: number;
  readonly jti: string;
}

export type VerifiedClaims = AccessClaims & {
  /** Seconds since 1970. */
  readonly exp: number;
};

/** A key that others may check our tokens with, as a JSON Web Key (RFC 7517). */
export interface PublicKey {
  readonly kid: string;
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly alg: 'EdDSA';
  readonly use: 'sig';
  readonly x: string;
}

/** Issues and checks access tokens. */
export abstract class AccessTokens {
  /** Seconds. */
  abstract readonly lifetime: number;
  abstract issue(claims: AccessClaims, now: Date): Promise<string>;
  /** @throws Unauthenticated, TokenExpired */
  abstract verify(token: string, now: Date): Promise<VerifiedClaims>;
  /** None where the keys are secret. */
  abstract publicKeys(): readonly PublicKey[];
}
