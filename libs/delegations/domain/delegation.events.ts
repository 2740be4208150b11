import { Type, type Static } from 'typebox';
import { defineEvent, type EventsOf } from '#libs/kernel/domain/define-event';
import { personal } from '#libs/kernel/domain/personal';

/* What the stream of a delegator (`delegation-{delegatorId}`) may hold: every grant he has made, or that was made for him. */

const Id = Type.String();
const Instant = Type.String();
const Strict = <P extends Parameters<typeof Type.Object>[0]>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

/** Up to and including this; without a currency in whatever currency the subject is. */
const MaxAmountSchema = Strict({
  amountMinor: Type.String({ pattern: '^(0|[1-9][0-9]*)$' }),
  currency: Type.Union([Type.String(), Type.Null()]),
});

/** What a grant covers; an absent member covers everything of its kind. */
const ScopeSchema = Strict({
  workflowKeys: Type.Optional(Type.Array(Type.String())),
  stepKeys: Type.Optional(Type.Array(Type.String())),
  maxAmount: Type.Optional(MaxAmountSchema),
});
export type Scope = Static<typeof ScopeSchema>;
export type MaxAmount = Static<typeof MaxAmountSchema>;

/** Where a grant comes from: the delegator's own hand, an administrator's, or an absence that was entered for him. */
const SourceSchema = Type.Union([Type.Literal('own'), Type.Literal('administrator'), Type.Literal('absence')]);
export type Source = Static<typeof SourceSchema>;

/** From an instant until another (half-open, UTC); it ends there by itself, without an event. */
export const DelegationCreated = defineEvent('DelegationCreated', {
  schema: Strict({
    delegationId: Id,
    delegatorId: Id,
    delegateId: Id,
    from: Instant,
    until: Instant,
    scope: ScopeSchema,
    source: SourceSchema,
    reason: Type.Optional(personal(Type.String())),
    createdBy: Id,
    at: Instant,
  }),
  sample: {
    delegationId: '0192c7a0-0000-5000-8000-000000000001',
    delegatorId: 'usr_ann',
    delegateId: 'usr_bob',
    from: '2026-11-23T00:00:00.000Z',
    until: '2026-11-30T00:00:00.000Z',
    scope: {
      workflowKeys: ['loan-approval'],
      stepKeys: ['initial-review'],
      maxAmount: { amountMinor: '2000000', currency: 'USD' },
    },
    source: 'own',
    reason: 'Ann is on leave',
    createdBy: 'usr_ann',
    at: '2026-11-22T09:00:00.000Z',
  },
});

export const DelegationRevoked = defineEvent('DelegationRevoked', {
  schema: Strict({
    delegationId: Id,
    delegatorId: Id,
    delegateId: Id,
    reason: Type.Optional(personal(Type.String())),
    revokedBy: Id,
    at: Instant,
  }),
  sample: {
    delegationId: '0192c7a0-0000-5000-8000-000000000001',
    delegatorId: 'usr_ann',
    delegateId: 'usr_bob',
    reason: 'Back early',
    revokedBy: 'usr_ann',
    at: '2026-11-25T09:00:00.000Z',
  },
});

export const delegationEvents = [DelegationCreated, DelegationRevoked] as const;
export type DelegationEvent = EventsOf<typeof delegationEvents>;
