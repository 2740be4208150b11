import { Logger } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '#libs/kernel/domain/domain-error';
import { catalogue, INTERNAL_ERROR, isCatalogued, problemType, statusOf } from './catalogue.js';

/** RFC 9457, with our members. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly requestId: string;
  readonly retryable: boolean;
  readonly [member: string]: unknown;
}

/** A refusal as the client reads it. */
export function problemOf(refusal: DomainError, request: { path: string; requestId: string }): Problem {
  const { code, kind, message, retryable, details } = refusal;
  const known = isCatalogued(code) ? catalogue[code] : undefined;
  const status = known?.status ?? statusOf[kind];
  return {
    ...details,
    type: problemType(code),
    title: known?.title ?? refusal.name,
    status,
    detail: message,
    instance: request.path,
    code,
    requestId: request.requestId,
    retryable,
  };
}

/** What a bug or a broken dependency looks like from outside: nothing but the id to ask about. */
export const bareProblem = (request: { path: string; requestId: string }): Problem => ({
  type: 'about:blank',
  title: 'Internal Server Error',
  status: 500,
  detail: 'Something went wrong on our side. Quote the request id when you report it.',
  instance: request.path,
  code: INTERNAL_ERROR,
  requestId: request.requestId,
  retryable: true,
});

/** What went wrong with a request or a part of it; a fault that is ours is logged here, once, with the request's id. */
export function problemFor(error: unknown, request: FastifyRequest, logger = new Logger('Http')): Problem {
  const about = { path: pathOf(request.raw.url ?? ''), requestId: request.id };
  if (error instanceof DomainError) return problemOf(error, about);
  logger.error({ err: error, requestId: request.id, method: request.method, path: about.path }, 'A request failed.');
  return bareProblem(about);
}

/** The path without its query, which may hold what must not be repeated. */
const pathOf = (url: string) => url.split('?', 1)[0]!.slice(0, 500).toWellFormed();

/** Headers that belong to a problem besides its content type. */
export function problemHeaders({ status, ...problem }: Problem): Record<string, string> {
  const { retryAfter } = problem as { retryAfter?: number };
  return {
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(status === 429 || status === 503 ? { 'retry-after': String(retryAfter ?? 1) } : {}),
  };
}
