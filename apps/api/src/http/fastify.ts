import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Logger } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyContentTypeParser, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '#libs/kernel/domain/domain-error';
import { readJson } from './json-body.js';
import type { HttpLimits } from './limits.js';
import { answerProblem } from './problem.filter.js';
import { MalformedRequest, PayloadTooLarge, UnsupportedMediaType } from './refusals.js';
import { secureHeaders } from './security-headers.js';
import type { RawQuery } from './validation.js';

export interface HttpOptions {
  readonly limits: Pick<HttpLimits, 'bodyLimit' | 'drainSeconds'>;
  /** Proxies in front that may name the client's address. */
  readonly trustedProxies: number;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Why the body could not be read; answered after authentication and permission, which go first. */
    bodyFault: DomainError | null;
  }
}

const saneRequestId = /^[A-Za-z0-9._:-]{1,100}$/;

/**
 * Fastify as this API needs it: nothing is answered before the guards have been asked who is calling, so a body that
 * cannot be read only leaves a note on the request.
 */
export function fastifyAdapter({ limits, trustedProxies }: HttpOptions): FastifyAdapter {
  const { bodyLimit, drainSeconds } = limits;
  const logger = new Logger('Http');
  const adapter = new FastifyAdapter({
    skipMiddie: true,
    logger: false,
    bodyLimit,
    // What came before the close is still answered; the answer closes its connection.
    return503OnClosing: false,
    // As a number Fastify takes it for no trust at all.
    trustProxy: trustedProxies === 0 ? false : (_: string, hop: number) => hop < trustedProxies,
    requestIdHeader: false,
    genReqId: (request: { headers: Record<string, string | string[] | undefined> }) => {
      const given = request.headers['request-id'] ?? request.headers['x-request-id'];
      return typeof given === 'string' && saneRequestId.test(given) ? given : randomUUID();
    },
    routerOptions: {
      caseSensitive: true,
      ignoreDuplicateSlashes: false,
      ignoreTrailingSlash: false,
      useSemicolonDelimiter: false,
      maxParamLength: 500,
      querystringParser: ((text: string) => rawQuery(text)) as never,
    },
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      answerProblem(error, request, reply, logger),
    clientErrorHandler: answerBrokenMessage,
    // Refused below, as a problem document.
    http: { requireHostHeader: false, headersTimeout: 15_000 },
    keepAliveTimeout: 72_000,
    requestTimeout: 30_000,
  } as never);
  secureHeaders(adapter.getInstance());
  readMessages(adapter.getInstance());
  readBodies(adapter.getInstance(), bodyLimit);
  closeUnused(adapter.getInstance(), drainSeconds);
  return adapter;
}

/**
 * A connection on which nothing is being answered would keep the server from closing for a minute when it has said
 * nothing yet, or when its request was answered before all of its body came. What is being answered is given its time,
 * and no more: a body may never come to its end.
 */
function closeUnused(instance: FastifyInstance, drainSeconds: number): void {
  const answering = new Map<Socket, number>();
  const count = (socket: Socket, change: number) => {
    const known = answering.get(socket);
    if (known !== undefined) answering.set(socket, known + change);
  };
  instance.server.on('connection', (socket: Socket) => {
    answering.set(socket, 0);
    socket.once('close', () => answering.delete(socket));
  });
  instance.server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    count(socket, 1);
    response.once('close', () => count(socket, -1));
  });
  instance.addHook('preClose', (done) => {
    for (const [socket, answers] of answering) if (answers === 0) socket.destroy();
    setTimeout(() => instance.server.closeAllConnections(), drainSeconds * 1000).unref();
    done();
  });
}

/** What Node would answer by itself, without a problem document: no Host, and expectations that nobody knows. */
function readMessages(instance: FastifyInstance): void {
  instance.addHook('onRequest', (request, _, done) => {
    const isNameless = request.raw.httpVersion === '1.1' && request.headers.host === undefined;
    done(isNameless ? new MalformedRequest('A request names its Host.') : undefined);
  });
  instance.server.on('checkExpectation', (request, response) => instance.server.emit('request', request, response));
}

