import type { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../metrics/metrics.js';

/** One line and one observation per answered request: no bodies, no tokens, no query (it may hold what people typed). */
export function observeRequests(instance: FastifyInstance, metrics: Metrics, logger: Logger): void {
  instance.addHook('onResponse', (request, reply, done) => {
    metrics.observe(request, reply);
    const level = reply.statusCode >= 500 ? 'warn' : 'debug';
    logger[level](
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
