import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '#libs/identity/application/authenticator';
import { rowAccess, type RowAccess } from '#libs/identity/application/row-access';
import type { Permission } from '#libs/identity/domain/permissions';
import type { CommandMetadata } from '#libs/kernel/domain/message';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the guards once everything about the request is known and in order. */
    door: Door | null;
  }
}

/** What a request brings besides its body: who, when, and under which conditions. Gathered once, by the guards. */
export class Door {
  constructor(
    readonly request: FastifyRequest,
    readonly reply: FastifyReply,
    readonly metadata: CommandMetadata,
    readonly options: Readonly<{ expectedRevision?: bigint; dryRun?: boolean }>,
    private readonly caller: Principal | undefined,
  ) {}

  /** @throws Error on a public route, where nobody is known */
  get principal(): Principal {
    if (!this.caller) throw new Error('This route is public: there is no principal.');
    return this.caller;
  }

  get workspaceId(): string {
    return this.principal.workspaceId;
  }

  may(permission: Permission): boolean {
    const scope = this.principal.scope(permission);
    return scope !== undefined && scope !== 'read';
  }

  /** Which rows the caller may see under a permission. */
  access(permission: Permission): RowAccess {
    return rowAccess(this.workspaceId, this.principal.person, permission);
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }
}

export const At = createParamDecorator((_: unknown, context: ExecutionContext): Door => {
  const { door } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!door) throw new Error('A request came past the guards.');
  return door;
});
