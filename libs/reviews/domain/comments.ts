import type { Decider } from '#libs/kernel/domain/decider';
import { derivedId } from '#libs/kernel/domain/ids';
import type { Command } from '#libs/kernel/domain/message';
import type { CommentEvent } from './review.events.js';

/** Say something about a review, also after its end; it never touches the outcome. */
export type AddComment = Command<'AddComment', { reviewId: string; text: string }, { subjectRef: string }>;

/** How much was said. */
export type Talk = Readonly<{ comments: number }>;

export const commentDecider: Decider<Talk, AddComment, CommentEvent> = {
  initialState: { comments: 0 },
  evolve: ({ comments }) => ({ comments: comments + 1 }),
  decide: ({ data, facts, metadata }) => [
    {
      type: 'CommentAdded',
      data: {
        commentId: derivedId(metadata.commandId, 'comment', 0),
        ...data,
        subjectRef: facts.subjectRef,
        authorId: metadata.actor.id,
        at: metadata.now,
      },
    },
  ],
};
