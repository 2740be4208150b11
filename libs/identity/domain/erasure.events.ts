import { Type } from 'typebox';
import { defineEvent, type EventsOf } from '#libs/kernel/domain/define-event';

/* That personal data was erased (`erasure-{erasureId}`): whose and when, never what. */

/** The keys were destroyed before this was recorded: nothing that they sealed can be read again. */
export const PersonalDataErased = defineEvent('PersonalDataErased', {
  schema: Type.Object(
    {
      erasureId: Type.String(),
      userId: Type.Optional(Type.String()),
      subjects: Type.Array(Type.Object({ type: Type.String(), id: Type.String() }, { additionalProperties: false })),
      erasedBy: Type.String(),
      at: Type.String(),
    },
    { additionalProperties: false },
  ),
  sample: {
    erasureId: '0192c7a0-0000-7000-8000-000000000001',
    userId: 'usr_ann',
    subjects: [{ type: 'loan', id: 'loan-7' }],
    erasedBy: 'system:cli',
    at: '2026-11-22T09:00:00.000Z',
  },
});

export const erasureEvents = [PersonalDataErased] as const;
export type ErasureEvent = EventsOf<typeof erasureEvents>;
