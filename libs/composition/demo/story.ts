import type { JsonObject } from '#libs/kernel/domain/json';
import type { WorkflowKey } from './workflows.js';

/** What one person does to one review, some hours after it was started. */
export type Move = Readonly<{ hour: number; by: string }> &
  (
    | Readonly<{ move: 'approve' | 'reject' | 'abstain'; comment?: string }>
    | Readonly<{ move: 'request-changes'; items: readonly { text: string; path?: string }[] }>
    | Readonly<{ move: 'resubmit'; content: JsonObject; note: string }>
    | Readonly<{ move: 'escalate'; reason: string; role?: string }>
    | Readonly<{ move: 'withdraw'; reason: string }>
    | Readonly<{ move: 'comment'; text: string }>
  );

export interface Story {
  readonly workflow: WorkflowKey;
  readonly subject: Readonly<{ type: string; id: string; title: string; content: JsonObject }>;
  readonly by: string;
  /** Hours before the demo's last moment. */
  readonly startedAgo: number;
  readonly moves: readonly Move[];
}
