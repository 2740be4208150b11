import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '#libs/kernel/domain/domain-error';
import { problemFor, problemHeaders } from './problem.js';
import { MalformedRequest, PayloadTooLarge, RouteNotFound, UnsupportedMediaType } from './refusals.js';
import { securityHeaders } from './security-headers.js';

/** The only place where a "no" meets HTTP, and where a fault that is ours is logged: once, with its request id. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    answerProblem(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>(), this.logger);
  }
}

export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply, logger: Logger): void {
  const problem = problemFor(refusalOf(error) ?? error, request, logger);
  if (reply.sent) return;
  void reply
    .code(problem.status)
    .headers({
      ...securityHeaders,
      ...problemHeaders(problem),
      'request-id': request.id,
      'content-type': 'application/problem+json',
    })
    .send(JSON.stringify(problem));
}

/** What the framework refuses before our code is asked, in our words; undefined = not a refusal but a fault. */
function refusalOf(error: unknown): DomainError | undefined {
  if (error instanceof DomainError) return error;
  const status =
    error instanceof HttpException ? error.getStatus() : (error as { statusCode?: unknown } | null)?.statusCode;
  switch (status) {
    case 403: // a page of the documentation, asked for by a path that climbs out of it
    case 404:
    case 405:
      return new RouteNotFound('There is no such route: /docs and /api/openapi.json show those that there are.');
    case 413:
      return new PayloadTooLarge('The body is above the limit.');
    case 415:
      return new UnsupportedMediaType();
    case 400:
    case 414:
    case 431:
      return new MalformedRequest('The request cannot be read: check the percent-encoding of the URL and the headers.');
    default:
      return undefined;
  }
}
