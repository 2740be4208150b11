import {
  context,
  ROOT_CONTEXT,
  trace,
  type Context,
  type Span,
  type SpanOptions,
  type Tracer,
} from '@opentelemetry/api';
import Fastify from 'fastify';
import { traceRequests } from './tracing.js';

describe('tracing', () => {
  afterEach(() => trace.disable());

  const served = async () => {
    const app = Fastify();
    traceRequests(app);
    app.get('/reviews/:id', async (_, reply) => reply.code(503).send({}));
    await app.inject({
      url: '/reviews/7',
      headers: { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
    });
    await app.close();
    return app;
  };

  it('costs nothing without an SDK', async () => {
    expect((await served()).hasRequestDecorator('span')).toBe(false);
  });

  it('makes one span per request when there is one', async () => {
    const spans: {
      name: string;
      options: SpanOptions | undefined;
      attributes: object;
      ended: number;
      status: unknown;
    }[] = [];
    const tracer = {
      startSpan(name: string, options?: SpanOptions, _parent: Context = ROOT_CONTEXT): Span {
        const seen = {
          name,
          options,
          attributes: {} as Record<string, unknown>,
          ended: 0,
          status: undefined as unknown,
        };
        spans.push(seen);
        return {
          spanContext: () => ({
            traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
            spanId: '00f067aa0ba902b7',
            traceFlags: 1,
          }),
          setAttribute: (key: string, value: unknown) => (seen.attributes[key] = value),
          setStatus: (status: unknown) => (seen.status = status),
          end: () => seen.ended++,
        } as unknown as Span;
      },
    } as unknown as Tracer;
    trace.setGlobalTracerProvider({ getTracer: () => tracer });
    await served();
    expect(spans.map(({ name, ended }) => [name, ended])).toEqual([
      ['start', 1],
      ['GET /reviews/:id', 1],
    ]);
    expect(spans[1]).toMatchObject({
      options: { attributes: { 'http.route': '/reviews/:id', 'http.request.method': 'GET' } },
      attributes: { 'http.response.status_code': 503 },
      status: { code: 2 },
    });
    expect(context.active()).toBe(ROOT_CONTEXT);
  });
});
