import { at, metadataFor } from '#libs/testing/events';
import { specFor } from '#libs/testing/given';
import { NotificationInvalid, WebhookNotFound, WebhookStateRefused } from './notification.errors.js';
import { offeredEvents } from './offered-events.js';
import type { WebhookCommand } from './webhook.commands.js';
import { webhookDecider } from './webhook.decider.js';
import { WebhookRegistered, type WebhookEvent } from './webhook.events.js';
import { isKnown } from './webhook.state.js';

const given = specFor(webhookDecider);
const { webhookId, ...kept } = WebhookRegistered.sample;
const registered: WebhookEvent = { type: 'WebhookRegistered', data: { webhookId, ...kept } };
const off: WebhookEvent = {
  type: 'WebhookDeactivated',
  data: { webhookId, deactivatedBy: 'usr_admin', at: at('10:00') },
};
const metadata = metadataFor('usr_admin', { now: at('11:00'), commandId: 'c' });
const order = <Type extends WebhookCommand['type']>(
  type: Type,
  data: Omit<Extract<WebhookCommand, { type: Type }>['data'], 'webhookId'>,
  facts: Extract<WebhookCommand, { type: Type }>['facts'],
): WebhookCommand => ({ type, data: { webhookId, ...data }, facts, metadata }) as unknown as WebhookCommand;
const { origin, addressId, secretId } = kept;

describe('a webhook', () => {
  it('is registered with each event once', () =>
    given()
      .when(
        order(
          'RegisterWebhook',
          { name: 'Core banking', events: ['ReviewApproved', 'ReviewApproved'] },
          { origin, addressId, secretId, active: 0 },
        ),
      )
      .then({
        type: 'WebhookRegistered',
        data: { ...registered.data, events: ['ReviewApproved'], at: at('11:00') } as never,
      }));

  it('cannot ask for what is not offered', () =>
    given()
      .when(
        order('RegisterWebhook', { name: 'x', events: ['UserRegistered'] }, { origin, addressId, secretId, active: 0 }),
      )
      .thenRefuses(NotificationInvalid));

  it('is changed where something is said, and not at all when nothing is new', () => {
    given(registered)
      .when(order('ChangeWebhook', { name: 'Ledger' }, {}))
      .then({
        type: 'WebhookChanged',
        data: {
          webhookId,
          name: 'Ledger',
          origin,
          addressId,
          events: kept.events,
          changedBy: 'usr_admin',
          at: at('11:00'),
        },
      });
    given(registered)
      .when(order('ChangeWebhook', { name: kept.name, events: kept.events.toReversed() }, {}))
      .thenNothing();
  });

  it('signs with the old secret for a day more', () =>
    given(registered)
      .when(order('RotateWebhookSecret', {}, { secretId: 'new' }))
      .then({
        type: 'WebhookSecretRotated',
        data: {
          webhookId,
          secretId: 'new',
          previousUntil: '2026-11-23T11:00:00.000Z',
          rotatedBy: 'usr_admin',
          at: at('11:00'),
        },
      }));

  it('keeps what it promised to a secret that is changed twice within a day, but not for ever, nor to ever more', () => {
    const rotated = (secret: string, day: string, time: string): WebhookEvent => ({
      type: 'WebhookSecretRotated',
      data: {
        webhookId,
        secretId: secret,
        previousUntil: `2026-11-${Number(day) + 1}T${time}:00.000Z`,
        rotatedBy: 'usr_admin',
        at: `2026-11-${day}T${time}:00.000Z`,
      },
    });
    const secretsAfter = (...events: WebhookEvent[]) => {
      const state = [registered, ...events].reduce(
        (webhook, event) => webhookDecider.evolve(webhook, event, undefined as never),
        webhookDecider.initialState,
      );
      return isKnown(state) ? state.secrets.map(({ secretId: id, until }) => [id, until]) : [];
    };
    // The answer to the first change was lost, so it is changed again: the receiver still has the very first.
    expect(secretsAfter(rotated('second', '22', '11:00'), rotated('third', '22', '12:00'))).toEqual([
      ['third', null],
      ['second', '2026-11-23T12:00:00.000Z'],
      [secretId, '2026-11-23T11:00:00.000Z'],
    ]);
    expect(secretsAfter(rotated('second', '22', '11:00'), rotated('third', '23', '11:00'))).toEqual([
      ['third', null],
      ['second', '2026-11-24T11:00:00.000Z'],
    ]);
    const many = Array.from({ length: 9 }, (_, i) => rotated(`s${i}`, '22', `1${i}:00`));
    expect(secretsAfter(...many).map(([id]) => id)).toEqual(['s8', 's7', 's6', 's5', 's4']);
  });

  it('is switched off and on once', () => {
    given(registered, off)
      .when(order('DeactivateWebhook', {}, {}))
      .thenNothing();
    given(registered)
      .when(order('ActivateWebhook', {}, { active: 1 }))
      .thenNothing();
    given(registered, off)
      .when(order('ActivateWebhook', {}, { active: 1 }))
      .then({ type: 'WebhookActivated', data: { webhookId, activatedBy: 'usr_admin', at: at('11:00') } });
  });

  it('is one of fifty at most', () => {
    const made = { name: 'x', events: ['*'] };
    const beside = (active: number) => ({ origin, addressId, secretId, active });
    given()
      .when(order('RegisterWebhook', made, beside(50)))
      .thenRefuses(WebhookStateRefused);
    given(registered, off)
      .when(order('ActivateWebhook', {}, { active: 50 }))
      .thenRefuses(WebhookStateRefused);
    given(registered, off)
      .when(order('ActivateWebhook', {}, { active: 49 }))
      .then({ type: 'WebhookActivated', data: { webhookId, activatedBy: 'usr_admin', at: at('11:00') } });
    given(registered)
      .when(order('ActivateWebhook', {}, { active: 50 }))
      .thenNothing();
  });

  it('is sent nothing again while it is off', () =>
    given(registered, off)
      .when(order('ReplayWebhook', { after: '0' }, { until: '9' }))
      .thenRefuses(WebhookStateRefused));

  it('must be there', () =>
    given()
      .when(order('ActivateWebhook', {}, { active: 1 }))
      .thenRefuses(WebhookNotFound));

  it('offers each event once', () => expect(new Set(offeredEvents).size).toBe(offeredEvents.length));
});
