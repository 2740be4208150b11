import { createServer, type ServerResponse } from 'node:http';
import type { INestApplicationContext } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { EventStore } from '#libs/event-store/application/event-store';
import { ProcessingControl } from '#libs/processing/application/processing-control';
import type { Config } from '#libs/composition/config';
import { processingGauges } from '#libs/composition/processing-metrics';
import type { Running } from '#libs/composition/running';

/** `/health/live`, `/health/ready` and `/metrics` of a process without an API, on METRICS_PORT; without one, nothing. */
export async function serveHealth(
  { metricsPort, host }: Config,
  { app }: Running<INestApplicationContext>,
): Promise<{ close(): Promise<void> } | undefined> {
  if (metricsPort === undefined) return undefined;
  const control = app.get(ProcessingControl);
  const store = app.get(EventStore);
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const readProcessing = processingGauges(registry, control);
  const server = createServer((request, response) => {
    const answer = async () => {
      switch (request.url?.split('?', 1)[0]) {
        case '/health/live':
          return send(response, 200, 'application/json', '{"status":"ok"}');
        case '/health/ready': {
          const [log, builds] = await Promise.all([store.health(), control.liveBuilds()]);
          const ok = log.ok && builds.ok;
          const body = { status: ok ? 'ready' : 'unready', eventStore: log.ok, building: builds.missing };
          return send(response, ok ? 200 : 503, 'application/json', JSON.stringify(body));
        }
        case '/metrics':
          await readProcessing();
          return send(response, 200, registry.contentType, await registry.metrics());
        default:
          return send(response, 404, 'application/json', '{"status":"not-found"}');
      }
    };
    answer().catch(() => send(response, 503, 'application/json', '{"status":"unready"}'));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(metricsPort, host, resolve);
  });
  return {
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}
