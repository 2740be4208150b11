import { createServer, type Server } from 'node:http';
import { Logger, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Config } from '#libs/composition/config';
import { openCore } from '#libs/composition/core';
import { makeConfiguredAdministrator } from '#libs/composition/first-administrator';
import { createLogger, NestLog } from '#libs/composition/logging';
import { reachDatabase } from '#libs/composition/reach-database';
import { run } from '#libs/composition/running';
import { onStopSignal, reportStrayErrors } from '#libs/composition/shutdown';
import { ApiModule, OUTSIDE_PREFIX, PREFIX, type ApiModuleOptions } from './api.module.js';
import { serveDocs } from './openapi.js';
import { fastifyAdapter } from './src/http/fastify.js';
import { HttpLimits } from './src/http/limits.js';
import { observeRequests } from './src/http/observe.js';
import { traceRequests } from './src/http/tracing.js';
import { Metrics } from './src/metrics/metrics.js';

export { HttpLimits };

export interface ApiOptions extends ApiModuleOptions {
  readonly logger: LoggerService | false;
  /** Origins whose pages may call; none unless told. */
  readonly corsOrigins?: readonly string[];
  /** Proxies in front that may name the client's address. */
  readonly trustedProxies?: number;
  /** A debug line for every request; otherwise only for those that failed on our side. */
  readonly logRequests?: boolean;
}

/** The API as a process of its own: takes commands and answers reads; a worker applies the log. */
export async function startApi(): Promise<void> {
  const config = Config.read();
  const logger = createLogger(config, 'api');
  reportStrayErrors(logger);
  const { url } = await reachDatabase(config);
  const core = await openCore({ config, logger, databaseUrl: url });
  const { app, process, stop } = await run(core, (rooms) =>
    createApi({ rooms, ...apiOptions(config), logger: new NestLog(logger) }),
  );
  const metrics = await serveMetrics(app, config);
  onStopSignal(logger, config.drainSeconds, async () => {
    metrics?.close();
    await stop();
  });
  await makeConfiguredAdministrator(app, core);
  await process([]);
  await app.listen({ host: config.host, port: config.port });
  logger.info({ url: await app.getUrl(), eventStore: config.eventStore }, 'The API takes requests');
}

/** What the configuration says about the API. */
export const apiOptions = ({
  requestsPerSecond,
  strangersPerSecond,
  streamsPerPrincipal,
  drainSeconds,
  corsOrigins,
  trustedProxies,
  logLevel,
}: Config) => ({
  limits: new HttpLimits({
    requestsPerSecond: requestsPerSecond || undefined,
    strangersPerSecond: strangersPerSecond || undefined,
    streamsPerPrincipal,
    drainSeconds,
  }),
  corsOrigins,
  trustedProxies,
  logRequests: logLevel === 'debug' || logLevel === 'trace',
});

/** `/metrics` without a token, on a port of its own that no stranger can reach; undefined = not asked for. */
export async function serveMetrics(
  app: NestFastifyApplication,
  { metricsPort, host }: Pick<Config, 'metricsPort' | 'host'>,
): Promise<Server | undefined> {
  if (metricsPort === undefined) return undefined;
  const metrics = app.get(Metrics);
  const server = createServer((request, response) => {
    if (request.url?.split('?', 1)[0] !== '/metrics') return void response.writeHead(404).end();
    metrics.text().then(
      (text) => response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(metricsPort, host, resolve));
  return server;
}

/** The API as an application that is initialised but does not listen yet; whoever made it closes it. */
export async function createApi({
  logger,
  corsOrigins = [],
  trustedProxies = 0,
  logRequests = false,
  ...parts
}: ApiOptions): Promise<NestFastifyApplication> {
  const { limits } = parts;
  const adapter = fastifyAdapter({ limits, trustedProxies });
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.over(parts), adapter, {
    bodyParser: false,
    logger,
    abortOnError: false,
  });
  app.setGlobalPrefix(PREFIX, { exclude: OUTSIDE_PREFIX });
  if (corsOrigins.length > 0) app.enableCors(corsFor(corsOrigins));
  traceRequests(app.getHttpAdapter().getInstance());
  observeRequests(app.getHttpAdapter().getInstance(), {
    metrics: app.get(Metrics),
    logger: new Logger('Http'),
    everyOne: logRequests,
  });
  serveDocs(app);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}

const corsFor = (origins: readonly string[]) => ({
  origin: [...origins],
  methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH'],
  allowedHeaders: [
    'authorization',
    'content-type',
    'idempotency-key',
    'if-match',
    'prefer',
    'consistency-token',
    'last-event-id',
    'request-id',
    'traceparent',
  ],
  exposedHeaders: [
    'etag',
    'location',
    'consistency-token',
    'projection-position',
    'idempotent-replayed',
    'request-id',
    'retry-after',
    'ratelimit',
    'ratelimit-policy',
  ],
  maxAge: 600,
});
