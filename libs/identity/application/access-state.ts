import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore, type Position } from '#libs/event-store/application/event-store';
import { FollowedLog } from '#libs/event-store/application/followed-log';
import { Clock } from '#libs/kernel/application/clock';
import type { Recorded } from '#libs/kernel/domain/message';
import { sessionEvents, type SessionEvent } from '../domain/session.events.js';
import { userEvents, type UserEvent } from '../domain/user.events.js';
import { evolve, isRegistered, nobody, type Registered } from '../domain/user.state.js';
import { canonicalUsername } from '../domain/username.js';
import { Directory, type DirectoryView } from './directory.js';
import { MemoryView, emptyView } from './directory-view.js';

/** Who belongs to a workspace now, and everything that has changed about them, in order. */
interface Workspace {
  readonly members: Map<string, Registered>;
  readonly changes: { readonly user: Registered; readonly revision: string; readonly at: string }[];
  revision: string;
}

type AccessEvent = UserEvent | SessionEvent;

/** What changes who may do what. */
export const accessTypes = [...userEvents, ...sessionEvents].map(({ type }) => type);

/** How long a revocation is remembered: longer than any access token lives (a day is the most that can be configured). */
const REVOCATION_MS = 25 * 60 * 60 * 1000;

/**
 * Who there is, what they may do and which sessions are over: folded from the log into memory and kept up to date, so
 * that a request costs no I/O. It has caught up with the log before the application takes requests.
 */
@Injectable()
export class AccessState extends Directory implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log: FollowedLog<AccessEvent>;
  private readonly users = new Map<string, Registered>();
  private readonly usernames = new Map<string, string>();
  private readonly workspaces = new Map<string, Workspace>();
  private readonly views = new Map<string, MemoryView>();
  /** Session id → when it may be forgotten, oldest first. */
  private readonly revoked = new Map<string, number>();

  constructor(
    store: EventStore,
    codec: Codec,
    private readonly clock: Clock,
  ) {
    super();
    this.log = new FollowedLog(store, codec, {
      name: AccessState.name,
      types: accessTypes,
      fold: (event) => this.fold(event),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.stop();
  }

  /** Catches up with the log, then follows it. Asked again, it does nothing. */
  start(): Promise<void> {
    return this.log.start();
  }

  stop(): Promise<void> {
    return this.log.stop();
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

  override asOf(workspaceId: string, instant: string): DirectoryView {
    const at = Date.parse(instant);
    const changes = this.workspaces.get(workspaceId)?.changes ?? [];
    if (at >= this.clock.now().getTime()) return this.snapshot(workspaceId);
    // In the order of the log: a clock that went back must not hide an earlier change behind a later one.
    const later = changes.findIndex((change) => Date.parse(change.at) > at);
    const known = later === -1 ? changes : changes.slice(0, later);
    const members = new Map(known.map(({ user }) => [user.userId, user]));
    return new MemoryView(members, known.at(-1)?.revision ?? '', new Date(at).toISOString());
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
  reached(position: Position): Promise<void> {
    return this.log.reached(position);
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
    const workspace: Workspace = this.workspaces.get(user.workspaceId) ?? {
      members: new Map(),
      changes: [],
      revision: '',
    };
    workspace.members.set(userId, user);
    workspace.changes.push({ user, revision: event.position, at: event.recordedAt });
    workspace.revision = event.position;
    this.workspaces.set(user.workspaceId, workspace);
    this.views.delete(user.workspaceId);
  }
}
