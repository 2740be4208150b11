import { DomainError } from '#libs/kernel/domain/domain-error';

export class RulesetKeyTaken extends DomainError {
  readonly code = 'already-exists';
  readonly kind = 'conflict';

  constructor(key: string, rulesetId: string) {
    super(`A ruleset with the key ${key} exists in this workspace.`, { rulesetId });
  }
}

export class RulesetNotFound extends DomainError {
  readonly code = 'not-found';
  readonly kind = 'not-found';

  constructor() {
    super('There is no such ruleset.');
  }
}

/** A backtest of a past that cannot be. */
export class BacktestInvalid extends DomainError {
  readonly code = 'validation-failed';
  readonly kind = 'invalid';

  constructor(pointer: string, code: string, detail: string) {
    super(detail, { errors: [{ pointer, code, detail }] });
  }
}

/** Backtests wait for each other; there is an end to that. */
export class TooManyBacktests extends DomainError {
  readonly code = 'rate-limited';
  readonly kind = 'limited';
  override readonly retryable = true;

  constructor() {
    super('Other backtests are waiting; try again when they are done.', { retryAfter: 10 });
  }
}
