import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AccessRecords } from '#libs/identity/application/access-records';
import { Authenticator, type Principal } from '#libs/identity/application/authenticator';
import { networkOf, plainAddress } from './address.js';
import { HttpLimits } from './limits.js';
import { RateLimit } from './rate-limit.js';
import { PermissionMissing, RateLimited, Unauthenticated } from './refusals.js';
import { Routes, type RouteDeclaration } from './routes.js';

/** 401, 429, then 403 by role: who is calling, and may such a person call this at all. Asks memory only. */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly perPrincipal: RateLimit | undefined;
  private readonly perNetwork: RateLimit | undefined;

  constructor(
    private readonly routes: Routes,
    private readonly authenticator: Authenticator,
    private readonly records: AccessRecords,
    { requestsPerSecond, strangersPerSecond }: HttpLimits,
  ) {
    this.perPrincipal = requestsPerSecond === undefined ? undefined : new RateLimit(requestsPerSecond);
    this.perNetwork = strangersPerSecond === undefined ? undefined : new RateLimit(strangersPerSecond);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const route = this.routes.of(context.getHandler());
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (route.isPublic) {
      // Asking for health and keys is for machines that ask often.
      if (request.method !== 'GET' && request.method !== 'HEAD') this.spendAsStranger(request, reply);
      return true;
    }
    const principal = await this.principalOf(request, reply);
    if (this.perPrincipal) spend(this.perPrincipal, 'principal', principal.userId, reply);
    request.principal = principal;
    if (route.anyOf.length > 0 && !route.anyOf.some((permission) => reaches(principal, permission, request.method)))
      throw this.refused(principal, route, request);
    return true;
  }

  /** Whoever comes with a token that is none is a stranger: tokens are not tried at will. */
  private async principalOf(request: FastifyRequest, reply: FastifyReply): Promise<Principal> {
    try {
      return await this.authenticator.authenticate(bearerToken(request));
    } catch (refusal) {
      this.spendAsStranger(request, reply);
      throw refusal;
    }
  }

  private spendAsStranger(request: FastifyRequest, reply: FastifyReply): void {
    if (this.perNetwork) spend(this.perNetwork, 'address', networkOf(request.ip), reply);
  }

  private refused(
    { userId, workspaceId, person: { roles } }: Principal,
    { anyOf, method, path }: RouteDeclaration,
    { id: requestId, ip }: FastifyRequest,
  ): PermissionMissing {
    const permission = anyOf.join(' or ');
    const who = { userId, workspaceId, actor: { id: userId, kind: kindOf(roles), roles } };
    this.records.permissionRefused(who, permission, `${method} ${path}`, { requestId, address: plainAddress(ip) });
    return new PermissionMissing(permission);
  }
}

/** @throws RateLimited */
function spend(limit: RateLimit, policy: string, whose: string, reply: FastifyReply): void {
  const { allowed, remaining, retryAfter } = limit.take(whose, performance.now());
  void reply
    .header('ratelimit-policy', `"${policy}";q=${limit.perSecond};w=1`)
    .header('ratelimit', `"${policy}";r=${remaining};t=${retryAfter}`);
  if (!allowed) throw new RateLimited(retryAfter);
}

export const kindOf = (roles: readonly string[]): 'assistant' | 'service' | 'user' =>
  (['assistant', 'service'] as const).find((role) => roles.includes(role)) ?? 'user';

const reaches = (principal: Principal, permission: RouteDeclaration['anyOf'][number], method: string): boolean => {
  const scope = principal.scope(permission);
  return scope === 'read' ? method === 'GET' || method === 'HEAD' : scope !== undefined;
};

/** What a token may be is for the authenticator to say; here only the scheme counts. */
export function bearerToken({ headers }: FastifyRequest): string {
  const { authorization = '' } = headers;
  const token = authorization.slice(SCHEME.length);
  if (token === '' || token.length > LONGEST_TOKEN || authorization.slice(0, SCHEME.length).toLowerCase() !== SCHEME)
    throw new Unauthenticated();
  return token;
}

const SCHEME = 'bearer ';
const LONGEST_TOKEN = 4096;
