import { setTimeout as sleep } from 'node:timers/promises';
import type { Credentials } from '@eventstore/db-client';
import type { Page } from '../../application/event-store.js';
import type { ClientSlot } from './client-slot.js';
import { reasonOf } from './outcome.js';
import { toPlace, type Place } from './place.js';
import type { Scope } from './scope.js';
import { jitter, type Settings, type Trouble } from './settings.js';
import { Quiet, SubscriptionAttempt } from './subscription-attempt.js';

export interface LogFollowing {
  readonly clients: ClientSlot;
  readonly scope: Scope;
  readonly after: Place;
  readonly signal: AbortSignal;
  readonly credentials: Credentials;
  readonly settings: Settings;
  readonly onTrouble: (trouble: Trouble) => void;
}

/** Pages of the log for as long as `signal` allows: the client never reconnects by itself, so this does, after the last page taken. */
export async function* followLog(following: LogFollowing): AsyncGenerator<Page, void, undefined> {
  const { clients, scope, signal, credentials, settings, onTrouble } = following;
  const { first, longest } = settings.reconnectMs;
  let last = following.after;
  let pause = first;

  while (!signal.aborted) {
    const lease = clients.lease();
    let attempt: SubscriptionAttempt | undefined;
    try {
      attempt = new SubscriptionAttempt(lease, scope, last, credentials, settings);
      for (;;) {
        const page = await attempt.next(signal);
        last = toPlace(page.next);
        pause = first;
        yield page;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Quiet) continue;
      lease.wentWrong(error);
      const retryInMs = jitter(pause);
      onTrouble({ what: 'subscription-broken', reason: reasonOf(error), retryInMs });
      pause = Math.min(pause * 2, longest);
      await sleep(retryInMs, undefined, { signal }).catch(() => undefined);
    } finally {
      attempt?.stop();
      lease.release();
    }
  }
}
