import type { JsonObject } from '#libs/kernel/domain/json';
import type { Scope } from '#libs/delegations/domain/delegation.events';
import type { Provenance } from '#libs/drafts/domain/draft.events';
import type { WorkflowKey } from './workflows.js';

/** One assignment of a step that was asked from the start: the n-th, from 1. */
type Seat = Readonly<{ step: string; seat: number }>;

/** What one person does to one review, some hours after it was started. */
export type Move = Readonly<{ hour: number; by: string }> &
  (
    | Readonly<{ move: 'approve' | 'reject' | 'abstain'; comment?: string }>
    | Readonly<{ move: 'request-changes'; items: readonly { text: string; path?: string }[] }>
    | Readonly<{ move: 'resubmit' | 'edit'; content: JsonObject; note: string }>
    | Readonly<{ move: 'escalate'; reason: string; role?: string }>
    | Readonly<{ move: 'withdraw' | 'cancel' | 'hold' | 'resume' | 'reopen'; reason: string }>
    | Readonly<{ move: 'override'; step: string; outcome: 'approve' | 'reject'; reason: string }>
    | (Seat & Readonly<{ move: 'claim' }>)
    | (Seat & Readonly<{ move: 'reassign'; to: string; reason: string }>)
    | Readonly<{ move: 'request-info'; question: string }>
    | Readonly<{ move: 'provide-info'; answer: string }>
    | Readonly<{ move: 'comment'; text: string }>
  );

export interface Story {
  readonly workflow: WorkflowKey;
  readonly subject: Readonly<{ type: string; id: string; title: string; content: JsonObject }>;
  readonly by: string;
  /** Hours before the demo's last moment. */
  readonly startedAgo: number;
  readonly moves: readonly Move[];
  /** Where it came from, when an assistant handed it in as a draft. */
  readonly draft?: Provenance;
}

/** Somebody lets another act for him for a while. */
export interface Grant {
  readonly by: string;
  readonly to: string;
  /** Hours before the demo's last moment; it begins at once. */
  readonly startedAgo: number;
  readonly hours: number;
  readonly scope: Scope;
  readonly reason: string;
}
