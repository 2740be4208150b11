const DIGITS = 20;

/**
 * A position of the log as text that sorts like the log, whichever store wrote it: `7` → `00000000000000000007`,
 * `commit/prepare` → both numbers filled up. `positionOf` gives the position back.
 */
export const ordinalOf = (position: string): string =>
  position.replaceAll(/\d+/gu, (digits) => digits.padStart(DIGITS, '0'));

export const positionOf = (ordinal: string): string =>
  ordinal.replaceAll(/\d+/gu, (digits) => digits.replace(/^0+(?=\d)/u, ''));
