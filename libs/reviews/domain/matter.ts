import type { Matter } from './delegations.js';
import { currentRevision, type CaseFile } from './review.state.js';

/** A review, or one of its steps, as a delegation may be limited to it. */
export function matterOf(review: CaseFile, stepKey?: string): Matter {
  const amount = amountOf(currentRevision(review).content);
  return {
    workflowKey: review.workflow.key,
    ...(stepKey !== undefined && { stepKey }),
    ...(amount && { amount }),
  };
}

/** What somebody acts on who brings another content: what is there and what comes in its place, whichever is more. */
export function matterOfChange(review: CaseFile, content: unknown): Matter {
  const { amount: before, ...matter } = matterOf(review);
  const after = amountOf(content);
  if (!before || !after) return matter;
  const { amountMinor } = BigInt(before.amountMinor) > BigInt(after.amountMinor) ? before : after;
  // In two currencies: only what is limited in none covers both.
  const currency = before.currency === after.currency ? after.currency : null;
  return { ...matter, amount: { amountMinor, currency } };
}

/**
 * The amount of a subject: `amountMinor` (with `currency`) at the top of its content, or `amount` as money. Anything
 * else is not known: a decimal text may be in any unit.
 */
export function amountOf(content: unknown): Matter['amount'] {
  if (!isObject(content)) return undefined;
  return moneyOf(content) ?? (isObject(content['amount']) ? moneyOf(content['amount']) : undefined);
}

function moneyOf({ amountMinor, currency }: Readonly<Record<string, unknown>>): Matter['amount'] {
  const isWhole = typeof amountMinor === 'number' ? amountMinor >= 0 : /^\d{1,39}$/u.test(textOf(amountMinor));
  if (!isWhole) return undefined;
  return { amountMinor: String(amountMinor as string | number), currency: textOf(currency) || null };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
