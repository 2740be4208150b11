import { fieldChanges, type FieldChange } from '#libs/kernel/domain/field-diff';
import type { Json, JsonObject } from '#libs/kernel/domain/json';

type Fields = Readonly<Record<string, Json | undefined>>;

/** What differs between two records; undefined and null are the same nothing. */
export const changesBetween = (before: Fields, after: Fields): readonly FieldChange[] =>
  fieldChanges(said(before), said(after));

const said = (fields: Fields): JsonObject =>
  Object.fromEntries(
    Object.entries(fields).filter((field): field is [string, Json] => field[1] !== undefined && field[1] !== null),
  );
