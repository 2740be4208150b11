import { Injectable } from '@nestjs/common';
import { NotFound } from '#libs/event-store/application/errors';
import type { Loaded } from '#libs/event-store/application/stream-handler';
import { fieldChanges, type FieldChange } from '#libs/kernel/domain/field-diff';
import type { Json } from '#libs/kernel/domain/json';
import type { Recorded } from '#libs/kernel/domain/message';
import type { UserEvent } from '../domain/user.events.js';
import { isRegistered, type Registered, type User } from '../domain/user.state.js';
import { UserStreams } from './user-streams.js';

/** A person as folded from the stream, and at which revision. */
export interface UserAt {
  readonly user: Registered;
  readonly revision: bigint;
}

/** What changed about a person between two revisions. */
export interface UserDiff {
  readonly from: number;
  readonly to: number;
  readonly fields: readonly FieldChange[];
}

/** One person, strong: folded from the stream, now or as it was. */
@Injectable()
export class UserQueries {
  constructor(private readonly users: UserStreams) {}

  /** @throws NotFound for whoever is not of the workspace, or was not yet at the instant (RFC 3339) */
  async one(workspaceId: string, userId: string, asOf?: string): Promise<UserAt> {
    if (asOf === undefined) return registered(await this.users.load(userId, { workspaceId }));
    return registered(await this.users.loadAt(userId, { asOf }, { workspaceId }));
  }

  /** Everything that was recorded about a person, oldest first. @throws NotFound */
  async history(workspaceId: string, userId: string): Promise<readonly Recorded<UserEvent>[]> {
    await this.one(workspaceId, userId);
    return this.users.history(userId);
  }

  /** From the revision before to the current one, unless told. @throws NotFound also for a revision there is not */
  async diff(
    workspaceId: string,
    userId: string,
    asked: { from: number | undefined; to: number | undefined },
  ): Promise<UserDiff> {
    const to = asked.to ?? Number((await this.one(workspaceId, userId)).revision);
    const from = asked.from ?? Math.max(0, to - 1);
    const [before, after] = await Promise.all([from, to].map((revision) => this.at(workspaceId, userId, revision)));
    return { from, to, fields: fieldChanges(before!, after!) };
  }

  private async at(workspaceId: string, userId: string, revision: number): Promise<Json> {
    const at = { revision: BigInt(revision) };
    const { user, revision: reached } = registered(await this.users.loadAt(userId, at, { workspaceId }));
    if (reached !== at.revision) throw new NotFound();
    const { userId: _id, workspaceId: _workspace, ...shown } = user;
    // Without the members that are undefined: they are not there.
    return JSON.parse(JSON.stringify(shown)) as Json;
  }
}

function registered({ state, revision }: Loaded<User>): UserAt {
  if (!isRegistered(state)) throw new NotFound();
  return { user: state, revision };
}
