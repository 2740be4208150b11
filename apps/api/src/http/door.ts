import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { StandingMoved } from '#libs/event-store/application/errors';
import { EventStore, type Position } from '#libs/event-store/application/event-store';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import type { Principal } from '#libs/identity/application/authenticator';
import type { Came } from '#libs/identity/application/session-opening';
import { rowAccess, type RowAccess } from '#libs/identity/application/row-access';
import type { Permission } from '#libs/identity/domain/permissions';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { Branches } from '#libs/organization/application/branches';
import type { ReadModels } from '#libs/processing/application/read-models';
import { ReadModelBehind, type WaitGate } from '#libs/processing/application/wait-gate';
import { kindOf, type Admission } from './admission.js';
import { networkOf, plainAddress } from './address.js';
import { readToken, writeToken } from './consistency-token.js';
import { problemFor, type Problem } from './problem.js';
import { receiptBody, type ReceiptBody } from './receipt.js';
import type { RouteDeclaration } from './routes.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the guards once everything about the request is known and in order. */
    door: Door | null;
  }
}

/** What the door needs of the house: to answer a read at the right moment, and to know how far a permission reaches. */
export interface House {
  readonly admission: Admission;
  readonly store: EventStore;
  readonly gate: WaitGate;
  readonly readModels: ReadModels;
  readonly branches: Branches;
}

/** A read of one stream, with the revision it was folded at. */
export interface AtRevision<View> {
  readonly view: View;
  readonly revision: bigint;
}

/** What is folded from the log into memory. */
interface Memory {
  /** @param patience aborted when nobody waits for it any more */
  reached(position: Position, patience: AbortSignal): Promise<void>;
}

/** Seconds a read waits for its projection: unless told, and at most. */
const WAIT = 2;
const LONGEST_WAIT = 15;

/**
 * What a request brings besides its body (who, when, under which conditions) and how it is answered: receipts of
 * commands, strong reads of a stream, reads of a projection. Made once per request, by the guards.
 */
export class Door {
  constructor(
    readonly request: FastifyRequest,
    readonly reply: FastifyReply,
    readonly metadata: CommandMetadata,
    /** `If-Match` and `?dryRun=true`, as commands take them. */
    readonly options: Readonly<{ expectedRevision?: bigint; dryRun?: boolean }>,
    private readonly caller: Principal | undefined,
    private readonly house: House,
    private readonly route: RouteDeclaration,
  ) {}

  /** @throws Error on a public route, where nobody is known */
  get principal(): Principal {
    if (!this.caller) throw new Error('This route is public: there is no principal.');
    return this.caller;
  }

  get workspaceId(): string {
    return this.principal.workspaceId;
  }

  /**
   * For the same request, of its caller as known by now.
   * @param known where streams of the caller's standing are at least
   * @throws Unauthenticated, TokenExpired, PermissionMissing
   */
  async openedAnew(known: ReadonlyMap<string, bigint>): Promise<Door> {
    const { request, reply, options, house, route } = this;
    const caller = await house.admission.renewed(route, request);
    request.principal = caller;
    const standing = new Map(caller.standing);
    for (const [streamId, revision] of known)
      if ((standing.get(streamId) ?? revision) < revision) standing.set(streamId, revision);
    const { userId: id, person } = caller;
    const actor = { id, kind: kindOf(person.roles), roles: person.roles };
    return new Door(request, reply, { ...this.metadata, actor, standing }, options, caller, house, route);
  }

  may(permission: Permission): boolean {
    const scope = this.principal.scope(permission);
    return scope !== undefined && scope !== 'read';
  }

  /** Which rows the caller may see under a permission. */
  access(permission: Permission): RowAccess {
    const { workspaceId, principal } = this;
    return rowAccess(workspaceId, principal.person, permission, (branchId) =>
      this.house.branches.below(workspaceId, branchId),
    );
  }

  /** The caller as the owner of an inbox. */
  get owner(): { workspaceId: string; userId: string; roles: readonly string[] } {
    const { workspaceId, userId, person } = this.principal;
    return { workspaceId, userId, roles: person.roles };
  }

  /**
   * Answers a command: 201 with its receipt; 200 when nothing was recorded (a dry run, or nothing to do).
   * @param stateOf what the receipt shows of the state the command led to
   * @param more members beside the receipt, and where a created thing is found
   */
  async receipt<State>(
    sent: Promise<Outcome<State>>,
    stateOf: (state: State) => object,
    more?: (state: State) => { body: object; location?: string },
  ): Promise<ReceiptBody> {
    const { receipt, state, replayed } = await sent;
    const beside = more?.(state);
    const recorded = receipt.events.length > 0 && !this.options.dryRun;
    this.reply.code(recorded ? 201 : 200).header('etag', `"${receipt.revision}"`);
    this.reply.header('consistency-token', writeToken({ position: receipt.position, store: this.house.store.kind }));
    if (replayed) this.reply.header('idempotent-replayed', 'true');
    if (recorded && beside?.location !== undefined) this.reply.header('location', beside.location);
    return { ...receiptBody(receipt, stateOf(state)), ...beside?.body };
  }

