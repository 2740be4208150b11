import { recordedEvents } from '#libs/testing/read-model';
import { DraftSubmitted } from '../domain/draft.events.js';
import { draftOutcomes, type Watched } from './draft-outcomes.js';

type Story = { type: string; data?: object; streamId?: string; actor?: object; id?: string }[];

/** Types of the messages that a story leads to, and how many edits each tells of. */
function tell(...story: Story): [string, number][] {
  const states = new Map<string, Watched>();
  return recordedEvents(story.map((event) => ({ data: {}, ...event })) as never).flatMap((event) => {
    const key = draftOutcomes.key(event as never);
    const { state, outbox = [] } = draftOutcomes.react(event as never, states.get(key) ?? draftOutcomes.initialState);
    states.set(key, state);
    return outbox.map(({ payload }): [string, number] => {
      const { message } = payload as unknown as { message: { type: string; data: { edits: number } } };
      return [message.type, message.data.edits];
    });
  });
}

const handedIn = {
  type: 'DraftSubmitted',
  streamId: 'draft-1',
  data: { ...DraftSubmitted.sample, reviewId: '1', assistantId: 'usr_robot' },
};
const robot = { id: 'usr_robot', kind: 'assistant', roles: ['assistant'] };

describe('what an assistant is told', () => {
  it('is how its draft ended, and how often it was changed', () =>
    expect(tell(handedIn, { type: 'SubjectRevised' }, { type: 'SubjectRevised' }, { type: 'ReviewApproved' })).toEqual([
      ['draft.edited', 1],
      ['draft.edited', 2],
      ['draft.approved', 2],
    ]));

  it('is not what it did itself', () =>
    expect(
      tell(
        handedIn,
        { type: 'ChangesRequested' },
        { type: 'SubjectRevised', actor: robot },
        { type: 'ReviewWithdrawn', actor: robot },
      ),
    ).toEqual([['draft.changes_requested', 0]]));

  it('is nothing of other reviews, nor when it did not ask', () => {
    expect(tell(handedIn, { type: 'ReviewApproved', streamId: 'review-2' })).toEqual([]);
    const quiet = { ...handedIn, data: { ...handedIn.data, callback: null } };
    expect(tell(quiet, { type: 'ReviewApproved' })).toEqual([]);
  });

  it('holds nothing that anybody wrote', () => {
    const [event] = recordedEvents([{ type: 'ReviewApproved', data: { text: 'Ann Archer' } }] as never);
    const watched = { draftId: 'd', assistantId: 'usr_robot', edits: 0 };
    expect(JSON.stringify(draftOutcomes.react(event as never, watched))).not.toContain('Ann');
  });
});
