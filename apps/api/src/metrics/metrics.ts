import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
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

/** Answers what brings the gauges up to date. */
function processingGauges(registry: Registry, processing: ProcessingControl): () => Promise<void> {
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const lag = gauge('countersign_processor_lag_events', 'How far a projection or process is behind the log.', [
    'name',
    'build',
  ]);
  const parked = gauge('countersign_processor_parked_events', 'Events that failed and wait for a fix.', [
    'name',
    'build',
  ]);
  const halted = gauge('countersign_processor_halted', '1 when it stopped at an event.', ['name', 'build']);
  const outbox = gauge('countersign_outbox_messages', 'Messages that are not delivered.', ['state']);
  const timers = gauge('countersign_timers', 'Deadlines that have not fired.', ['state']);
  const up = gauge('countersign_processing_up', '1 when the state of the processing could be read.', []);
  return async () => {
    try {
      const statistics = await processing.statistics();
      for (const each of [lag, parked, halted]) each.reset();
      for (const { name, build, lag: behind, parked: waiting, halted: stopped } of statistics.processors) {
        const labels = { name, build: String(build) };
        lag.set(labels, behind);
        parked.set(labels, waiting);
        halted.set(labels, stopped ? 1 : 0);
      }
      for (const [state, n] of Object.entries(statistics.outbox)) outbox.set({ state }, n);
      for (const [state, n] of Object.entries(statistics.timers)) timers.set({ state }, n);
      up.set(1);
    } catch {
      up.set(0);
    }
  };
}
