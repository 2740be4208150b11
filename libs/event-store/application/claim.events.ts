import { Type } from 'typebox';
import { defineEvent, type EventsOf } from '#libs/kernel/domain/define-event';

/** Something unique (a workflow key, a username, the open review of a subject) belongs to `holder` from here on. */
export const Claimed = defineEvent('Claimed', {
  schema: Type.Object({ kind: Type.String(), holder: Type.String() }, { additionalProperties: false }),
  sample: { kind: 'workflow-key', holder: '0192c7a0-0000-7000-8000-000000000002' },
});

export const claimEvents = [Claimed] as const;
export type ClaimEvent = EventsOf<typeof claimEvents>;
