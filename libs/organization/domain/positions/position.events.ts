import { Type, type Static, type TSchema } from 'typebox';
import { defineEvent, type EventsOf } from '#libs/kernel/domain/define-event';

/* What the stream `position-{id}` holds: all positions of one workspace, so that a code is given once. */

const Nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);
const Strict = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

const MoneySchema = Strict({ amountMinor: Type.String(), currency: Type.String() });
export type Money = Static<typeof MoneySchema>;

const details = {
  title: Type.String(),
  departmentId: Nullable(Type.String()),
  grade: Nullable(Type.String()),
  /** What somebody in it is to approve at most. */
  approvalLimit: Nullable(MoneySchema),
  /** What a person who is made known in it holds, unless told. */
  defaultRoles: Type.Array(Type.String()),
};
const code = Type.String();
const at = Type.String();

const described = {
  title: 'Credit officer',
  departmentId: 'CREDIT',
  grade: 'B2',
  approvalLimit: { amountMinor: '5000000', currency: 'EUR' },
  defaultRoles: ['officer'],
};
const sample = { code: 'CREDIT-OFFICER' };
const day = '2026-11-23T09:00:00.000Z';

export const PositionOpened = defineEvent('PositionOpened', {
  schema: Strict({ code, ...details, at }),
  sample: { ...sample, ...described, at: day },
});

/** All of its details, as they are from now on. */
export const PositionDescribed = defineEvent('PositionDescribed', {
  schema: Strict({ code, ...details, at }),
  sample: { ...sample, ...described, grade: null, at: day },
});

export const PositionDeactivated = defineEvent('PositionDeactivated', {
  schema: Strict({ code, at }),
  sample: { ...sample, at: day },
});

export const PositionActivated = defineEvent('PositionActivated', {
  schema: Strict({ code, at }),
  sample: { ...sample, at: day },
});

export const positionEvents = [PositionOpened, PositionDescribed, PositionDeactivated, PositionActivated] as const;
export type PositionEvent = EventsOf<typeof positionEvents>;
