/* Arrays as parameters of statements: one value for each of many rows. */

/** A PostgreSQL array in its text form. */
export const arrayOf = (values: readonly (string | null)[]): string => {
  let text = '{';
  for (let i = 0; i < values.length; i++) {
    if (i > 0) text += ',';
    const value = values[i];
    text += value === null || value === undefined ? 'NULL' : quotedElement(value);
  }
  return text + '}';
};

const SPECIAL = /["\\]/;
const SPECIALS = /["\\]/g;

export const quotedElement = (value: string): string =>
  `"${SPECIAL.test(value) ? value.replace(SPECIALS, '\\$&') : value}"`;

/** Stands in no JSON text: there it is escaped. */
const BETWEEN = '\u001F';

/**
 * JSON texts, each as it is, for `jsonArray`: in an array's text every quote of theirs would be escaped here and
 * unescaped there.
 */
export const jsonTexts = (texts: readonly (string | null)[]): string => texts.map((text) => text ?? '').join(BETWEEN);

/** The SQL of a parameter that holds `jsonTexts`: a text[], to be cast to json[] or jsonb[]. */
export const jsonArray = (parameter: number): string => `string_to_array($${parameter}::text, chr(31), '')`;
