import { SchemaDrift } from '#libs/event-store/application/event-registry';
import { LogsDiffer } from '#libs/event-store/application/log-copy';
import { DomainError } from '#libs/kernel/domain/domain-error';
import { EmbeddedPostgresError } from '#libs/postgres/infrastructure/embedded/launch-error';
import { MigrationError } from '#libs/postgres/infrastructure/migrations';
import { PlainError } from './plain-error.js';

const MEANT_FOR_PEOPLE = [PlainError, DomainError, EmbeddedPostgresError, MigrationError, SchemaDrift, LogsDiffer];

/** What to print when a start fails: a sentence for what the operator can mend, everything for a bug. */
export function explain(error: unknown): string {
  if (MEANT_FOR_PEOPLE.some((kind) => error instanceof kind)) return (error as Error).message;
  const { code, syscall, address, port, path } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (code === 'EADDRINUSE') return `${address}:${port} is in use by another program; set PORT to another number.`;
  if (code === 'EACCES' && syscall === 'listen') return `Port ${port} needs more rights than this user has; set PORT.`;
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND')
    return `A server does not answer (${(error as Error).message}): is it running, and does DATABASE_URL or EVENTSTORE_URL name it?`;
  if (syscall === 'mkdir') return `${path} cannot be made (${code}): DATA_DIR must be a folder, or be free for one.`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Runs the start of a process; a failure is explained on standard error and ends it with exit code 1. */
export async function start(begin: () => Promise<void>): Promise<void> {
  try {
    await begin();
  } catch (error) {
    console.error(explain(error));
    process.exit(1);
  }
}
