import { currentRevision, type CaseFile } from './review.state.js';

/** What somebody wants to act on, as far as a delegation may be limited to it. */
export type Matter = Readonly<{
  workflowKey: string;
  /** None: the act is about the review as a whole. */
  stepKey?: string;
  /** None: it is not known. */
  amount?: Readonly<{ amountMinor: string; currency: string | null }>;
}>;

/** Somebody a person may act for: the people the right came by, the principal first, and what says so. */
export type Principal = Readonly<{ principal: string; path: readonly string[]; revision: string }>;

/** Who may act for whom at the moment of the command: immutable, in memory, no I/O. */
export interface Delegations {
  /** Nearest first, each once; through people of whom `passes` holds. */
  principalsOf(delegateId: string, matter: Matter | 'any', passes: (userId: string) => boolean): readonly Principal[];
  /** Sorted. */
  delegatesOf(principal: string, matter: Matter | 'any', passes: (userId: string) => boolean): readonly string[];
}

export const nobodyDelegates: Delegations = { principalsOf: () => [], delegatesOf: () => [] };

/** A review, or one of its steps, as a delegation may be limited to it. */
export function matterOf(review: CaseFile, stepKey?: string): Matter {
  const amount = amountOf(currentRevision(review).content);
  return {
    workflowKey: review.workflow.key,
    ...(stepKey !== undefined && { stepKey }),
    ...(amount && { amount }),
  };
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
