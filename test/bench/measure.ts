import { createHash } from 'node:crypto';
import { cpus, totalmem } from 'node:os';

/** Rates or latencies of the contestants of one comparison, measured in turns so that the machine's drift hits all alike. */
export type Contestants = Readonly<Record<string, () => Promise<number>>>;

export interface Comparison {
  readonly median: Readonly<Record<string, number>>;
  /** (max − min) / median of each contestant's rounds. */
  readonly spread: Readonly<Record<string, number>>;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The value below which the share `q` (0 to 1) of the values lies. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

/** Share of a denominator's rounds that may lie apart before the whole comparison is measured again. */
const STEADY = 0.4;

/** Interleaved rounds, median of each; measured again (twice at most) while the denominator spreads more than 40 %. */
export async function compare(contestants: Contestants, denominator: string, rounds = 5): Promise<Comparison> {
  for (let attempt = 1; ; attempt++) {
    const values: Record<string, number[]> = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
    for (let round = 0; round < rounds; round++)
      for (const [name, measure] of Object.entries(contestants)) values[name]!.push(await measure());
    const spread = mapValues(values, (list) => (Math.max(...list) - Math.min(...list)) / median(list));
    if (spread[denominator]! <= STEADY || attempt === 3) return { median: mapValues(values, median), spread };
  }
}

const mapValues = <A, B>(record: Record<string, A>, f: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]));

/** Calls per second of `clients` callers that each call `one` again and again for `ms` milliseconds. */
export async function rate(clients: number, ms: number, one: (client: number) => Promise<unknown>): Promise<number> {
  const start = performance.now();
  const end = start + ms;
  let calls = 0;
  const caller = async (client: number) => {
    while (performance.now() < end) {
      await one(client);
      calls++;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, client) => caller(client)));
  return (calls * 1000) / (performance.now() - start);
}

/** Milliseconds of each of `n` calls, one after the other. */
export async function latencies(n: number, one: (i: number) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < n; i++) {
    const start = performance.now();
    await one(i);
    times.push(performance.now() - start);
  }
  return times;
}

export const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;

/** SHA-256 of a short text per second on one core: how fast this machine is at the moment. */
export function hashesPerSecond(): number {
  const count = 300_000;
  const begun = performance.now();
  for (let i = 0; i < count; i++) createHash('sha256').update(`countersign ${i}`).digest('hex');
  return (count / (performance.now() - begun)) * 1000;
}
