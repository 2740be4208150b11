import { recordedEvents } from '#libs/testing/read-model';
import { notices, type Listening } from './notices.js';

/** What a process manager passes on of a story. */
function passedOn(...story: { type: string; data?: object; workspaceId?: string }[]) {
  const states = new Map<string, Listening>();
  return recordedEvents(story.map((event) => ({ data: {}, ...event })) as never).flatMap((event) => {
    const key = notices.key(event as never);
    const { state, outbox = [] } = notices.react(event as never, states.get(key) ?? notices.initialState);
    states.set(key, state);
    return outbox;
  });
}

const wish = (mail: string[], chat: string[] = []) => ({ type: 'NotificationPreferencesSet', data: { mail, chat } });

describe('what is passed on to find out whom it concerns', () => {
  it('is nothing while nobody wishes to be told anything', () =>
    expect(passedOn({ type: 'StepStarted' }, wish([]), { type: 'SlaBreached' })).toEqual([]));

  it.each([[wish(['outcome'])], [wish([], ['assignment'])]])('is everything from the first wish on: %j', (first) =>
    expect(
      passedOn({ type: 'StepStarted' }, first, { type: 'SlaBreached' }, wish([]), { type: 'ReviewApproved' }).map(
        ({ payload }) => payload,
      ),
    ).toEqual([
      { streamId: 'review-1', revision: 2 },
      { streamId: 'review-1', revision: 4 },
    ]),
  );

  it("is nothing of another workspace's", () =>
    expect(passedOn(wish(['outcome']), { type: 'ReviewApproved', workspaceId: 'other' })).toEqual([]));

  it('has one id for each event, for ever', () => {
    const [one, another] = passedOn(wish(['outcome']), { type: 'SlaBreached' }, { type: 'ReviewApproved' });
    expect(one!.id).not.toBe(another!.id);
    const event = { ...recordedEvents([{ type: 'SlaBreached', data: {} }] as never)[0] };
    const again = () => notices.react(event as never, { wanted: true }).outbox![0]!.id;
    expect(again()).toBe(again());
  });
});
