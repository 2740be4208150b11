import type { JsonObject } from '#libs/kernel/domain/json';
import type { NoticeKind } from './preferences.events.js';

/** What somebody is to be told: ids and names of steps, nothing that a person wrote. */
export interface Notice extends JsonObject {
  readonly kind: NoticeKind;
  readonly eventType: string;
  readonly reviewId: string;
  readonly subject: { readonly type: string; readonly id: string };
  readonly workflow: string;
  readonly step: string | null;
  readonly dueAt: string | null;
}

/** Who is to be told: a person, everybody in a role, or whoever these people report to. */
export type Recipient = Readonly<{ user: string }> | Readonly<{ role: string }> | Readonly<{ managerOf: Recipient }>;

/** A sentence about it. */
export function sentenceOf({ kind, eventType, subject, step, dueAt }: Notice): string {
  const what = `${subject.type} ${subject.id}`;
  const at = step === null ? '' : ` (${step})`;
  const due = dueAt === null ? '' : `, due ${dueAt.slice(0, 16).replace('T', ' ')} UTC`;
  switch (kind) {
    case 'assignment':
      return `Waits for your decision: ${what}${at}${due}`;
    case 'reminder':
      return eventType === 'SlaBreached' ? `Overdue: ${what}${at}${due}` : `Still waits: ${what}${at}${due}`;
    case 'escalation':
      return eventType === 'StepBlocked' ? `Needs routing: ${what}${at}` : `Escalated: ${what}${at}${due}`;
    case 'changes':
      return eventType === 'InfoRequested' ? `A question about ${what}${at}` : `Changes requested: ${what}${at}`;
    case 'outcome':
      return `${outcomes[eventType] ?? 'Over'}: ${what}`;
  }
}

const outcomes: Readonly<Record<string, string>> = {
  ReviewApproved: 'Approved',
  ReviewRejected: 'Rejected',
  ReviewExpired: 'Expired',
  ReviewCancelled: 'Cancelled',
  ReviewReopened: 'Reopened',
};
