import { Type, type TSchema } from 'typebox';
import { defineEvent, type EventsOf } from '#libs/kernel/domain/define-event';

/* What the stream `settings-{id}` holds: everything that was ever set in one workspace. */

const Nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);
const where = {
  key: Type.String(),
  /** Null: for the whole workspace. */
  branchId: Nullable(Type.String()),
  /** From this instant on, which may be later than `at`. */
  effectiveFrom: Type.String(),
  at: Type.String(),
};
const sample = {
  key: 'step-sla-hours',
  branchId: 'NORTH',
  effectiveFrom: '2026-12-01T00:00:00.000Z',
  at: '2026-11-22T09:00:00.000Z',
};

export const SettingChanged = defineEvent('SettingChanged', {
  schema: Type.Object(
    { ...where, value: Type.Union([Type.String(), Type.Integer(), Type.Boolean(), Type.Null()]) },
    { additionalProperties: false },
  ),
  sample: { ...sample, value: 24 },
});

/** What holds above it holds here again. */
export const SettingCleared = defineEvent('SettingCleared', {
  schema: Type.Object(where, { additionalProperties: false }),
  sample,
});

export const settingEvents = [SettingChanged, SettingCleared] as const;
export type SettingEvent = EventsOf<typeof settingEvents>;