  /** Answers several commands of one request, each by its receipt or its problem, with the status it has alone. */
  async receipts<State>(
    sent: readonly Promise<Outcome<State>>[],
    stateOf: (state: State) => object,
  ): Promise<readonly { status: number; receipt?: ReceiptBody; problem?: Problem }[]> {
    const { store } = this.house;
    const ends = await Promise.allSettled(sent);
    const moved = ends.find((end) => end.status === 'rejected' && end.reason instanceof StandingMoved);
    if (moved?.status === 'rejected') throw moved.reason;
    const outcomes = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
    const positions = outcomes.map(({ receipt }) => receipt.position).toSorted((a, b) => store.compare(a, b));
    const last = positions.at(-1);
    if (last !== undefined) this.reply.header('consistency-token', writeToken({ position: last, store: store.kind }));
    if (ends.length > 0 && outcomes.length === ends.length && outcomes.every(({ replayed }) => replayed))
      this.reply.header('idempotent-replayed', 'true');
    return ends.map((end) => {
      if (end.status === 'rejected') {
        const problem = problemFor(end.reason, this.request);
        return { status: problem.status, problem };
      }
      const { receipt, state } = end.value;
      const recorded = receipt.events.length > 0 && !this.options.dryRun;
      return { status: recorded ? 201 : 200, receipt: receiptBody(receipt, stateOf(state)) };
    });
  }

  /** Answers a strong read with its revision as ETag. */
  async strong<View>(read: Promise<AtRevision<View>>): Promise<View> {
    const { view, revision } = await read;
    this.reply.header('etag', `"${revision}"`);
    return view;
  }

  /**
   * Answers a read of a projection group, no older than the Consistency-Token of the request.
   * @throws ReadModelBehind when it does not catch up in the time of `Prefer: wait=n`
   */
  async eventual<View>(group: string, read: () => Promise<View>): Promise<View> {
    const token = this.header('consistency-token');
    if (token !== undefined) {
      const { position } = readToken(token, this.house.store);
      await this.house.gate.waitFor(group, position, 1000 * waitOf(this.header('prefer')));
    }
    const position = this.house.readModels.position(group);
    if (position !== undefined) this.reply.header('projection-position', position);
    return read();
  }

  /**
   * Answers a read of what this process holds in memory, no older than the Consistency-Token of the request.
   * @throws ReadModelBehind when it does not catch up in the time of `Prefer: wait=n`
   */
  async remembered<View>(name: string, memory: Memory, read: () => View | Promise<View>): Promise<View> {
    const token = this.header('consistency-token');
    if (token !== undefined) {
      const { position } = readToken(token, this.house.store);
      const milliseconds = 1000 * waitOf(this.header('prefer'));
      let timer: NodeJS.Timeout | undefined;
      const patience = new AbortController();
      const behind = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new ReadModelBehind(name)), milliseconds);
      });
      await Promise.race([memory.reached(position, patience.signal), behind]).finally(() => {
        clearTimeout(timer);
        patience.abort();
      });
    }
    return read();
  }

  /** Answers with the place where what was begun or made is found. */
  created<View>(view: View, location: (view: View) => string): View {
    this.reply.header('location', location(view));
    return view;
  }

  /** Answers with a status that follows from the answer itself. */
  status<View>(view: View, statusOf: (view: View) => number): View {
    this.reply.code(statusOf(view));
    return view;
  }

  /** What a sign-in may know of where it comes from. */
  get came(): Came {
    const { ip } = this.request;
    const userAgent = this.header('user-agent')?.slice(0, 300).replaceAll('\u0000', '');
    return { userAgent, address: plainAddress(ip), network: networkOf(ip) };
  }

  private header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }
}

/** Seconds of `Prefer: wait=n`; a preference that cannot be read or met is none. */
function waitOf(prefer: string | undefined): number {
  const [, seconds] = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?\s*(?:$|[,;])/i.exec(prefer ?? '') ?? [];
  return seconds === undefined ? WAIT : Math.min(Number(seconds), LONGEST_WAIT);
}

export const At = createParamDecorator((_: unknown, context: ExecutionContext): Door => {
  const { door } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!door) throw new Error('A request came past the guards.');
  return door;
});