function readBodies(instance: FastifyInstance, bodyLimit: number): void {
  for (const name of ['bodyFault', 'principal', 'door']) instance.decorateRequest(name, null);
  instance.removeAllContentTypeParsers();
  instance.addHook('onRequest', (request, _, done) => {
    // A media type that is not even well-formed would be answered before the guards; a compressed body is not JSON.
    const { 'content-type': type, 'content-encoding': encoding = 'identity' } = request.headers;
    const isForm = takesForm(request) && type !== undefined && formType.test(type);
    const isReadable = isForm || (type !== undefined && isJson.test(type) && !takesForm(request));
    if (type !== undefined && !(isReadable && encoding.toLowerCase() === 'identity'))
      request.headers['content-type'] = 'application/octet-stream';
    done();
  });
  instance.addContentTypeParser('application/json', bodyParser(bodyLimit, readJson));
  instance.addContentTypeParser('application/x-www-form-urlencoded', bodyParser(bodyLimit, readForm));
  instance.addContentTypeParser('*', (request, payload, done) => {
    payload.resume();
    request.bodyFault = new UnsupportedMediaType();
    done(null);
  });
}

/** Reads a body as far as the limit; what is wrong with it is noted on the request, for later. */
const bodyParser =
  (bodyLimit: number, read: (bytes: Buffer) => unknown): FastifyContentTypeParser =>
  (request: FastifyRequest, payload: IncomingMessage, done: (error: Error | null, body?: unknown) => void) => {
    let size = 0;
    let chunks: Buffer[] = [];
    const finish = (fault: DomainError | null, body?: unknown) => {
      request.bodyFault = fault;
      done(null, body);
    };
    const tooLarge = () => {
      chunks = [];
      size = Infinity;
      payload.removeAllListeners('data').resume();
      finish(new PayloadTooLarge(`A body is at most ${bodyLimit} bytes.`));
    };
    if (Number(request.headers['content-length']) > bodyLimit) return tooLarge();
    payload.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > bodyLimit) tooLarge();
    });
    payload.on('end', () => {
      if (size === Infinity) return;
      if (size === 0) return finish(null);
      try {
        finish(null, read(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
      } catch (error) {
        if (error instanceof DomainError) finish(error);
        else done(error as Error);
      }
    });
    payload.on('error', () => {
      if (size !== Infinity) finish(new MalformedRequest('The body broke off.'));
    });
  };

/** `@RouteConfig(FORM)` on a route: it takes a form, and nothing else. */
export const FORM = { form: true } as const;
const takesForm = ({ routeOptions }: FastifyRequest): boolean =>
  (routeOptions.config as { form?: boolean } | undefined)?.form === true;
const formType = /^application\/x-www-form-urlencoded\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/** Members of a form, each once. @throws MalformedRequest */
function readForm(bytes: Buffer): Record<string, string> {
  const members = rawQuery(bytes.toString('utf8'));
  if (members === null) throw new MalformedRequest('The form holds broken percent-encoding.');
  const twice = [...members].find(([, values]) => values.length > 1);
  if (twice) throw new MalformedRequest('A member of a form is sent once.');
  return Object.fromEntries([...members].map(([name, [value = '']]) => [name, value]));
}

/** `application/json`, alone or with parameters; a charset other than UTF-8 is another media type to us. */
const isJson = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/** Decodes a query string strictly; null when it cannot be (broken percent-encoding). */
export function rawQuery(text: string): RawQuery | null {
  const query = new Map<string, string[]>();
  if (text === '') return query;
  try {
    for (const pair of text.split('&')) {
      if (pair === '') continue;
      const equals = pair.indexOf('=');
      const name = decode(equals < 0 ? pair : pair.slice(0, equals));
      const value = equals < 0 ? '' : decode(pair.slice(equals + 1));
      const values = query.get(name);
      if (values) values.push(value);
      else query.set(name, [value]);
    }
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
  return query;
}

const decode = (text: string) => decodeURIComponent(text.replaceAll('+', ' '));

/** What is not even HTTP: the socket gets a problem document and is closed. */
function answerBrokenMessage(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy();
  const requestId = randomUUID();
  const body = JSON.stringify({
    type: 'urn:countersign:problem:malformed-request',
    title: 'The request cannot be read',
    status: 400,
    detail: error.code === 'HPE_HEADER_OVERFLOW' ? 'The headers are too large.' : 'The message is not HTTP.',
    instance: '',
    code: 'malformed-request',
    requestId,
    retryable: false,
  });
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nRequest-Id: ${requestId}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
