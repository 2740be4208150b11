import { createPublicKey, type KeyObject } from 'node:crypto';

/**
 * A key of access tokens. What it is decides what it may do: 32 secret bytes sign and check HS256, a private Ed25519 key
 * signs and checks EdDSA, a public one only checks. `kid` names it in the tokens, so that it can be replaced while old
 * tokens live.
 */
export interface SigningKey {
  readonly kid: string;
  readonly key: KeyObject;
}

export type Algorithm = 'EdDSA' | 'HS256';

/** A key as tokens meet it: its one algorithm is the key's own, whatever a token says. */
export interface TokenKey {
  readonly kid: string;
  readonly algorithm: Algorithm;
  readonly checks: KeyObject;
  /** Undefined: a key of the past, or of somebody else. */
  readonly signs: KeyObject | undefined;
}

/** @throws TypeError for a key of another kind */
export function tokenKey({ kid, key }: SigningKey): TokenKey {
  if (key.type === 'secret') return { kid, algorithm: 'HS256', checks: key, signs: key };
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('A signing key is secret bytes or an Ed25519 key.');
  return key.type === 'public'
    ? { kid, algorithm: 'EdDSA', checks: key, signs: undefined }
    : { kid, algorithm: 'EdDSA', checks: createPublicKey(key), signs: key };
}
