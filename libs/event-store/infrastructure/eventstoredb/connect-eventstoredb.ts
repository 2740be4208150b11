import { connectionOf } from './connection-string.js';
import { EventStoreDbStore } from './eventstoredb-store.js';
import { DEFAULTS, type Settings, type Trouble } from './settings.js';

export interface EventStoreDbOptions {
  /** `esdb://user:pass@host:2113?tls=…`, password percent-encoded. The user must be in `$admins`: only they read `$all`. */
  readonly url: string;
  /** Instead of the user in the URL, for a password that lies in a file of its own (not encoded then). */
  readonly username?: string;
  readonly password?: string;
  /** Only streams of these categories; by default every stream that is not the system's. */
  readonly categories?: readonly string[];
  readonly settings?: Partial<Settings>;
  /** Hears of what healed by itself: for the log (WARN) and the metrics. */
  readonly onTrouble?: (trouble: Trouble) => void;
}

/** A store that connects when it is first used. Throws an Error that names what is wrong with the URL, never its value. */
export function connectEventStoreDb({ url, username, password, settings, ...options }: EventStoreDbOptions) {
  const login = { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
  return new EventStoreDbStore({
    ...options,
    commands: connectionOf({ url, ...login, purpose: 'commands' }),
    projectors: connectionOf({ url, ...login, purpose: 'projectors' }),
    settings: { ...DEFAULTS, ...settings },
  });
}
