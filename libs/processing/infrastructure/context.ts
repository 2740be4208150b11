import type { EventStore, Position } from '#libs/event-store/application/event-store';
import type { BuildKey } from './checkpoints.js';
import type { EventDecoder, LogPages } from './log-pages.js';
import type { Portions } from './portions.js';
import type { ProcessingLog } from './processing-log.js';
import type { SessionOptions } from './session.js';

/** What every loop of the processing shares. */
export interface ProcessingContext {
  readonly store: EventStore;
  readonly codec: EventDecoder;
  readonly pages: LogPages;
  readonly database: SessionOptions;
  readonly log: ProcessingLog;
  readonly tuning: Tuning;
  readonly announce: Announcements;
  readonly portions: Portions;
}

/** Tells the other parts of this process what was committed; other processes hear it by NOTIFY. */
export interface Announcements {
  advanced(key: BuildKey, position: Position): void;
  /** Builds came, went, switched, halted or resumed. */
  changed(): void;
  timersSet(): void;
  outboxFilled(): void;
}

export interface Tuning {
  /** Events per read of the log. */
  readonly page: number;
  /** Events per transaction while live. */
  readonly batch: number;
  /** Events per transaction while a build catches up. */
  readonly buildBatch: number;
  /** Partitions whose rows stay in memory between batches, per projection. */
  readonly hotPartitions: number;
  /** Milliseconds between looks at the log when nothing wakes us. */
  readonly pollMs: number;
  /** Milliseconds that events gather for a build nobody waits for. */
  readonly lingerMs: number;
  /** Milliseconds between attempts of a process that does not lead. */
  readonly passiveMs: number;
  /** Milliseconds that the tables of a retired build stay for readers that still use them. */
  readonly graceMs: number;
  /** Milliseconds without a sign of life after which the build of an older version is retired. */
  readonly oldVersionMs: number;
  /** Milliseconds without a statement after which the server ends a leader's connection. */
  readonly silenceMs: number;
  /** Milliseconds after which another takes what a process works on that was not heard of: a timer, a message. */
  readonly leaseMs: number;
  /** Milliseconds between two looks for finished work to take away. */
  readonly pruneMs: number;
}

export const defaultTuning: Tuning = {
  page: 1000,
  batch: 10_000,
  buildBatch: 10_000,
  hotPartitions: 20_000,
  pollMs: 2000,
  lingerMs: 25,
  passiveMs: 500,
  graceMs: 60_000,
  oldVersionMs: 3_600_000,
  silenceMs: 15_000,
  leaseMs: 5000,
  pruneMs: 3_600_000,
};
