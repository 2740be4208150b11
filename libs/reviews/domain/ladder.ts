import type { Rung, Step } from '#libs/kernel/domain/workflow-definition';
import { HOUR, budgetMs, plus } from './clock.js';
import type { Clock } from './review.events.js';
import type { Execution } from './review.state.js';

/** After how much running time a rung fires, in milliseconds; null when the step's clock cannot tell (no budget). */
export function rungOffset(at: string, budget: number | null): number | null {
  const afterStart = /^start\+(\d+)h$/.exec(at);
  if (afterStart) return Number(afterStart[1]) * HOUR;
  if (budget === null) return null;
  if (at === '0') return budget;
  const share = /^(\d+)(?:\.(\d{1,2}))?%$/.exec(at);
  if (share) return shareOf(budget, share[1] ?? '0', share[2] ?? '');
  const around = /^([+-])(\d+)h$/.exec(at);
  if (around) return Math.max(0, budget + (around[1] === '-' ? -1 : 1) * Number(around[2]) * HOUR);
  return null;
}

/** Exact, rounded up to the millisecond: hundredths of a percent are counted as integers. */
function shareOf(whole: number, percent: string, hundredths: string): number {
  const parts = BigInt(whole) * BigInt(percent + hundredths.padEnd(2, '0'));
  return Number((parts + 9_999n) / 10_000n);
}

/** When each rung that has not fired yet is due on a clock that runs. */
export const rungsDue = (ladder: readonly Rung[], clock: Clock, fired: readonly string[]): Execution['rungs'] =>
  ladder.flatMap(({ id, at }) => {
    const offset = fired.includes(id) ? null : rungOffset(at, budgetMs(clock.budget));
    return offset === null ? [] : [{ rungId: id, dueAt: plus(clock.runningSince, offset - clock.consumedMs) }];
  });

/** Rungs that were fired or skipped, by timer or by hand. */
export const usedRungs = ({ ladder }: Execution): readonly string[] => ladder.map(({ rungId }) => rungId);

/** The lowest rung of the ladder that has not been used. */
export const nextRung = (step: Step, execution: Execution): Rung | undefined =>
  step.ladder.find(({ id }) => !usedRungs(execution).includes(id));

/** Rungs after which nothing is left to decide. */
export const isTerminal = ({ action }: Rung): boolean => action === 'auto_reject' || action === 'expire';
