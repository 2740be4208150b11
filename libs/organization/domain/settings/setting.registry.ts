import { Type, type TSchema } from 'typebox';
import Value from 'typebox/value';

/** What a setting may be. */
export type SettingValue = string | number | boolean | null;

/** Who decides: the environment of the process (`system`), an administrator for the workspace, or also for a branch. */
export const settingScopes = ['system', 'workspace', 'branch'] as const;
export type SettingScope = (typeof settingScopes)[number];

export interface SettingDefinition {
  readonly description: string;
  readonly scope: SettingScope;
  readonly schema: TSchema;
  /** Null for a system setting that is off unless told. */
  readonly default: SettingValue;
  /** Its value is never shown. */
  readonly secret?: true;
  /** Of `system`: the variable that sets it. */
  readonly variable?: string;
}

const whole = (minimum: number, maximum: number) => Type.Integer({ minimum, maximum });
const orNull = (schema: TSchema) => Type.Union([schema, Type.Null()]);

/** What a workspace decides for itself, with the type of each. */
export interface WorkspaceSettings {
  readonly 'review-calendar': string;
  readonly 'step-sla-hours': number | null;
  readonly 'refresh-token-days': number;
  readonly 'one-time-password-hours': number;
}
export type SettingKey = keyof WorkspaceSettings;

const ofWorkspace: Readonly<Record<SettingKey, SettingDefinition>> = {
  'review-calendar': {
    description: 'Key of the calendar that business time counts on where neither workflow nor branch names one.',
    scope: 'workspace',
    schema: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$' }),
    default: 'default',
  },
  'step-sla-hours': {
    description: 'Time budget, in hours, of steps whose workflow gives them none; null: they have no deadline.',
    scope: 'branch',
    schema: orNull(whole(1, 87_600)),
    default: null,
  },
  'refresh-token-days': {
    description: 'Days after which somebody who has not come back signs in again.',
    scope: 'workspace',
    schema: whole(1, 90),
    default: 7,
  },
  'one-time-password-hours': {
    description: 'Hours for which the secret of a password reset is good.',
    scope: 'workspace',
    schema: whole(1, 168),
    default: 24,
  },
};

const system = (variable: string, schema: TSchema, description: string, more: object = {}): SettingDefinition => ({
  description,
  scope: 'system',
  schema,
  default: null,
  variable,
  ...more,
});

/** Everything that can be set. */
export const settingRegistry: Readonly<Record<string, SettingDefinition>> = {
  ...ofWorkspace,
  'access-token-minutes': system('ACCESS_TOKEN_MINUTES', whole(1, 1440), 'Minutes for which an access token is good.', {
    default: 60,
  }),
  'requests-per-second': system('REQUESTS_PER_SECOND', whole(0, 1_000_000), 'Requests of one principal; 0: no limit.', {
    default: 1000,
  }),
  'delivery-tries': system('DELIVERY_TRIES', whole(1, 100), 'Tries before a message is given up.', { default: 10 }),
  'delivery-retention-days': system('DELIVERY_RETENTION_DAYS', whole(1, 3650), 'Days for which deliveries are kept.', {
    default: 30,
  }),
  'mail-from': system('MAIL_FROM', orNull(Type.String()), 'Who sends mail; null: none is sent.'),
  'mail-server': system('SMTP_URL', orNull(Type.String()), 'Where mail is handed over, with its password.', {
    secret: true,
  }),
};

export const isFitting = ({ schema }: SettingDefinition, value: unknown): value is SettingValue =>
  Value.Check(schema, value);

/** What its value can be, in words. */
export const say = ({ schema }: SettingDefinition): string => wordsOf(schema);

type Part = Readonly<{ type?: string; minimum?: number; maximum?: number; anyOf?: readonly Part[] }>;

function wordsOf({ type, minimum, maximum, anyOf }: Part): string {
  if (anyOf) return anyOf.map(wordsOf).join(', or ');
  if (type === 'integer') return `a whole number from ${minimum} to ${maximum}`;
  return type === 'string' ? 'a key of small letters, digits and hyphens' : 'null';
}

/** What the environment says about the settings of scope `system`, by key. */
export type SystemSettings = Readonly<Record<string, SettingValue>>;
