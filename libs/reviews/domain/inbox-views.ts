import type { Decider } from '#libs/kernel/domain/decider';
import { sameJson } from '#libs/kernel/domain/json';
import type { Command } from '#libs/kernel/domain/message';
import { isErased } from '#libs/kernel/domain/personal';
import type { InboxViewEvent } from './events/inbox-views.events.js';
import { InboxViewsInvalid } from './review.errors.js';

/** What must hold of a review to be shown; within a list any value will do, and what is absent asks for nothing. */
export interface InboxFilter {
  /** Keys. */
  readonly workflows?: readonly string[];
  readonly subjectTypes?: readonly string[];
  /** Due before so many hours from now are over; 0 = overdue. */
  readonly dueWithinHours?: number;
}

/** A named way to look at one's own inbox. */
export interface InboxView extends InboxFilter {
  readonly key: string;
  readonly name: string;
}

export type SetInboxViews = Command<'SetInboxViews', { userId: string; views: readonly InboxView[] }>;

export const inboxViewsDecider: Decider<readonly InboxView[], SetInboxViews, InboxViewEvent> = {
  initialState: [],
  // What was erased is still a way to look: it goes by its key.
  evolve: (_, { data }) => data.views.map(({ name, ...view }) => ({ ...view, name: isErased(name) ? view.key : name })),
  decide({ data: { userId, views }, metadata }, before) {
    const seen = new Set<string>();
    for (const [index, { key }] of views.entries()) {
      if (seen.has(key)) throw new InboxViewsInvalid(`/views/${index}/key`, 'Two views have this key.');
      seen.add(key);
    }
    const after = views.map(plain);
    if (sameJson(after, before.map(plain))) return [];
    return [{ type: 'InboxViewsSet', data: { userId, views: after, at: metadata.now } }];
  },
};

const plain = ({ key, name, workflows, subjectTypes, dueWithinHours }: InboxView) => ({
  key,
  name,
  ...(workflows && { workflows: [...new Set(workflows)] }),
  ...(subjectTypes && { subjectTypes: [...new Set(subjectTypes)] }),
  ...(dueWithinHours !== undefined && { dueWithinHours }),
});

const HOUR_MS = 3_600_000;

/** Before when a review has to be due, RFC 3339; undefined = whenever. */
export const dueBefore = ({ dueWithinHours }: InboxFilter, now: string): string | undefined =>
  dueWithinHours === undefined ? undefined : new Date(Date.parse(now) + dueWithinHours * HOUR_MS).toISOString();

/** Whether a filter shows a review. */
export function isShown(
  filter: InboxFilter,
  review: { readonly workflowKey: string; readonly subjectType: string; readonly dueAt: string | null },
  now: string,
): boolean {
  const before = dueBefore(filter, now);
  return (
    (filter.workflows?.includes(review.workflowKey) ?? true) &&
    (filter.subjectTypes?.includes(review.subjectType) ?? true) &&
    (before === undefined || (review.dueAt !== null && review.dueAt < before))
  );
}
