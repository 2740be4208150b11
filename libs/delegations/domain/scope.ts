import type { MaxAmount, Scope } from './delegation.events.js';

/** What somebody wants to act on. */
export interface Matter {
  readonly workflowKey: string;
  /** None: the act is about the review as a whole, which a grant for single steps does not cover. */
  readonly stepKey?: string | undefined;
  /** None: the amount is not known, which a grant up to an amount does not cover. */
  readonly amount?: Readonly<{ amountMinor: string; currency: string | null }> | undefined;
}

/** Whether a grant covers the matter. What is not known is not covered. */
export const covers = ({ workflowKeys, stepKeys, maxAmount }: Scope, matter: Matter): boolean =>
  (workflowKeys === undefined || workflowKeys.includes(matter.workflowKey)) &&
  (stepKeys === undefined || (matter.stepKey !== undefined && stepKeys.includes(matter.stepKey))) &&
  (maxAmount === undefined || (matter.amount !== undefined && isWithin(maxAmount, matter.amount)));

const isWithin = (most: MaxAmount, { amountMinor, currency }: NonNullable<Matter['amount']>): boolean =>
  (most.currency === null || most.currency === currency) && BigInt(amountMinor) <= BigInt(most.amountMinor);

/** What both cover; undefined when that is nothing. */
export function common(a: Scope, b: Scope): Scope | undefined {
  const workflowKeys = shared(a.workflowKeys, b.workflowKeys);
  const stepKeys = shared(a.stepKeys, b.stepKeys);
  const maxAmount = lesser(a.maxAmount, b.maxAmount);
  if (workflowKeys?.length === 0 || stepKeys?.length === 0 || maxAmount === 'nothing') return undefined;
  return { ...(workflowKeys && { workflowKeys }), ...(stepKeys && { stepKeys }), ...(maxAmount && { maxAmount }) };
}

const shared = (a: string[] | undefined, b: string[] | undefined): string[] | undefined =>
  a === undefined ? b : b === undefined ? a : a.filter((key) => b.includes(key));

function lesser(a: MaxAmount | undefined, b: MaxAmount | undefined): MaxAmount | undefined | 'nothing' {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.currency !== null && b.currency !== null && a.currency !== b.currency) return 'nothing';
  const { amountMinor } = BigInt(a.amountMinor) <= BigInt(b.amountMinor) ? a : b;
  return { amountMinor, currency: a.currency ?? b.currency };
}
