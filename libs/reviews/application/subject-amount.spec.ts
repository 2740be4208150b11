import { recordedEvents } from '#libs/testing/read-model';
import { approve, definition, loan, resubmit, start, step, Story } from '../domain/review.examples.js';
import { subjectAmount } from './subject-amount.js';

const amountAfter = (story: Story) => subjectAmount(recordedEvents(story.events as never));
const one = definition(step('check', { rule: { count: 2 } }));

describe('the amount a review is about', () => {
  it('is that of the newest revision', () => {
    const story = Story.of(start(one, { content: { ...loan, amountMinor: '4500000' } }));
    expect(amountAfter(story)).toEqual({ amountMinor: '4500000', currency: 'USD' });
    const revised = story.and(
      approve('ann'),
      resubmit({ ...loan, amountMinor: '100' }),
      approve('bob', { revision: 2 }),
    );
    expect(amountAfter(revised)).toEqual({ amountMinor: '100', currency: 'USD' });
  });

  it('is not known where the content does not say it, or was erased', () => {
    const silent = Story.of(start(one, { content: { purpose: 'A van' } }));
    expect(amountAfter(silent)).toBeUndefined();
    const [started] = recordedEvents(silent.events as never);
    const revision = { ...(started!.data as { revision: object }).revision, content: { $erased: true } };
    expect(subjectAmount([{ ...started!, data: { ...(started!.data as object), revision } }])).toBeUndefined();
  });
});
