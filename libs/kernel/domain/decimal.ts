/** A number without floats: `digits` / 10^`scale`. */
export type Decimal = Readonly<{ digits: bigint; scale: number }>;

/** Longer numbers are text: no amount has that many digits, and comparing them would cost. */
const LONGEST = 100;
const WRITTEN = /^(-?(?:0|[1-9]\d*))(?:\.(\d+))?$/;

/**
 * The number that an integer or a decimal string stands for. `undefined` for everything else, `007`, `1e5` and `+1`
 * too: account numbers and codes stay text.
 */
export function readDecimal(value: unknown): Decimal | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? { digits: BigInt(value), scale: 0 } : undefined;
  if (typeof value !== 'string' || value.length > LONGEST) return undefined;
  const [, whole, fraction = ''] = WRITTEN.exec(value) ?? [];
  return whole === undefined ? undefined : { digits: BigInt(whole + fraction), scale: fraction.length };
}

/** Below zero, zero or above zero, as `a` is less than, equal to or greater than `b`. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const scale = Math.max(a.scale, b.scale);
  const left = a.digits * 10n ** BigInt(scale - a.scale);
  const right = b.digits * 10n ** BigInt(scale - b.scale);
  return left < right ? -1 : left > right ? 1 : 0;
}
