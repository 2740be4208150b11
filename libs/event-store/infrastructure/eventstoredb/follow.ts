import type { StreamingRead } from '@eventstore/db-client';
import { NoAnswer } from './outcome.js';

/**
 * Takes a read item by item until its end, or until `take` says `enough`. It fails when nothing comes for `idleMs`, because
 * the client puts no deadline on reads, and it always cancels the call: a read left alone keeps one of the connection's
 * hundred places, and the hundredth such read hangs.
 */
export function follow<T>(
  read: StreamingRead<T>,
  idleMs: number,
  take: (item: T) => 'more' | 'enough',
): Promise<'end' | 'enough'> {
  return new Promise((resolve, reject) => {
    let settled = false;
    const settle = (finish: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(idle);
      // The error listener stays: a late error without one would end the process.
      read.removeAllListeners('data').pause();
      read.cancel().catch(() => undefined);
      finish();
    };
    const idle = setTimeout(() => settle(() => reject(new NoAnswer('read', idleMs))), idleMs);
    read.on('error', (error) => settle(() => reject(error)));
    read.on('end', () => settle(() => resolve('end')));
    read.on('data', (item) => {
      idle.refresh();
      try {
        if (take(item) === 'enough') settle(() => resolve('enough'));
      } catch (error) {
        settle(() => reject(error as Error));
      }
    });
  });
}
