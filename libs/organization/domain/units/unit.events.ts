import { Type, type TSchema } from 'typebox';
import { defineEvent, type EventsOf } from '#libs/kernel/domain/define-event';

/*
 * What the streams `branch-{id}` and `department-{id}` hold: all branches, or all departments, of one workspace, so that
 * a tree is changed in one place and two moves at once cannot close a circle.
 */

export const unitKinds = ['branch', 'department'] as const;
export type UnitKind = (typeof unitKinds)[number];

const Nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);
const Strict = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

const which = { kind: Type.Union([Type.Literal('branch'), Type.Literal('department')]), code: Type.String() };
/** What is null is taken from the unit above. */
const details = {
  name: Type.String(),
  managerId: Nullable(Type.String()),
  timezone: Nullable(Type.String()),
  /** The key of a calendar. */
  calendarId: Nullable(Type.String()),
};
const Instant = Type.String();

const sample = { kind: 'branch', code: 'NORTH' } as const;
const described = { name: 'North', managerId: 'usr_mia', timezone: 'Europe/Berlin', calendarId: null };
const at = '2026-11-22T09:00:00.000Z';

export const UnitOpened = defineEvent('UnitOpened', {
  schema: Strict({ ...which, parentId: Nullable(Type.String()), ...details, at: Instant }),
  sample: { ...sample, parentId: 'HQ', ...described, at },
});

/** All of its details, as they are from now on. */
export const UnitDescribed = defineEvent('UnitDescribed', {
  schema: Strict({ ...which, ...details, at: Instant }),
  sample: { ...sample, ...described, at },
});

/** It and everything below it. */
export const UnitMoved = defineEvent('UnitMoved', {
  schema: Strict({ ...which, from: Nullable(Type.String()), parentId: Nullable(Type.String()), at: Instant }),
  sample: { ...sample, from: 'HQ', parentId: 'EUROPE', at },
});

export const UnitDeactivated = defineEvent('UnitDeactivated', {
  schema: Strict({ ...which, at: Instant }),
  sample: { ...sample, at },
});

export const UnitActivated = defineEvent('UnitActivated', {
  schema: Strict({ ...which, at: Instant }),
  sample: { ...sample, at },
});

export const unitEvents = [UnitOpened, UnitDescribed, UnitMoved, UnitDeactivated, UnitActivated] as const;
export type UnitEvent = EventsOf<typeof unitEvents>;
