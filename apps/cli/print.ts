import { Presets, SingleBar } from 'cli-progress';

const reader = new AbortController();
/** Aborted when nobody reads our output any more (`countersign … | head`): the rest is said to nobody. */
export const readerGone: AbortSignal = reader.signal;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  reader.abort();
});

/** Columns as wide as their widest cell; numbers on the right. */
export function table(rows: readonly Readonly<Record<string, string | number>>[]): string {
  const [first] = rows;
  if (!first) return '(none)';
  const names = Object.keys(first);
  const widths = names.map((name) => Math.max(name.length, ...rows.map((row) => String(row[name]).length)));
  const line = (cells: readonly (string | number)[]) =>
    cells
      .map((cell, i) =>
        typeof cell === 'number' ? String(cell).padStart(widths[i]!) : String(cell).padEnd(widths[i]!),
      )
      .join('  ')
      .trimEnd();
  return [line(names), ...rows.map((row) => line(names.map((name) => row[name]!)))].join('\n');
}

/** JSON with the bigints of revisions as numbers. */
export const json = (value: unknown, indent?: number): string =>
  JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? Number(each) : each), indent);

/** A line that fills up on a terminal; where there is none (a pipe, a log) it says how far it is every few seconds. */
export class Progress {
  private readonly bar: SingleBar | undefined;
  private lastSaid = 0;

  constructor(
    private readonly what: string,
    private readonly unit = 'events',
  ) {
    if (!process.stderr.isTTY) return;
    this.bar = new SingleBar(
      {
        format: `${what} {bar} {percentage}% | {done} {unit} | {rate}/s | {left} left`,
        hideCursor: true,
        stream: process.stderr,
      },
      Presets.shades_classic,
    );
    this.bar.start(1000, 0, { done: 0, unit, rate: 0, left: '?' });
  }

  /** @param fraction 0 to 1. */
  update({ done, fraction, rate }: { done: number; fraction: number; rate: number }): void {
    const remaining = fraction > 0 && rate > 0 ? (done / fraction - done) / rate : undefined;
    const left = remaining === undefined ? '?' : duration(remaining);
    if (this.bar) {
      this.bar.update(Math.round(fraction * 1000), { done, unit: this.unit, rate: Math.round(rate), left });
      return;
    }
    if (Date.now() - this.lastSaid < 2000) return;
    this.lastSaid = Date.now();
    console.error(
      `${this.what}: ${Math.round(fraction * 100)} %, ${done} ${this.unit}, ${Math.round(rate)}/s, ${left} left`,
    );
  }

  end(): void {
    this.bar?.stop();
  }
}

export const duration = (seconds: number): string => {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
};
