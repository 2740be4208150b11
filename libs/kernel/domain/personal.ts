import { Type, type Static, type TSchema } from 'typebox';

/** What a personal value reads as after the key of its data subject was destroyed. */
export type Erased = Readonly<{ $erased: true }>;

/** A value that is encrypted in the log under the key of its data subject, and may have been erased since. */
export type Personal<T> = T | Erased;

/** Declares a field as personal: the codec encrypts it from the first event on. */
export const personal = <S extends TSchema>(schema: S) =>
  Type.Unsafe<Personal<Static<S>>>({ ...schema, personal: true });

export const isErased = (value: unknown): value is Erased =>
  typeof value === 'object' && value !== null && (value as Partial<Erased>).$erased === true;
