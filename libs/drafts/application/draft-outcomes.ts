import { derivedId } from '#libs/kernel/domain/ids';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { DomainEvent, Recorded } from '#libs/kernel/domain/message';
import type { ProcessManager, Reaction } from '#libs/processing/application/process-manager';
import type { DraftEvent } from '../domain/draft.events.js';

/** Where the messages of this process manager go. */
export const CALLBACK_TARGET = 'drafts.callback';

/** What an assistant is told of: that its draft came to an end, was edited, or needs something of it. */
const told = {
  ReviewApproved: 'approved',
  ReviewRejected: 'rejected',
  ReviewWithdrawn: 'withdrawn',
  ReviewExpired: 'expired',
  ReviewCancelled: 'cancelled',
  ReviewReopened: 'reopened',
  ChangesRequested: 'changes_requested',
  InfoRequested: 'info_requested',
  SubjectRevised: 'edited',
} as const;
type Told = DomainEvent<keyof typeof told, JsonObject>;

/** The draft a review is about, when its maker wants to know. */
export type Watched = { readonly draftId: string | null; readonly assistantId: string | null; readonly edits: number };

/** Tells the maker of a draft what became of it. */
export const draftOutcomes: ProcessManager<Told | DraftEvent, Watched> = {
  name: 'draft_outcomes',
  version: 1,
  types: ['DraftSubmitted', ...(Object.keys(told) as (keyof typeof told)[])],
  key: (event) => (event.type === 'DraftSubmitted' ? `review-${event.data.reviewId}` : event.streamId),
  initialState: { draftId: null, assistantId: null, edits: 0 },
  react(event, watched): Reaction<Watched> {
    if (event.type === 'DraftSubmitted') {
      const { draftId, assistantId, callback } = event.data;
      return { state: callback ? { draftId, assistantId, edits: 0 } : watched };
    }
    const { draftId, assistantId } = watched;
    if (draftId === null) return { state: watched };
    const state = event.type === 'SubjectRevised' ? { ...watched, edits: watched.edits + 1 } : watched;
    // What the assistant itself has done it need not be told.
    if (event.actor.id === assistantId) return { state };
    return { state, outbox: [messageOf(event, draftId, state.edits)] };
  },
};

function messageOf(event: Recorded<Told>, draftId: string, edits: number) {
  const { id, type, streamId, revision, position, recordedAt, workspaceId } = event;
  return {
    id: derivedId(id, 'draft', draftId),
    workspaceId,
    target: CALLBACK_TARGET,
    orderingKey: streamId,
    payload: {
      draftId,
      eventId: id,
      eventType: type,
      message: {
        type: `draft.${told[type]}`,
        timestamp: recordedAt,
        data: {
          draftId,
          reviewId: streamId.slice('review-'.length),
          eventId: id,
          stream: streamId,
          revision: Number(revision),
          position,
          // Whether what was decided on is still what was handed in; what was changed is read with the draft.
          edits,
        },
      },
    },
  };
}
