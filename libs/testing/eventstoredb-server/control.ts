import type { Loss } from './faults.js';
import type { EventStoreDbServer } from './server.js';

/** What can be asked of a server that runs in another process: one JSON object per line of its standard input. */
export type Control =
  | { readonly do: 'lose-answers'; readonly times: number; readonly as?: Loss }
  | { readonly do: 'fail-appends'; readonly times: number; readonly as?: Exclude<Loss, 'silence'> }
  | { readonly do: 'slow'; readonly ms: number }
  | { readonly do: 'silent'; readonly on: boolean }
  | { readonly do: 'unavailable'; readonly ms: number }
  | { readonly do: 'not-leader'; readonly leader: { readonly host: string; readonly port: number } | null }
  | { readonly do: 'cut-subscriptions'; readonly after?: number | null }
  | { readonly do: 'restart'; readonly downMs?: number }
  | { readonly do: 'clear' };

/** Carries one order out; throws on one it does not know. */
export async function control(server: EventStoreDbServer, order: Control): Promise<void> {
  const { faults } = server;
  switch (order.do) {
    case 'lose-answers':
      return faults.loseAnswers(order.times, order.as);
    case 'fail-appends':
      return faults.failAppends(order.times, order.as);
    case 'slow':
      faults.slowMs = order.ms;
      return;
    case 'silent':
      return faults.silent(order.on);
    case 'unavailable':
      return faults.unavailableFor(order.ms);
    case 'not-leader':
      faults.leader = order.leader ?? undefined;
      return;
    case 'cut-subscriptions':
      if (order.after === undefined) faults.cutSubscriptions();
      else faults.cutSubscriptionsAfter = order.after ?? undefined;
      return;
    case 'restart':
      return server.restart(order.downMs);
    case 'clear':
      return faults.clear();
    default:
      throw new Error(`Unknown order: ${JSON.stringify(order)}`);
  }
}
