import type { JsonObject } from '#libs/kernel/domain/json';
import type { OutboxMessage } from '#libs/processing/application/process-manager';
import { calendarClocks } from './calendar-clocks.js';

let position = 0;
const event = (type: string, data: object, streamId = 'review-r1', workspaceId = 'demo') =>
  ({ type, data, streamId, workspaceId, id: `event-${++position}`, position: String(position) }) as never;
const published = (key: string, version: number, workspaceId?: string) =>
  event('CalendarPublished', { calendarId: 'c1', key, version }, 'calendar-c1', workspaceId);
const runs = (calendar: string | null, type = 'StepStarted') => event(type, { clock: { calendar } });

/** What is sent after these events of one workspace. */
function sent(...events: never[]): readonly OutboxMessage[] {
  let state: JsonObject = calendarClocks.initialState;
  return events.flatMap((each) => {
    const reaction = calendarClocks.react(each, state);
    ({ state } = reaction);
    return reaction.outbox ?? [];
  });
}

describe('A published calendar', () => {
  it('is told to the clocks that count on it, known up to its place in the log', () => {
    const [message, ...more] = sent(published('loans', 2));
    expect(more).toEqual([]);
    expect(message).toMatchObject({
      target: 'reviews.reproject',
      orderingKey: 'demo/loans',
      payload: { calendar: 'loans', version: 2, position: String(position), after: '' },
    });
  });

  it('is told for itself to a clock that starts by an older version a moment later', () => {
    for (const type of ['StepStarted', 'SlaResumed']) {
      const [, message] = sent(published('loans', 2), runs('loans@1', type));
      expect(message).toMatchObject({
        orderingKey: 'review-r1',
        payload: { calendar: 'loans', version: 2, reviewId: 'r1' },
      });
    }
  });

  it('is not told to clocks that count by it, by another calendar, or by the wall', () => {
    expect(sent(published('loans', 2), runs('loans@2'), runs('cards@1'), runs(null))).toHaveLength(1);
    expect(sent(runs('loans@1'), runs('default@0'))).toEqual([]);
  });

  it('takes the place of the one that exists when none is published', () => {
    expect(sent(published('default', 1), runs('default@0'))).toHaveLength(2);
  });

  it('is kept for each workspace', () => {
    expect(calendarClocks.key(published('loans', 2, 'other'))).toBe('other');
  });
});
