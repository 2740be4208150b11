/** Classes and codes of SQLSTATE after which the same statement may succeed: connections, resources, shutdown, locks. */
const TRANSIENT = /^(08|53|57P|40001|40P01|55P03|57014|25006|58030)/;

/** Names the network gives a broken or refused connection. */
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT', // the socket file of a server that is not there
]);

/** What `pg` says without a code when the connection went away or an answer did not come in time. */
const LOST = /terminated|timeout|not queryable|connection error|Client was closed/i;

/** Whether a fault lies with the connection or the server, so that the outcome is unknown and trying again makes sense. */
export function isTransient(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, message, errors } = error as { code?: unknown; message?: unknown; errors?: unknown };
  if (typeof code === 'string') return NETWORK.has(code) || TRANSIENT.test(code);
  if (Array.isArray(errors)) return errors.some(isTransient);
  return typeof message === 'string' && LOST.test(message);
}

/** Milliseconds before try `attempt` (from 1): doubling from `base` to `most`, the upper half by chance. */
export function backOff(attempt: number, base: number, most: number): number {
  const full = Math.min(most, base * 2 ** (attempt - 1));
  return full / 2 + (Math.random() * full) / 2;
}

/** Resolves after a time, or at once when the signal aborts; never rejects. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}
