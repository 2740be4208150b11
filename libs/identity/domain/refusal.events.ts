import { Type, type TSchema } from 'typebox';
import { defineEvent, type EventsOf } from '#libs/kernel/domain/define-event';
import { personal } from '#libs/kernel/domain/personal';

/*
 * Who was turned away (`refusal-{id}`, one stream each). The first of a kind in a minute is recorded at once; what
 * repeats it is counted and recorded as one more when the minute is over, so that no knocking fills the log.
 */

const strict = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(
    {
      ...properties,
      address: Type.Optional(personal(Type.String())),
      times: Type.Integer({ minimum: 1 }),
      from: Type.String(),
      until: Type.String(),
    },
    { additionalProperties: false },
  );

const moment = { times: 1, from: '2026-11-22T09:00:00.000Z', until: '2026-11-22T09:00:00.000Z' };

export const signInFailures = ['wrong-secret', 'locked', 'inactive'] as const;
export type SignInFailure = (typeof signInFailures)[number];

/** Without `userId`: for a name nobody has. What was typed is not told: it may be a password. */
export const SignInFailed = defineEvent('SignInFailed', {
  schema: strict({
    userId: Type.Optional(Type.String()),
    cause: Type.Unsafe<SignInFailure>(Type.Union(signInFailures.map((cause) => Type.Literal(cause)))),
  }),
  sample: { userId: 'usr_ann', cause: 'wrong-secret', address: '192.0.2.7', ...moment },
});

/** A route asked for a permission that nobody of these roles holds. */
export const PermissionRefused = defineEvent('PermissionRefused', {
  schema: strict({ userId: Type.String(), permission: Type.String(), route: Type.String() }),
  sample: {
    userId: 'usr_ann',
    permission: 'workflow:publish',
    route: 'POST workflows/:workflowId/publish',
    address: '192.0.2.7',
    ...moment,
  },
});

export const refusalEvents = [SignInFailed, PermissionRefused] as const;
export type RefusalEvent = EventsOf<typeof refusalEvents>;
