import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore, type Position } from '#libs/event-store/application/event-store';
import { FollowedLog } from '#libs/event-store/application/followed-log';
import { Clock } from '#libs/kernel/application/clock';
import type { EventsOf } from '#libs/kernel/domain/define-event';
import type { Recorded } from '#libs/kernel/domain/message';
import { credentialEvents, type CredentialEvent } from '../domain/credential.events.js';
import { evolveServiceAccount, isCreated, noServiceAccount, type ServiceAccount } from '../domain/service-account.js';
import { serviceAccountEvents, type ServiceAccountEvent } from '../domain/service-account.events.js';
import { SessionRevoked } from '../domain/session.events.js';
import { userEvents, type UserEvent } from '../domain/user.events.js';
import { evolve, isRegistered, nobody, type Registered } from '../domain/user.state.js';
import { canonicalUsername } from '../domain/username.js';
import { Directory, type DirectoryView } from './directory.js';
import { emptyView, idOf, isProgram, MemoryView, streamOf, type Member } from './directory-view.js';
import type { Session } from './sessions.js';

/** Who belongs to a workspace now, and everything that has changed about them, in order. */
interface Workspace {
  readonly members: Map<string, Member>;
  readonly changes: { readonly member: Member; readonly revision: string; readonly at: string }[];
  revision: string;
}

type AccessEvent = UserEvent | EventsOf<[typeof SessionRevoked]> | CredentialEvent | ServiceAccountEvent;

/** What changes who may do what. */
export const accessTypes = [...userEvents, SessionRevoked, ...credentialEvents, ...serviceAccountEvents].map(
  ({ type }) => type,
);

/** How long a revocation is remembered: longer than any access token lives (a day is the most that can be configured). */
const REVOCATION_MS = 25 * 60 * 60 * 1000;
/** So far is no clock of an installation behind another, in milliseconds. */
const MOST_BEHIND_MS = 5000;

/**
 * Who there is, what they may do and which sessions are over: folded from the log into memory and kept up to date, so
 * that a request costs no I/O. It has caught up with the log before the application takes requests.
 */
