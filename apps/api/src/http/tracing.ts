import {
  context,
  defaultTextMapGetter,
  isSpanContextValid,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
  type Span,
} from '@opentelemetry/api';
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    span: Span | null;
  }
}

/**
 * One span per request, a child of the caller's `traceparent`; what the rooms do happens inside it. An SDK is loaded from
 * outside (`node --import …`); without one no hook is installed and tracing costs nothing.
 */
export function traceRequests(instance: FastifyInstance): void {
  const tracer = trace.getTracer('countersign.api');
  const probe = tracer.startSpan('start');
  probe.end();
  if (!isSpanContextValid(probe.spanContext())) return;
  instance.decorateRequest('span', null);
  instance.addHook('onRequest', (request, _, done) => {
    const parent = propagation.extract(context.active(), request.headers, defaultTextMapGetter);
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
    const span = tracer.startSpan(
      `${request.method} ${route}`,
      {
        kind: SpanKind.SERVER,
        attributes: { 'http.request.method': request.method, 'http.route': route, 'request.id': request.id },
      },
      parent,
    );
    request.span = span;
    context.with(trace.setSpan(parent, span), done);
  });
  instance.addHook('onResponse', (request, reply, done) => {
    request.span?.setAttribute('http.response.status_code', reply.statusCode);
    if (reply.statusCode >= 500) request.span?.setStatus({ code: SpanStatusCode.ERROR });
    request.span?.end();
    done();
  });
}
