import {
  AccessDeniedError,
  DeadlineExceededError,
  ErrorType,
  MaxAppendSizeExceededError,
  StreamDeletedError,
  UnknownError,
  isCommandError,
} from '@eventstore/db-client';
import { DomainError } from '#libs/kernel/domain/domain-error';
import { EventStoreUnavailable } from '../../application/errors.js';

/** Our own clock ran out: the client has none for reads and subscriptions, and hangs where its transport was closed. */
export class NoAnswer extends Error {
  constructor(what: string, ms: number) {
    super(`${what}: nothing came for ${ms} ms`);
    this.name = 'NoAnswer';
  }
}

/** The append is larger than the server takes. */
export class AppendTooLarge extends DomainError {
  readonly code = 'payload-too-large';
  readonly kind = 'too-large';

  constructor(limit: number) {
    super(`The events of one command may not be larger than ${limit} bytes together.`, { limit });
  }
}

const INVALID_ARGUMENT = 3;
const UNIMPLEMENTED = 12;
const OPEN: ReadonlySet<string> = new Set([
  ErrorType.TIMEOUT,
  ErrorType.DEADLINE_EXCEEDED,
  ErrorType.UNAVAILABLE,
  ErrorType.CANCELLED,
  ErrorType.NOT_LEADER,
]);

/** What the transport throws bare, when a channel was closed under a call or no member of the cluster answers. Any other bare error is a bug. */
const TRANSPORT =
  /channel has been|channel closed|failed to discover|subscription ended|write after end|premature close/i;

/** Whether it is unknown if the server has done what was asked: to be sent again, identically. */
export function isUnknownOutcome(error: unknown): boolean {
  if (error instanceof NoAnswer) return true;
  if (!(error instanceof Error)) return false;
  if (error instanceof UnknownError) return error.code !== INVALID_ARGUMENT && error.code !== UNIMPLEMENTED;
  if (isCommandError(error)) return OPEN.has(error.type);
  return TRANSPORT.test(error.message) || typeof (error as NodeJS.ErrnoException).code === 'string';
}

/** The kind of fault that a broken client keeps having and a new one does not. */
export const isClientSick = (error: unknown): boolean =>
  error instanceof NoAnswer || error instanceof DeadlineExceededError || error instanceof UnknownError;

/** Came fast and may pass soon, so a read is simply sent again; one that ran into a clock has cost its time already. */
export const isPassing = (error: unknown): boolean =>
  isUnknownOutcome(error) && !(error instanceof NoAnswer) && !(error instanceof DeadlineExceededError);

/** In words for people; never the raw message, which may quote addresses. */
export function reasonOf(error: unknown): string {
  if (error instanceof NoAnswer) return error.message;
  if (error instanceof Error && isCommandError(error)) return `EventStoreDB answered "${error.type}"`;
  return 'EventStoreDB cannot be reached';
}

/** What the port throws: faults of the infrastructure become `EventStoreUnavailable`, bugs and refusals stay what they are. */
export function portError(error: unknown, maxAppendBytes: number): unknown {
  if (error instanceof DomainError) return error;
  if (error instanceof MaxAppendSizeExceededError) return new AppendTooLarge(maxAppendBytes);
  if (isUnknownOutcome(error) || error instanceof AccessDeniedError)
    return new EventStoreUnavailable(reasonOf(error), { cause: error });
  if (error instanceof StreamDeletedError)
    return new Error(`A stream of ours was deleted in EventStoreDB: ${error.streamName}`, { cause: error });
  return error;
}

/** Rejects with `NoAnswer` after `ms`; what the promise does later is ignored. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(what, ms)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
