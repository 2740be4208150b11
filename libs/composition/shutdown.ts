import type { Logger } from 'pino';

/** Longer than this a stop may not take beyond the drain: then the process ends, and the next start recovers. */
const GRACE_MS = 30_000;

/**
 * Ctrl-C, SIGTERM or the end of the terminal: one clean stop, however many signals come. The exit code is 0 when it
 * went well.
 * @returns aborted with the first of them.
 */
export function onStopSignal(logger: Logger, drainSeconds: number, stop: () => Promise<void>): AbortSignal {
  const stopping = new AbortController();
  const begin = (signal: NodeJS.Signals) => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    logger.info({ signal }, 'Stopping');
    setTimeout(
      () => {
        logger.error('The stop took too long; ending all the same');
        process.exit(1);
      },
      drainSeconds * 1000 + GRACE_MS,
    ).unref();
    stop().then(
      () => process.exit(0),
      (err: unknown) => {
        logger.error({ err }, 'The stop failed');
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => begin(signal));
  return stopping.signal;
}

/** A rejection nobody handles is a bug: it is said once, loudly, and the process goes on serving. */
export function reportStrayErrors(logger: Logger): void {
  process.on('unhandledRejection', (err) => logger.error({ err }, 'Unhandled rejection'));
}
