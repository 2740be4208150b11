import { Resolver } from 'node:dns/promises';

export interface Address {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name; `signal`: nobody waits for them any more. */
export type Resolve = (host: string, signal: AbortSignal) => Promise<readonly Address[]>;

/** An answer: there is no such name, or it has no address of this kind. */
const NOTHING = new Set(['ENOTFOUND', 'ENODATA']);
const ON_THIS_MACHINE: readonly Address[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/**
 * Asks the name servers, those of the system unless told, and nothing else: no file of hosts, no domain to search in.
 * The system's own look-up does a few at once in this process and cannot be given up, so that one silent name server
 * would keep every other name waiting.
 */
export function byNameServers(servers?: readonly string[], timeoutMs = 2000): Resolve {
  return async (host, signal) => {
    // A name that no name server is asked for (RFC 6761); whether it may be called is said by the vetting.
    if (host === 'localhost') return ON_THIS_MACHINE;
    signal.throwIfAborted();
    const resolver = new Resolver({ timeout: timeoutMs, tries: 2 });
    if (servers) resolver.setServers(servers);
    const cancel = () => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return both(await Promise.allSettled([of(4, resolver.resolve4(host)), of(6, resolver.resolve6(host))]));
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  };
}

async function of(family: 4 | 6, question: Promise<string[]>): Promise<Address[]> {
  try {
    return (await question).map((address) => ({ address, family }));
  } catch (error) {
    if (NOTHING.has((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

/** What one family does not answer is missed only when the other has nothing either. */
function both(answers: readonly PromiseSettledResult<Address[]>[]): Address[] {
  const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  const unanswered = answers.find((answer) => answer.status === 'rejected');
  if (addresses.length === 0 && unanswered) throw unanswered.reason;
  return addresses;
}
