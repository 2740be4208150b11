import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore, type Page, type Position } from '#libs/event-store/application/event-store';
import { Clock } from '#libs/kernel/application/clock';
import type { Recorded } from '#libs/kernel/domain/message';
import { sessionEvents, type SessionEvent } from '../domain/session.events.js';
import { userEvents, type UserEvent } from '../domain/user.events.js';
import { evolve, isRegistered, nobody, type Registered } from '../domain/user.state.js';
import { canonicalUsername } from '../domain/username.js';
import { Directory, type DirectoryView } from './directory.js';
import { MemoryView, emptyView } from './directory-view.js';

type AccessEvent = UserEvent | SessionEvent;

const types = [...userEvents, ...sessionEvents].map(({ type }) => type);

/** How long a revocation is remembered: longer than any access token lives (a day is the most that can be configured). */
const REVOCATION_MS = 25 * 60 * 60 * 1000;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Who there is, what they may do and which sessions are over: folded from the log into memory and kept up to date, so
 * that a request costs no I/O. It has caught up with the log before the application takes requests.
 */
@Injectable()
export class AccessState extends Directory implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(AccessState.name);
  private readonly stopping = new AbortController();
  private readonly users = new Map<string, Registered>();
  private readonly usernames = new Map<string, string>();
  private readonly workspaces = new Map<string, { members: Map<string, Registered>; revision: string }>();
  private readonly views = new Map<string, MemoryView>();
  /** Session id → when it may be forgotten, oldest first. */
  private readonly revoked = new Map<string, number>();
  private position: Position | 'start' = 'start';
  private waiters: (() => void)[] = [];
  private following: Promise<void> | undefined;

  constructor(
    private readonly store: EventStore,
    private readonly codec: Codec,
    private readonly clock: Clock,
  ) {
    super();
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.stop();
  }

  /** Catches up with the log, then follows it. Asked again, it does nothing. */
  async start(): Promise<void> {
    if (this.following) return;
    await this.catchUp();
    this.following = this.follow();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.following;
  }

  override snapshot(workspaceId: string): DirectoryView {
    const current = this.views.get(workspaceId);
    if (current?.isTrueAt(this.clock)) return current;
    const workspace = this.workspaces.get(workspaceId);
    if (!workspace) return emptyView;
    const view = new MemoryView(workspace.members, workspace.revision, this.clock.now().toISOString());
    this.views.set(workspaceId, view);
    return view;
  }

  user(userId: string): Registered | undefined {
    return this.users.get(userId);
  }

  /** By the name people type, in the whole installation. */
  userNamed(username: string): Registered | undefined {
    return this.users.get(this.usernames.get(canonicalUsername(username)) ?? '');
  }

  isRevoked(sessionId: string): boolean {
    return this.revoked.has(sessionId);
  }

  /** Knows at once what this process has just recorded; the log tells the others. */
  revoke(sessionId: string): void {
    const now = this.clock.now().getTime();
    this.revoked.set(sessionId, now + REVOCATION_MS);
    for (const [session, until] of this.revoked) {
      if (until > now) break;
      this.revoked.delete(session);
    }
  }

  /** Resolves once everything up to the position has been folded: after a command, before its effect is relied on. */
  async reached(position: Position): Promise<void> {
    if (!this.following) await this.catchUp(); // used without an application around it, as by a script
    while (this.position === 'start' || this.store.compare(this.position, position) < 0) {
      if (this.stopping.signal.aborted) return;
      await new Promise<void>((resolve) => this.waiters.push(resolve));
    }
  }

  private async catchUp(): Promise<void> {
    for (let attempt = 0; !this.stopping.signal.aborted; attempt++) {
      try {
        for (let atHead = false; !atHead;) {
          const page = await this.store.readAll({ after: this.position, limit: 2000, types });
          await this.apply(page);
          ({ atHead } = page);
        }
        return;
      } catch (error) {
        await this.pause(attempt, error);
      }
    }
  }

  private async follow(): Promise<void> {
    const { signal } = this.stopping;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        for await (const page of this.store.subscribe({ after: this.position, signal, types })) {
          await this.apply(page);
          attempt = 0;
        }
      } catch (error) {
        if (!signal.aborted) await this.pause(attempt, error);
      }
    }
  }

  /** The log heals itself: what is known stays known meanwhile. */
  private async pause(attempt: number, error: unknown): Promise<void> {
    this.logger.warn({ err: error }, 'The log cannot be read; trying again.');
    const milliseconds = Math.min(100 * 2 ** attempt, LONGEST_PAUSE_MS);
    const { signal } = this.stopping;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
    });
  }

  private async apply({ events, next }: Page): Promise<void> {
    // A store may answer more types than were asked for.
    const ours = events.filter(({ type }) => types.includes(type as AccessEvent['type']));
    for (const event of ours.length > 0 ? await this.codec.decode<AccessEvent>(ours) : []) this.fold(event);
    this.position = next;
    const { waiters } = this;
    this.waiters = [];
    for (const wake of waiters) wake();
  }

  private fold(event: Recorded<AccessEvent>): void {
    if (event.type === 'SessionRevoked') {
      if (Date.parse(event.recordedAt) + REVOCATION_MS > this.clock.now().getTime()) this.revoke(event.data.sessionId);
      return;
    }
    const { userId } = event.data;
    const before = this.users.get(userId);
    const user = evolve(before ?? nobody, event);
    if (!isRegistered(user)) return;
    if (before?.username !== undefined) this.usernames.delete(canonicalUsername(before.username));
    if (user.username !== undefined) this.usernames.set(canonicalUsername(user.username), userId);
    this.users.set(userId, user);
    const workspace = this.workspaces.get(user.workspaceId) ?? { members: new Map<string, Registered>(), revision: '' };
    workspace.members.set(userId, user);
    workspace.revision = event.position;
    this.workspaces.set(user.workspaceId, workspace);
    this.views.delete(user.workspaceId);
  }
}
