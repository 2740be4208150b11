import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '#libs/identity/application/authenticator';
import { networkOf } from './address.js';
import { Admission } from './admission.js';
import { HttpLimits } from './limits.js';
import { RateLimit } from './rate-limit.js';
import { RateLimited } from './refusals.js';
import { Routes } from './routes.js';

/** 401, 429, then 403 by role: who is calling, and may such a person call this at all. Asks memory only. */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly perPrincipal: RateLimit | undefined;
  private readonly perNetwork: RateLimit | undefined;

  constructor(
    private readonly routes: Routes,
    private readonly admission: Admission,
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
    this.admission.authorise(principal, route, request);
    return true;
  }

  /** Whoever comes with a token that is none is a stranger: tokens are not tried at will. */
  private async principalOf(request: FastifyRequest, reply: FastifyReply): Promise<Principal> {
    try {
      return await this.admission.authenticate(request);
    } catch (refusal) {
      this.spendAsStranger(request, reply);
      throw refusal;
    }
  }

  private spendAsStranger(request: FastifyRequest, reply: FastifyReply): void {
    if (this.perNetwork) spend(this.perNetwork, 'address', networkOf(request.ip), reply);
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
