import type { Decider } from '#libs/kernel/domain/decider';
import { sameJson } from '#libs/kernel/domain/json';
import type { Command } from '#libs/kernel/domain/message';
import { isErased } from '#libs/kernel/domain/personal';
import { isTimezone } from '#libs/kernel/domain/timezone';
import { NotificationInvalid } from './notification.errors.js';
import type { Digest, NoticeKind, PreferencesEvent, QuietHours } from './preferences.events.js';

/** What a person wants to be told, and how. */
export interface Preferences {
  readonly mail: readonly NoticeKind[];
  readonly chat: readonly NoticeKind[];
  readonly email: string | null;
  readonly chatAddressId: string | null;
  readonly digest: Digest;
  readonly quietHours: QuietHours | null;
  readonly timezone: string;
}

/** Whoever has said nothing is told nothing. */
export const noPreferences: Preferences = {
  mail: [],
  chat: [],
  email: null,
  chatAddressId: null,
  digest: { every: 'never', at: '08:00' },
  quietHours: null,
  timezone: 'UTC',
};

/** `chatAddressId`: where the address was sealed; absent = as it was. */
export type SetPreferences = Command<
  'SetPreferences',
  Omit<Preferences, 'chatAddressId'> & { userId: string },
  { chatAddressId?: string | null }
>;

/** One address and nothing else: what could end a header or name a second receiver is no address. */
const ADDRESS = /^[^\s@<>()[\]\\,;:"]{1,64}@[^\s@<>()[\]\\,;:"]+\.[^\s@<>()[\]\\,;:".]+$/;
const LONGEST_ADDRESS = 254;

export const preferencesDecider: Decider<Preferences, SetPreferences, PreferencesEvent> = {
  initialState: noPreferences,
  evolve(_, { data }) {
    const { mail, chat, email, chatAddressId, digest, quietHours, timezone } = data;
    return { mail, chat, email: isErased(email) ? null : email, chatAddressId, digest, quietHours, timezone };
  },
  decide({ data, facts, metadata }, before) {
    const { userId, email, timezone } = data;
    const { chatAddressId = before.chatAddressId } = facts;
    if (email !== null && (!ADDRESS.test(email) || email.length > LONGEST_ADDRESS))
      throw new NotificationInvalid('/email', 'bad-format', 'This is not an e-mail address.');
    if (!isTimezone(timezone))
      throw new NotificationInvalid('/timezone', 'unknown-value', 'Name a time zone such as Europe/Rome.');
    if (data.mail.length > 0 && email === null)
      throw new NotificationInvalid('/email', 'required', 'Say where mail is to be sent.');
    if (data.chat.length > 0 && chatAddressId === null)
      throw new NotificationInvalid('/chatUrl', 'required', 'Say where chat messages are to be posted.');
    const { digest, quietHours } = data;
    const after: Preferences = {
      mail: [...new Set(data.mail)],
      chat: [...new Set(data.chat)],
      email,
      chatAddressId,
      digest: { every: digest.every, at: digest.at },
      quietHours: quietHours && { from: quietHours.from, to: quietHours.to },
      timezone,
    };
    if (sameJson(after, before)) return [];
    const { mail, chat, ...rest } = after;
    const set = { userId, mail: [...mail], chat: [...chat], ...rest, at: metadata.now };
    return [{ type: 'NotificationPreferencesSet', data: set }];
  },
};
