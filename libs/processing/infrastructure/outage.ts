import { DomainError } from '#libs/kernel/domain/domain-error';

/** Connection, resources, shutdown, rollback, full disk: classes of SQLSTATE that say nothing about the values. */
const PASSING = /^(08|25|40|53|55|57|58|XX)[0-9A-Z]{3}$/;
/** What the driver and the operating system say without a code of PostgreSQL. */
const NETWORK = /connection (terminated|ended|error)|not queryable|timeout|cannot use a pool|ECONN|EPIPE|ENOTFOUND/i;

/** True when the same work can succeed later, unchanged: a dependency is away, not the data wrong. */
export function isOutage(error: unknown): boolean {
  if (error instanceof DomainError) return error.kind === 'unavailable';
  if (error instanceof AggregateError) return error.errors.every(isOutage);
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return PASSING.test(code) || /^E[A-Z]{4,}$/.test(code);
  return NETWORK.test(error.message);
}
