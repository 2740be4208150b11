import helmet from '@fastify/helmet';
import { Logger, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiModule, type ApiModuleOptions } from './api.module.js';
import { serveDocs } from './openapi.js';
import { fastifyAdapter } from './src/http/fastify.js';
import { Metrics } from './src/metrics/metrics.js';
import { observeRequests } from './src/http/observe.js';

export interface ApiOptions extends ApiModuleOptions {
  readonly logger: LoggerService | false;
  /** Origins whose pages may call; none unless told. */
  readonly corsOrigins?: readonly string[];
  /** Proxies in front that may name the client's address. */
  readonly trustedProxies?: number;
}

/** Paths outside `/api/v1`. */
const OUTSIDE = ['health/live', 'health/ready', 'metrics'];

/** The API as an application that is initialised but does not listen yet; whoever made it closes it. */
export async function createApi({ rooms, limits, logger, corsOrigins = [], trustedProxies = 0 }: ApiOptions) {
  const adapter = fastifyAdapter({ bodyLimit: limits.bodyLimit, trustedProxies });
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.over({ rooms, limits }), adapter, {
    bodyParser: false,
    logger,
    abortOnError: false,
    forceCloseConnections: false,
  });
  app.setGlobalPrefix('api/v1', { exclude: OUTSIDE });
  await app.register(helmet as never, securityHeaders as never);
  if (corsOrigins.length > 0) app.enableCors(corsFor(corsOrigins));
  observeRequests(app.getHttpAdapter().getInstance(), app.get(Metrics), new Logger('Http'));
  serveDocs(app);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}

/** An API answers no pages: nothing may be loaded, framed or sniffed. `/docs` brings its own policy. */
const securityHeaders = {
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  referrerPolicy: { policy: 'no-referrer' },
};

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
