import { definition, loan, officer, step } from '../domain/review.examples.js';
import { publishedOf } from '../domain/simulation/random-scripts.examples.js';
import { metadata, reviewRoom } from './review-room.examples.js';

const may = { reassign: false, dismiss: false, override: false };
const asking = { workspaceId: 'demo', by: 'olly', now: '2026-11-23T10:00:00.000Z', mayOf: () => may };
const start = { subject: { type: 'loan', id: 'loan-1', content: loan } };

describe('A simulation of a workflow', () => {
  it('gives steps the time and the calendar that the workspace gives them, as a start does', async () => {
    const room = reviewRoom();
    await room.settings.change({ key: 'step-sla-hours', value: 2 }, metadata('ada'), {});
    await room.settings.change({ key: 'review-calendar', value: 'house' }, metadata('ada'), {});
    const business = { value: 8, unit: 'BUSINESS_HOUR' as const };
    const workflow = definition(step('check', { assignees: [officer()] }), step('sign', { sla: business }));
    const { events } = await room.simulations.ofWorkflow(
      publishedOf(workflow),
      { start, acts: [{ act: 'wait', afterHours: 5 }] },
      asking,
    );
    expect(events.map(({ type }) => type)).toEqual(['ReviewStarted', 'StepStarted', 'SlaBreached']);
    expect(events[0]?.data).toMatchObject({ calendar: 'house', calendars: [{ key: 'house' }] });
    expect(events[1]?.data).toMatchObject({ clock: { dueAt: '2026-11-23T12:00:00.000Z' } });
  });
});
