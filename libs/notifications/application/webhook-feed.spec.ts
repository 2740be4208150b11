import { reviewEvents } from '#libs/reviews/domain/review.events';
import { recordedEvents } from '#libs/testing/read-model';
import { WebhookRegistered } from '../domain/webhook.events.js';
import { offeredEvents } from '../domain/offered-events.js';
import { deliveryIdOf, webhookFeed, type Feed } from './webhook-feed.js';

type Told = { id: string; target: string; payload: Record<string, unknown> };

/** Runs the reactions to a story; answers what was to be sent. */
function tell(...story: { type: string; data: object; id?: string; workspaceId?: string }[]): Told[] {
  const states = new Map<string, Feed>();
  return recordedEvents(story as never).flatMap((event) => {
    const key = webhookFeed.key(event as never);
    const { state, outbox = [] } = webhookFeed.react(event as never, states.get(key) ?? webhookFeed.initialState);
    states.set(key, state);
    return outbox as unknown as Told[];
  });
}

const registered = (webhookId: string, events: readonly string[], workspaceId = 'demo') => ({
  type: 'WebhookRegistered',
  data: { ...WebhookRegistered.sample, webhookId, events },
  workspaceId,
});
const happened = (type: string, id = `id of ${type}`, workspaceId = 'demo') => ({
  type,
  id,
  workspaceId,
  data: { text: 'Ann Archer borrows 45,000' },
});

describe('what webhooks are told', () => {
  it('offers every event of a review but the trace of a lost race', () =>
    expect(reviewEvents.map(({ type }) => type).filter((type) => !offeredEvents.includes(type as never))).toEqual([
      'StartAbandoned',
    ]));

  it('is what each asked for, from its registration on', () => {
    const told = tell(
      happened('ReviewStarted'),
      registered('all', ['*']),
      registered('ends', ['ReviewApproved']),
      happened('StepStarted'),
      happened('ReviewApproved'),
    );
    expect(told.map(({ payload: { webhookId, eventType } }) => [webhookId, eventType])).toEqual([
      ['all', 'StepStarted'],
      ['all', 'ReviewApproved'],
      ['ends', 'ReviewApproved'],
    ]);
    expect(told.map(({ id }) => id)).toEqual([
      deliveryIdOf('id of StepStarted', 'all'),
      deliveryIdOf('id of ReviewApproved', 'all'),
      deliveryIdOf('id of ReviewApproved', 'ends'),
    ]);
  });

  it('holds nothing of the event but its envelope', () => {
    const [told] = tell(registered('all', ['*']), happened('ReviewApproved'));
    expect(JSON.stringify(told)).not.toContain('Ann');
    expect(told!.payload['message']).toMatchObject({ type: 'ReviewApproved', data: { reviewId: '1', revision: 1 } });
  });

  it('stays in its workspace', () =>
    expect(tell(registered('a', ['*']), happened('ReviewApproved', 'x', 'other'))).toEqual([]));

  it('follows changes of the filter, and stops while switched off', () => {
    const { webhookId } = WebhookRegistered.sample;
    const change = { ...WebhookRegistered.sample, events: ['StepStarted'], changedBy: 'a' };
    const told = tell(
      registered(webhookId, ['ReviewApproved']),
      { type: 'WebhookChanged', data: change },
      happened('ReviewApproved'),
      happened('StepStarted', 'first'),
      { type: 'WebhookDeactivated', data: { webhookId } },
      happened('StepStarted', 'second'),
      { type: 'WebhookActivated', data: { webhookId } },
      happened('StepStarted', 'third'),
    );
    expect(told.map(({ payload }) => payload['eventId'])).toEqual(['first', 'third']);
  });

  it('is asked for again by position', () => {
    const { webhookId } = WebhookRegistered.sample;
    const [told] = tell(registered(webhookId, ['StepStarted']), {
      type: 'WebhookReplayRequested',
      data: { webhookId, replayId: 'r', after: '4', until: '9' },
    });
    expect(told).toMatchObject({
      id: 'r',
      target: 'notifications.replay',
      payload: { webhookId, types: ['StepStarted'], after: '4', until: '9' },
    });
  });
});
