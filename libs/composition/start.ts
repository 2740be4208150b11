import { LogsDiffer } from '#libs/event-store/application/log-copy';
import { SchemaDrift } from '#libs/event-store/application/schema-drift';
import { DomainError } from '#libs/kernel/domain/domain-error';
import { EmbeddedPostgresError } from '#libs/postgres/infrastructure/embedded/launch-error';
import { MigrationError } from '#libs/postgres/infrastructure/migrations';
import { PlainError } from './plain-error.js';

const MEANT_FOR_PEOPLE = [PlainError, DomainError, EmbeddedPostgresError, MigrationError, SchemaDrift, LogsDiffer];

/** Codes of PostgreSQL for a user, password or database that it does not take, and of Node for certificates. */
const NOT_LET_IN = /^28|^3D|CERT|LEAF_SIGNATURE/;
/** The driver says this without a code. */
const NO_TLS = 'The server does not support SSL connections';
const NO_ANSWER = ['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'];
const NO_NAME = ['ENOTFOUND', 'EAI_AGAIN'];

/** What to print when a start fails: a sentence for what the operator can mend, everything for a bug. */
export function explain(error: unknown): string {
  if (MEANT_FOR_PEOPLE.some((kind) => error instanceof kind))
    return error instanceof Error ? error.message : String(error);
  const {
    code = '',
    syscall,
    address,
    port,
    path,
  } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  if (code === 'EADDRINUSE') return `${address}:${port} is in use by another program; set PORT to another number.`;
  if (code === 'EADDRNOTAVAIL') return `${address} is no address of this machine; set HOST to another one.`;
  if (code === 'EACCES' && syscall === 'listen') return `Port ${port} needs more rights than this user has; set PORT.`;
  if (NO_NAME.includes(code))
    return `A name is not known (${sentence(error)}): look at HOST, DATABASE_URL and EVENTSTORE_URL.`;
  if (NO_ANSWER.includes(code))
    return `A server does not answer (${sentence(error)}): is it running, and does DATABASE_URL or EVENTSTORE_URL name it?`;
  if (NOT_LET_IN.test(code) || sentence(error) === NO_TLS)
    return `DATABASE_URL does not open PostgreSQL: ${sentence(error)}.`;
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

/** Several addresses of one name fail together, in an error without a message of its own. */
function sentence(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(sentence).join('; ');
  return error instanceof Error ? error.message : String(error);
}
