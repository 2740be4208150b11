import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { processingGauges } from '#libs/composition/processing-metrics';
import { ProcessingControl } from '#libs/processing/application/processing-control';

/** What Prometheus reads; asked of the processing at each scrape, counted per request otherwise. */
@Injectable()
export class Metrics implements OnApplicationShutdown {
  readonly registry = new Registry();
  private readonly requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last byte of its answer.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.registry],
  });
  /** Event streams that are open. */
  readonly streams = new Gauge({
    name: 'http_event_streams',
    help: 'Event streams that are open.',
    registers: [this.registry],
  });
  private readonly series = new Map<string, { observe(seconds: number): void }>();

  private readonly readProcessing: () => Promise<void>;

  constructor(processing: ProcessingControl) {
    collectDefaultMetrics({ register: this.registry });
    this.readProcessing = processingGauges(this.registry, processing);
  }

  /** The text of a scrape, in `registry.contentType`. */
  async text(): Promise<string> {
    await this.readProcessing();
    return this.registry.metrics();
  }

  /** Routes are named by their pattern, so that ids make no series. */
  observe(request: FastifyRequest, reply: FastifyReply): void {
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
    const name = `${request.method} ${route} ${reply.statusCode}`;
    let series = this.series.get(name);
    if (!series) {
      series = this.requests.labels(request.method, route, String(reply.statusCode));
      this.series.set(name, series);
    }
    series.observe(reply.elapsedTime / 1000);
  }

  onApplicationShutdown(): void {
    this.registry.clear();
  }
}
