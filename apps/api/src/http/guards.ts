import { randomUUID } from 'node:crypto';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '#libs/identity/application/authenticator';
import { Clock } from '#libs/kernel/application/clock';
import { Hashing } from '#libs/kernel/application/hashing';
import { canonicalJson } from '#libs/kernel/domain/canonical-json';
import { derivedId } from '#libs/kernel/domain/ids';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import { kindOf } from './admission.js';
import { Door } from './door.js';
import { HouseServices } from './house.js';
import { HttpLimits } from './limits.js';
import { IdempotencyKeyMissing, MalformedRequest, PreconditionRequired, RouteNotFound } from './refusals.js';
import { Routes, type RouteDeclaration } from './routes.js';
import { checkedBody, checkedQuery, invalidParameter, withoutSecrets, type RawQuery } from './validation.js';

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | null;
  }
}

const contextOf = (context: ExecutionContext) => {
  const http = context.switchToHttp();
  return { request: http.getRequest<FastifyRequest>(), reply: http.getResponse<FastifyReply>() };
};

/** 400, 413, 415 and 422, then 404 for ids that cannot be: the form of the request. Afterwards the door is open. */
@Injectable()
export class ShapeGuard implements CanActivate {
  constructor(
    private readonly routes: Routes,
    private readonly clock: Clock,
    private readonly hashing: Hashing,
    private readonly limits: HttpLimits,
    private readonly house: HouseServices,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const route = this.routes.of(context.getHandler());
    const { request, reply } = contextOf(context);
    const query = request.query as RawQuery | null;
    const params = Object.values(request.params as Record<string, string>);
    if (query === null || hasControls(query) || params.some((value) => controls.test(value)))
      throw new MalformedRequest('The URL holds broken percent-encoding or control characters.');
    if (request.bodyFault) throw request.bodyFault;
    const checked = checkedQuery(route.query, query, route.isCommand ? ['dryRun'] : []);
    const options: Door['options'] = route.isCommand ? { ...dryRunOf(query), ...ifMatchOf(request) } : {};
    const key = keyOf(request, route);
    if (route.matchRequired && options.expectedRevision === undefined) throw new PreconditionRequired();
    const hash = this.checkBody(route, request);
    if (!params.every((value) => saneId.test(value))) throw new RouteNotFound();
    request.query = checked;
    const principal = request.principal ?? undefined;
    const metadata = this.metadata(request, principal, key, hash);
    request.door = new Door(request, reply, metadata, options, principal, this.house, route);
    return true;
  }

  /** Answers the hash of the body; puts the checked body in its place. */
  private checkBody(route: RouteDeclaration, request: FastifyRequest): string {
    if (request.method === 'GET' || request.method === 'HEAD') return '';
    const plain: unknown = request.body === undefined ? {} : request.body;
    const checked = checkedBody(route.body, plain);
    request.body = checked;
    return route.isCommand || request.principal
      ? this.hashing.sha256(
          canonicalJson(withoutSecrets(route.body, plain), { maxBytes: this.limits.bodyLimit, maxDepth: 64 }),
        )
      : '';
  }

  private metadata(
    request: FastifyRequest,
    principal: Principal | undefined,
    key: string | undefined,
    commandHash: string,
  ): CommandMetadata {
    const workspaceId = principal?.workspaceId ?? '';
    const id = principal?.userId ?? 'anonymous';
    const roles = principal?.person.roles ?? [];
    const commandId =
      key === undefined ? randomUUID() : derivedId(workspaceId, id, request.method, decodedPath(request), key);
    const traceparent = request.headers.traceparent;
    return {
      commandId,
      commandHash,
      actor: { id, kind: kindOf(roles), roles },
      workspaceId,
      now: this.clock.now().toISOString(),
      correlationId: request.id,
      causationId: commandId,
      requestId: request.id,
      ...(principal && { standing: principal.standing }),
      ...(typeof traceparent === 'string' && w3cTrace.test(traceparent) ? { traceparent } : {}),
    };
  }
}

/** Ids, stream names and version numbers: what is not of this form is nothing we ever made. */
const saneId = /^[A-Za-z0-9_-]{1,200}$/;
const controls = /\p{Cc}/u;
const w3cTrace = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

function hasControls(query: RawQuery): boolean {
  for (const [name, values] of query)
    if (controls.test(name) || values.some((value) => controls.test(value))) return true;
  return false;
}

/** One path for all its spellings (absolute-form too), so that one key stays one command. */
function decodedPath({ raw }: FastifyRequest): string {
  const path = (raw.url ?? '').split('?', 1)[0]!.replace(/^https?:\/\/[^/]*/i, '');
  return path.includes('%') ? decodeURIComponent(path) : path;
}

function dryRunOf(query: RawQuery): { dryRun?: boolean } {
  const value = query.get('dryRun')?.[0];
  if (value === undefined || value === 'false') return {};
  if (value === 'true') return { dryRun: true };
  throw invalidParameter('dryRun', 'dryRun is true or false.');
}

function ifMatchOf({ headers }: FastifyRequest): { expectedRevision?: bigint } {
  const given = headers['if-match'];
  if (given === undefined || given === '*') return {};
  const [, revision] = /^"(\d{1,18})"$/.exec(given) ?? [];
  if (revision === undefined) throw invalidParameter('If-Match', 'If-Match is the ETag of an earlier answer: "7".');
  return { expectedRevision: BigInt(revision) };
}

function keyOf({ headers, method }: FastifyRequest, { keyRequired, isCommand }: RouteDeclaration): string | undefined {
  const given = headers['idempotency-key'];
  if (method !== 'POST' && !isCommand) return undefined;
  if (given === undefined || given === '') {
    if (keyRequired) throw new IdempotencyKeyMissing();
    return undefined;
  }
  if (typeof given !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(given))
    throw invalidParameter('Idempotency-Key', 'An Idempotency-Key is 1 to 255 visible ASCII characters.');
  return given;
}
