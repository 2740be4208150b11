import type { Page } from '#libs/kernel/application/page';
import { DomainError } from '#libs/kernel/domain/domain-error';
import type { Position } from '#libs/event-store/application/event-store';

/** One build of a projection group or process manager, as it stands. */
export interface ProcessorStatus {
  readonly name: string;
  readonly version: number;
  readonly build: number;
  readonly kind: 'projection' | 'process';
  readonly status: 'building' | 'live' | 'retired';
  readonly position: Position;
  /** How far it is behind the log: in events where positions count them, else in the store's own measure. */
  readonly lag: number;
  /** Events applied since the build began. */
  readonly applied: number;
  /** Number of parked events. */
  readonly parked: number;
  readonly halted: boolean;
  /** Why it halted. */
  readonly error: string | null;
  readonly updatedAt: string;
  /** This process is the one that applies events to it. */
  readonly leading: boolean;
}

export interface RebuildProgress {
  readonly name: string;
  readonly version: number;
  readonly build: number;
  /** Events applied so far. */
  readonly applied: number;
  /** Part of the log that is done, 0 to 1. */
  readonly fraction: number;
  readonly eventsPerSecond: number;
  readonly done: boolean;
}

export interface ParkedPartition {
  readonly name: string;
  readonly partition: string;
  readonly streamId: string;
  /** The event that failed. */
  readonly eventId: string;
  readonly position: Position;
  readonly error: string | null;
  readonly attempts: number;
  /** Events waiting, the failed one included. */
  readonly events: number;
  readonly parkedAt: string;
}

export interface DeadLetter {
  readonly id: string;
  readonly process: string;
  readonly target: string;
  readonly workspaceId: string;
  readonly orderingKey: string;
  readonly attempts: number;
  readonly error: string | null;
  readonly deadAt: string;
}

export interface DeadLettersWanted {
  /** Of all workspaces unless told. */
  readonly workspaceId?: string;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface ProcessingStatistics {
  readonly processors: readonly ProcessorStatus[];
  readonly outbox: { readonly open: number; readonly failing: number; readonly dead: number };
  readonly timers: { readonly open: number; readonly overdue: number; readonly failing: number };
}

/** No projection group or process manager has this name. */
export class UnknownProcessor extends DomainError {
  readonly code = 'not-found';
  readonly kind = 'not-found';

  constructor(name: string) {
    super(`There is no projection or process named ${name}.`);
  }
}

/** What operators see of the processing and do about it; for the CLI, the admin routes, health and metrics. */
export abstract class ProcessingControl {
  /** Every build that is not retired, ordered by name, version and build. */
  abstract list(): Promise<readonly ProcessorStatus[]>;
  abstract statistics(): Promise<ProcessingStatistics>;
  /** The groups of this process whose version has no live build: while there are any, it is not ready. */
  abstract liveBuilds(): Promise<{ readonly ok: boolean; readonly missing: readonly string[] }>;
  /**
   * Builds a group (or process manager) anew beside the live one and switches over; joins a build that is under way.
   * Works with and without a worker running. @throws UnknownProcessor, Error when the build halts.
   */
  abstract rebuild(
    name: string,
    options?: { onProgress?: (progress: RebuildProgress) => void; signal?: AbortSignal },
  ): Promise<RebuildProgress>;
  /** Takes the tables of retired builds away at once, instead of in a minute. */
  abstract clearRetired(): Promise<void>;
  abstract parked(name?: string): Promise<readonly ParkedPartition[]>;
  /** Applies parked events again, of one partition or of all. @returns how many are applied and how many stay parked. */
  abstract retryParked(
    name: string,
    partition?: string,
  ): Promise<{ readonly applied: number; readonly parked: number }>;
  /** Lets a halted group or process go on where it stopped. */
  abstract resume(name: string): Promise<void>;
  /** Those of the outbox that were given up, the oldest first. @throws InvalidCursor */
  abstract deadLetters(wanted: DeadLettersWanted): Promise<Page<DeadLetter>>;
  /** Sends a dead letter again. @returns false when there is none with this id, or only in another workspace. */
  abstract retryDeadLetter(id: string, workspaceId?: string): Promise<boolean>;
}
