/** One goal of the performance table: what was measured, against which bound. */
export interface Result {
  readonly id: string;
  readonly what: string;
  readonly value: number;
  readonly unit: 'ratio' | 'ms' | 's' | 'count';
  readonly goal: { readonly atLeast: number } | { readonly atMost: number };
  /** The figures behind the value, for the record. */
  readonly figures: Readonly<Record<string, number>>;
}

export const isMet = ({ value, goal }: Result): boolean =>
  'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost;

const round = (value: number) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** `P1  store append / F0  2.31 (goal ≥ 1.5) met   [append 3907/s, F0 1690/s]` */
export function line(result: Result): string {
  const { id, what, value, unit, goal, figures } = result;
  const bound = 'atLeast' in goal ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`;
  const behind = Object.entries(figures).map(([name, figure]) => `${name} ${round(figure)}`);
  const suffix = unit === 'ratio' || unit === 'count' ? '' : ` ${unit}`;
  const verdict = isMet(result) ? 'met' : 'NOT MET';
  return `${id.padEnd(4)} ${what}: ${round(value)}${suffix} (goal ${bound}${suffix}) ${verdict}  [${behind.join(', ')}]`;
}
