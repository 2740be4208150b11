import { derivedId } from '#libs/kernel/domain/ids';

/** The key of one data subject, unwrapped in memory. */
export interface SubjectKey {
  readonly keyId: string;
  /** AES-256-GCM; base64 of a fresh nonce and of ciphertext plus tag. `aad` binds it to its place in the log. */
  encrypt(plaintext: string, aad: string): { iv: string; ct: string };
  /** Throws when the text was not sealed by this key for this place. */
  decrypt(sealed: { iv: string; ct: string }, aad: string): string;
  /** HMAC-SHA-256 (hex) under a key derived from this one: erased with it. */
  hmac(bytes: string | Uint8Array): string;
}

/** Keys of data subjects. A destroyed key makes everything sealed with it unreadable, in the log and in every backup of it. */
export abstract class SubjectKeys {
  /** The live key of a subject; made on first use. */
  abstract current(subjectRef: string): Promise<SubjectKey>;
  /** Every id asked for is in the answer: its key, or `erased` when it was destroyed (or never existed). */
  abstract byIds(keyIds: readonly string[]): Promise<ReadonlyMap<string, SubjectKey | 'erased'>>;
  /** Destroys every key of the subject for ever. */
  abstract destroy(subjectRef: string): Promise<void>;
}

/** Whose key seals the events of a review: its subject's (a loan, a document). */
export const subjectKeyRef = (workspaceId: string, subjectType: string, subjectId: string): string =>
  derivedId('subject', workspaceId, subjectType, subjectId);

/** Whose key seals a person's own events. */
export const personKeyRef = (userId: string): string => derivedId('person', userId);