@Injectable()
export class AccessState extends Directory implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log: FollowedLog<AccessEvent>;
  private readonly users = new Map<string, Registered>();
  private readonly usernames = new Map<string, string>();
  private readonly services = new Map<string, ServiceAccount>();
  private readonly workspaces = new Map<string, Workspace>();
  private readonly views = new Map<string, MemoryView>();
  /** Of the streams that were read, where they stood. */
  private readonly revisions = new Map<string, bigint>();
  private events = 0;
  /** Session id → when it may be forgotten, oldest first. */
  private readonly revoked = new Map<string, number>();
  /** User id → when the password was changed or reset last. */
  private readonly passwords = new Map<string, Date>();
  /** User id → until when all sessions ended, but one. */
  private readonly ended = new Map<string, { readonly at: number; readonly keeps: string | undefined }>();

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

  /**
   * Resolves when the clock that roles begin and end by has come to an instant (RFC 3339), in a few seconds at most: that
   * of timers, the database's, may be a little ahead of it.
   */
  async cameTo(instant: string): Promise<void> {
    const behind = Date.parse(instant) - this.clock.now().getTime();
    if (behind <= 0) return;
    // A timer may end a moment early.
    await new Promise((resolve) => setTimeout(resolve, Math.min(behind, MOST_BEHIND_MS) + 1));
  }

  override snapshot(workspaceId: string): DirectoryView {
    const current = this.views.get(workspaceId);
    if (current?.isTrueAt(this.clock)) return current;
    const workspace = this.workspaces.get(workspaceId);
    if (!workspace) return emptyView;
    const now = this.clock.now().toISOString();
    const view = new MemoryView(workspace.members, workspace.revision, now, (streamId) => this.revisionOf(streamId));
    this.views.set(workspaceId, view);
    return view;
  }

  override asOf(workspaceId: string, instant: string): DirectoryView {
    const at = Date.parse(instant);
    if (at >= this.clock.now().getTime()) return this.snapshot(workspaceId);
    const { members, revision } = this.membersAt(workspaceId, at);
    return new MemoryView(members, revision, new Date(at).toISOString(), () => -1n);
  }

  /** Everybody who ever belonged to a workspace, as known now or at an earlier instant (RFC 3339). */
  members(workspaceId: string, instant?: string): readonly Member[] {
    const at = instant === undefined ? Infinity : Date.parse(instant);
    if (at < this.clock.now().getTime()) return [...this.membersAt(workspaceId, at).members.values()];
    return [...(this.workspaces.get(workspaceId)?.members.values() ?? [])];
  }

  private membersAt(workspaceId: string, at: number): { members: ReadonlyMap<string, Member>; revision: string } {
    const changes = this.workspaces.get(workspaceId)?.changes ?? [];
    // In the order of the log: a clock that went back must not hide an earlier change behind a later one.
    const later = changes.findIndex((change) => Date.parse(change.at) > at);
    const known = later === -1 ? changes : changes.slice(0, later);
    const members = new Map(known.map(({ member }) => [idOf(member), member]));
    return { members, revision: known.at(-1)?.revision ?? '' };
  }

  user(userId: string): Registered | undefined {
    return this.users.get(userId);
  }

  /** Every workspace that anybody was ever registered in. */
  workspaceIds(): readonly string[] {
    return [...this.workspaces.keys()].toSorted();
  }

  /** Where the stream of a person, a program or a password stood when it was last read here; -1n when there is none. */
  revisionOf(streamId: string): bigint {
    return this.revisions.get(streamId) ?? -1n;
  }

  /** By the name people type, in the whole installation. */
  userNamed(username: string): Registered | undefined {
    return this.users.get(this.usernames.get(canonicalUsername(username)) ?? '');
  }

  /** Ended before its time, by itself or with all others of its owner. */
  isOver({ sessionId, userId, createdAt }: Pick<Session, 'sessionId' | 'userId' | 'createdAt'>): boolean {
    if (this.revoked.has(sessionId)) return true;
    const all = this.ended.get(userId);
    return all !== undefined && createdAt.getTime() <= all.at && all.keeps !== sessionId;
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

  /** Changes with everything that is heard of anybody's access. */
  get heard(): number {
    return this.events;
  }

  /** What the right of a person or a program in a session is found in, with where it stands as far as is known here. */
  standingOf(userId: string, sessionId: string): ReadonlyMap<string, bigint> {
    const streams = [streamOf(userId, this.services.has(userId)), `credential-${userId}`];
    return new Map([
      ...streams.map((streamId) => [streamId, this.revisionOf(streamId)] as const),
      // Its opening is its first event; the next one is its end.
      [`session-${sessionId}`, 0n],
    ]);
  }

  /** What a sign-in by password is found in, as far as is known here, and since when the password has been another one. */
  passwordOf(userId: string): { readonly standing: ReadonlyMap<string, bigint>; readonly since: Date | undefined } {
    const streamId = `credential-${userId}`;
    return { standing: new Map([[streamId, this.revisionOf(streamId)]]), since: this.passwords.get(userId) };
  }

  override current(): Promise<void> {
    return this.log.current();
  }

  /**
   * Resolves once everything up to the position has been folded: after a command, before its effect is relied on.
   * @param patience aborted when nobody waits for it any more
   */
  reached(position: Position, patience?: AbortSignal): Promise<void> {
    return this.log.reached(position, patience);
  }

  service(serviceId: string): ServiceAccount | undefined {
    return this.services.get(serviceId);
  }

  /** All that were ever made in a workspace. */
  servicesOf(workspaceId: string): readonly ServiceAccount[] {
    return this.members(workspaceId).filter(isProgram);
  }

  private fold(event: Recorded<AccessEvent>): void {
    this.events += 1;
    if (event.type !== 'SessionRevoked') this.revisions.set(event.streamId, event.revision);
    switch (event.type) {
      case 'SessionRevoked':
        if (Date.parse(event.recordedAt) + REVOCATION_MS > this.clock.now().getTime())
          this.revoke(event.data.sessionId);
        return;
      case 'PasswordChanged':
      case 'PasswordReset':
        this.passwords.set(event.data.userId, new Date(event.data.at));
        return this.endAll(event.data.userId, event.data.at, 'keeps' in event.data ? event.data.keeps : undefined);
      case 'ServiceAccountCreated':
      case 'PermissionGranted':
      case 'PermissionWithdrawn':
      case 'ClientSecretRotated':
      case 'ServiceAccountDeactivated':
      case 'ServiceAccountAbandoned':
        return this.foldService(event);
      default:
        return this.foldUser(event);
    }
  }

  /** What was over stays so, also behind an order that was given earlier and recorded later. */
  private endAll(userId: string, at: string, keeps: string | undefined): void {
    const before = this.ended.get(userId)?.at ?? -Infinity;
    this.ended.set(userId, { at: Math.max(before, Date.parse(at)), keeps });
  }

  private foldService(event: Recorded<ServiceAccountEvent>): void {
    const { serviceId } = event.data;
    const account = evolveServiceAccount(this.services.get(serviceId) ?? noServiceAccount, event);
    if (!isCreated(account)) return;
    this.services.set(serviceId, account);
    this.changed(account.workspaceId, serviceId, account, event);
  }

  private foldUser(event: Recorded<UserEvent>): void {
    const { userId } = event.data;
    const before = this.users.get(userId);
    const user = evolve(before ?? nobody, event);
    if (!isRegistered(user)) return;
    // Whoever comes back signs in again, also from what was opened while the order to leave was on its way.
    if (event.type === 'UserDeactivated' || event.type === 'UserSuspended' || event.type === 'UserActivated')
      this.endAll(userId, event.data.at, undefined);
    if (before?.username !== undefined) this.usernames.delete(canonicalUsername(before.username));
    if (user.username !== undefined) this.usernames.set(canonicalUsername(user.username), userId);
    this.users.set(userId, user);
    this.changed(user.workspaceId, userId, user, event);
  }

  /** A workspace somebody's change is folded into: its view is made anew when it is asked for. */
  private changed(workspaceId: string, id: string, member: Member, { position, recordedAt }: Recorded): void {
    const workspace: Workspace = this.workspaces.get(workspaceId) ?? { members: new Map(), changes: [], revision: '' };
    workspace.members.set(id, member);
    workspace.changes.push({ member, revision: position, at: recordedAt });
    workspace.revision = position;
    this.workspaces.set(workspaceId, workspace);
    this.views.delete(workspaceId);
  }
}
