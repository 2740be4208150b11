const DIGITS = 20;

/**
 * A position of the log as text that sorts like the log, whichever store wrote it: `7` → `00000000000000000007`,
 * `commit/prepare` → both numbers filled up. `positionOf` gives the position back.
 */
export const ordinalOf = (position: string): string =>
  position.includes('/')
    ? position
        .split('/')
        .map((part) => part.padStart(DIGITS, '0'))
        .join('/')
    : position.padStart(DIGITS, '0');

export const positionOf = (ordinal: string): string =>
  ordinal
    .split('/')
    .map((part) => part.replace(/^0+(?=\d)/u, ''))
    .join('/');
