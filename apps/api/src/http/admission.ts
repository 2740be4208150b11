import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AccessRecords } from '#libs/identity/application/access-records';
import { Authenticator, type Principal } from '#libs/identity/application/authenticator';
import { plainAddress } from './address.js';
import { PermissionMissing, Unauthenticated } from './refusals.js';
import type { RouteDeclaration } from './routes.js';

/** Who calls, and may such a person call this at all. Asks memory only. */
@Injectable()
export class Admission {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly records: AccessRecords,
  ) {}

  /** @throws Unauthenticated, TokenExpired */
  authenticate(request: FastifyRequest): Promise<Principal> {
    return this.authenticator.authenticate(bearerToken(request));
  }

  /** @throws PermissionMissing, on the record */
  authorise(principal: Principal, route: RouteDeclaration, request: FastifyRequest): void {
    if (route.anyOf.length > 0 && !route.anyOf.some((permission) => reaches(principal, permission, request.method)))
      throw this.refused(principal, route, request);
  }

  /** Both once more, on everything that is recorded by now. */
  async renewed(route: RouteDeclaration, request: FastifyRequest): Promise<Principal> {
    await this.authenticator.current();
    const principal = await this.authenticate(request);
    this.authorise(principal, route, request);
    return principal;
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
