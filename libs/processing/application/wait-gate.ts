import { DomainError } from '#libs/kernel/domain/domain-error';

/** The read model has not reached the position that was asked for; the same read may succeed later. */
export class ReadModelBehind extends DomainError {
  readonly code = 'read-model-behind';
  readonly kind = 'unavailable';
  override readonly retryable = true;

  constructor(group: string) {
    super(`The read model ${group} has not caught up yet; try again.`, { group });
  }
}

/** Read your own writes: holds a read back until its group has passed a position. Works in every process. */
export abstract class WaitGate {
  /** @throws ReadModelBehind when the group has not passed the position after `timeoutMs` milliseconds. */
  abstract waitFor(group: string, position: string, timeoutMs: number): Promise<void>;
}
