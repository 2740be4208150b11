import type { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../metrics/metrics.js';

/**
 * One observation per answered request, and a line: of those that failed on our side, or of all when `everyOne` is set.
 * No bodies, no tokens, no query (it may hold what people typed).
 */
export function observeRequests(
  instance: FastifyInstance,
  { metrics, logger, everyOne }: { metrics: Metrics; logger: Logger; everyOne: boolean },
): void {
  instance.addHook('onResponse', (request, reply, done) => {
    // What a stream takes is up to its reader: it would say nothing about us.
    if (reply.getHeader('content-type') !== 'text/event-stream') metrics.observe(request, reply);
    const failed = reply.statusCode >= 500;
    if (!failed && !everyOne) return done();
    logger[failed ? 'warn' : 'debug'](
      {
        requestId: request.id,
        method: request.method,
        route: request.is404 ? null : request.routeOptions.url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        userId: request.principal?.userId,
      },
      'Answered.',
    );
    done();
  });
}
