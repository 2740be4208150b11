import type { DomainEvent, Recorded } from '#libs/kernel/domain/message';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { Personal } from '#libs/kernel/domain/personal';
import { evaluateRuleset, RULE_OUTCOMES, type RuleOutcome, type Ruleset } from '#libs/kernel/domain/ruleset';

/** What this room needs to know of events of the room `reviews`: their stored names, contents and outcomes. */
export type PastEvent =
  | DomainEvent<
      'ReviewStarted',
      { reviewId: string; workflow: { key: string }; revision: { content: Personal<JsonObject> } }
    >
  | DomainEvent<'SubjectRevised', { revision: { content: Personal<JsonObject> } }>
  | DomainEvent<'ReviewApproved' | 'ReviewRejected'>
  | DomainEvent<'ReviewWithdrawn' | 'ReviewExpired' | 'ReviewCancelled'>;

/** The types to read from the log, in any order. */
export const pastTypes = [
  'ReviewStarted',
  'SubjectRevised',
  'ReviewApproved',
  'ReviewRejected',
  'ReviewWithdrawn',
  'ReviewExpired',
  'ReviewCancelled',
] as const;

/** Which past decisions are looked at; all of them unless told. */
export interface Past {
  readonly workflow?: string | undefined;
  /** When it was decided, RFC 3339: from (inclusive) and to (exclusive). */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** As if the rules in shadow were enforced. */
  readonly shadow?: boolean | undefined;
}

export type Was = 'approved' | 'rejected';

/** A review that ended one way and would have ended the other. */
export interface Flip {
  readonly reviewId: string;
  readonly workflowKey: string;
  readonly was: Was;
  readonly would: Exclude<RuleOutcome, 'review'>;
  readonly rule: string;
  readonly decidedAt: string;
}

/** What the rules would have done to the past. */
export interface BacktestResult {
  /** Reviews that were approved or rejected; one that was reopened counts each time. */
  readonly decisions: number;
  /** Decided otherwise than they were. */
  readonly flips: number;
  /** Decided as they were, without people. */
  readonly same: number;
  /** Left to people. */
  readonly left: number;
  /** How they ended, by what the rules say. */
  readonly outcomes: Readonly<Record<Was, Readonly<Record<RuleOutcome, number>>>>;
  /** How often each rule decided; rules that never did are in it with 0. */
  readonly rules: readonly Readonly<{ name: string; decided: number }>[];
}

/** What the rules say of the newest content of a review, as long as it has not ended. */
type Pending = Readonly<{ workflowKey: string; outcome: RuleOutcome; rule: string | null }>;

/** Reviews that may be open at one time before the oldest are forgotten; such a one is read again when it ends. */
const MOST_PENDING = 100_000;

/**
 * Goes over past events in the order of the log and counts. Contents are not kept: the rules are asked when a content
 * comes, and what is remembered until the end is their answer.
 */
export class Tally {
  private readonly pending = new Map<string, Pending>();
  private readonly outcomes = { approved: noOutcomes(), rejected: noOutcomes() };
  private readonly decided: Map<string, number>;
  private flips = 0;

  constructor(
    private readonly ruleset: Ruleset,
    private readonly past: Past,
    private readonly mostPending = MOST_PENDING,
  ) {
    this.decided = new Map(ruleset.rules.map(({ name }) => [name, 0]));
  }

  /**
   * @returns the flip that this event is, or `forgotten` when it ends a review that is not remembered: then `recall`
   * its events up to here and take it again
   */
  take(event: Recorded<PastEvent>): Flip | 'forgotten' | undefined {
    switch (event.type) {
      case 'ReviewStarted':
        return this.remember(event.streamId, event.data.workflow.key, event.data.revision.content);
      case 'SubjectRevised': {
        const known = this.pending.get(event.streamId);
        return known && this.remember(event.streamId, known.workflowKey, event.data.revision.content);
      }
      case 'ReviewApproved':
        return this.end(event, 'approved');
      case 'ReviewRejected':
        return this.end(event, 'rejected');
      case 'ReviewWithdrawn':
      case 'ReviewExpired':
      case 'ReviewCancelled':
        this.pending.delete(event.streamId);
        return undefined;
    }
  }

  /** Takes in the events of one review again, up to the end that was `forgotten`. */
  recall(events: readonly Recorded<PastEvent>[]): void {
    for (const event of events) if (event.type === 'ReviewStarted' || event.type === 'SubjectRevised') this.take(event);
  }

  get result(): BacktestResult {
    const { approved, rejected } = this.outcomes;
    const left = approved.review + rejected.review;
    const same = approved.approve + rejected.reject;
    return {
      decisions: left + same + approved.reject + rejected.approve,
      flips: this.flips,
      same,
      left,
      outcomes: { approved: { ...approved }, rejected: { ...rejected } },
      rules: [...this.decided].map(([name, decided]) => ({ name, decided })),
    };
  }

  private remember(streamId: string, workflowKey: string, content: Personal<JsonObject>): undefined {
    const evaluation = this.isAsked(workflowKey) ? evaluateRuleset(this.ruleset, content) : NOT_ASKED;
    const { outcome, decisive: rule } = (this.past.shadow && evaluation.shadow) || evaluation;
    this.pending.delete(streamId);
    this.pending.set(streamId, { workflowKey, outcome, rule });
    if (this.pending.size > this.mostPending) this.pending.delete(this.pending.keys().next().value!);
  }

  private end({ streamId, recordedAt }: Recorded<PastEvent>, was: Was): Flip | 'forgotten' | undefined {
    const known = this.pending.get(streamId);
    this.pending.delete(streamId);
    if (!this.isInTime(recordedAt)) return undefined;
    if (!known) return 'forgotten';
    const { workflowKey, outcome, rule } = known;
    if (!this.isAsked(workflowKey)) return undefined;

    this.outcomes[was][outcome] += 1;
    if (rule === null) return undefined;
    this.decided.set(rule, (this.decided.get(rule) ?? 0) + 1);
    if (outcome === 'review' || (outcome === 'approve') === (was === 'approved')) return undefined;
    this.flips += 1;
    const reviewId = streamId.slice('review-'.length);
    return { reviewId, workflowKey, was, would: outcome, rule, decidedAt: recordedAt };
  }

  private isAsked(workflowKey: string): boolean {
    return this.past.workflow === undefined || this.past.workflow === workflowKey;
  }

  private isInTime(at: string): boolean {
    const { from, to } = this.past;
    const instant = Date.parse(at);
    return (from === undefined || instant >= Date.parse(from)) && (to === undefined || instant < Date.parse(to));
  }
}

/** Reviews of other workflows are only remembered, so that they are not looked up when they end. */
const NOT_ASKED = { outcome: 'review', decisive: null, shadow: null } as const;

const noOutcomes = (): Record<RuleOutcome, number> =>
  Object.fromEntries(RULE_OUTCOMES.map((outcome) => [outcome, 0])) as Record<RuleOutcome, number>;
