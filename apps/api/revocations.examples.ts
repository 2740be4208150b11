import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { CommandBus } from '@nestjs/cqrs';
import { connectEventStore } from '#libs/composition/event-stores';
import { CreateDelegationCommand } from '#libs/delegations/application/commands/create-delegation.handler';
import { DelegationBook } from '#libs/delegations/application/delegation-book';
import { DelegationStreams } from '#libs/delegations/application/delegation-streams';
import { Codec } from '#libs/event-store/application/codec';
import type { EventStore, Position } from '#libs/event-store/application/event-store';
import { AccessState } from '#libs/identity/application/access-state';
import { RegisterUserCommand } from '#libs/identity/application/commands/register-user.handler';
import { CredentialStreams } from '#libs/identity/application/credential-streams';
import { SessionOpening } from '#libs/identity/application/session-opening';
import { SessionStreams } from '#libs/identity/application/session-streams';
import { UserStreams } from '#libs/identity/application/user-streams';
import type { Role } from '#libs/identity/domain/permissions';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import { roleStep, startedReview, type Answer, type ApiInstallation } from './api.examples.js';

/** By what somebody's right to decide ends. */
export const ends = ['role', 'deactivation', 'logout', 'password', 'delegation', 'role of the delegator'] as const;
export type End = (typeof ends)[number];

interface Someone {
  readonly userId: string;
  readonly sessionId: string;
  readonly token: string;
}

type Post = (path: string, token: string, body: unknown) => Promise<Pick<Answer, 'status' | 'body'>>;

/**
 * An API that decides, and beside it another process, with a store of its own, that ends rights.
 */
export class Revocations {
  private readonly access: AccessState;
  private readonly book: DelegationBook;
  private readonly users: UserStreams;
  private readonly sessions: SessionStreams;
  private readonly credentials: CredentialStreams;
  private readonly delegations: DelegationStreams;

  /** @param post sends a request to the process that decides, when it is another one than `api` */
  static async beside(api: ApiInstallation, post: Post = api.post): Promise<Revocations> {
    const { config, logger } = api.core;
    return new Revocations(api, await connectEventStore(config.eventStore, config, api.databaseUrl, logger), post);
  }

  private constructor(
    private readonly api: ApiInstallation,
    readonly store: EventStore,
    private readonly post: Post,
  ) {
    const codec = api.app.get(Codec);
    this.access = api.app.get(AccessState);
    this.book = api.app.get(DelegationBook);
    this.users = new UserStreams(this.store, codec);
    this.sessions = new SessionStreams(this.store, codec);
    this.credentials = new CredentialStreams(this.store, codec);
    this.delegations = new DelegationStreams(this.store, codec);
  }

  /** From now on the API knows what it has asked for, as if its news were late by as much as the test wants. */
  async deafen(): Promise<void> {
    await this.access.stop();
    await this.book.stop();
  }

  /** The API asks what is new. */
  async heard(): Promise<void> {
    await this.access.current();
    await this.book.current();
  }

  close(): Promise<void> {
    return this.store.close();
  }

  /** A workflow whose only step waits for so many managers. */
  async workflow(approvals: number): Promise<string> {
    const key = `w-${randomUUID()}`;
    const steps = [roleStep('sign', 'manager', approvals)];
    const { body } = await this.api.post('/workflows', 'admin', { key, name: 'Signing', steps });
    await this.api.post(`/workflows/${body.workflowId}/publish`, 'admin');
    return body.workflowId;
  }

  review(workflow: string): Promise<string> {
    return startedReview(this.api, workflow);
  }

  async someone(role: Role): Promise<Someone> {
    const { app } = this.api;
    const person = { username: `u-${randomUUID()}`, roles: [role] };
    const { state } = await app.get(CommandBus).execute(new RegisterUserCommand(person, this.metadata('system')));
    const { userId } = state as { userId: string };
    await this.access.current();
    const opening = app.get(SessionOpening);
    const session = await opening.open(
      { userId, workspaceId: 'demo' },
      'password',
      undefined,
      {},
      this.metadata(userId),
    );
    return { userId, sessionId: session.sessionId, token: await opening.accessToken(session) };
  }

  decide(reviewId: string, { token }: Someone) {
    return this.post(`/reviews/${reviewId}/decide`, token, { verdict: 'approve', reviewedRevision: 1 });
  }

  /** Whether the decision would be recorded now. */
  async mayDecide(reviewId: string, { token }: Someone): Promise<boolean> {
    const decision = { verdict: 'approve', reviewedRevision: 1 };
    return (await this.post(`/reviews/${reviewId}/decide?dryRun=true`, token, decision)).status < 300;
  }

  /** Somebody who may decide, and what ends that right in the other process. */
  async entitled(end: End): Promise<{ decider: Someone; people: readonly string[]; revoke: () => Promise<Position> }> {
    const byDelegation = end === 'delegation' || end === 'role of the delegator';
    const decider = await this.someone(byDelegation ? 'officer' : 'manager');
    const { userId, sessionId } = decider;
    if (!byDelegation) return { decider, people: [userId], revoke: () => this.end(end, userId, sessionId) };
    const delegator = (await this.someone('manager')).userId;
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const grant = new CreateDelegationCommand({ delegate: userId, until }, this.metadata(delegator));
    const { state } = await this.api.app.get(CommandBus).execute(grant);
    await this.book.current();
    const { delegationId } = state.delegations[0]!;
    return { decider, people: [userId, delegator], revoke: () => this.end(end, delegator, delegationId) };
  }

  /** The review and its people go, so that the next ones do not decide in an ever greater crowd. */
  async forget(reviewId: string, people: readonly string[]): Promise<void> {
    await this.api.post(`/reviews/${reviewId}/withdraw`, 'officer');
    for (const userId of people) await this.end('deactivation', userId, '');
  }

  /** Both at once; one of them gets a head start of so many milliseconds. */
  async race<A>(lead: number, first: () => Promise<A>, second: () => Promise<Position>): Promise<[A, Position]> {
    const late = (ms: number) => (ms > 0 ? pause(ms) : Promise.resolve());
    return Promise.all([late(lead).then(first), late(-lead).then(second)]);
  }

  private async end(end: End, userId: string, thing: string): Promise<Position> {
    const metadata = this.metadata('system');
    const order = () => {
      switch (end) {
        case 'role':
        case 'role of the delegator':
          return this.users.handle(userId, {
            type: 'RevokeRole',
            data: { userId, role: 'manager' },
            facts: { anotherAdministrator: { userId: this.api.ids.get('admin')!, revision: 0n } },
            metadata,
          });
        case 'deactivation':
          return this.users.handle(userId, {
            type: 'DeactivateUser',
            data: { userId },
            facts: { anotherAdministrator: { userId: this.api.ids.get('admin')!, revision: 0n } },
            metadata,
          });
        case 'logout': {
          const data = { sessionId: thing, userId, cause: 'logout' } as const;
          return this.sessions.handle(thing, { type: 'RevokeSession', data, facts: {}, metadata });
        }
        case 'password': {
          const data = { userId, until: metadata.now };
          return this.credentials.handle(userId, { type: 'ResetPassword', data, facts: {}, metadata });
        }
        case 'delegation': {
          const data = { delegationId: thing, delegatorId: userId };
          const facts = { mayForOthers: true };
          return this.delegations.handle(userId, { type: 'RevokeDelegation', data, facts, metadata });
        }
      }
    };
    return (await order()).receipt.position;
  }

  private metadata(id: string): CommandMetadata {
    const commandId = randomUUID();
    return {
      commandId,
      commandHash: '',
      actor: { id, kind: id === 'system' ? 'system' : 'user', roles: [] },
      workspaceId: 'demo',
      now: this.api.core.clock.now().toISOString(),
      correlationId: commandId,
      causationId: commandId,
    };
  }
}

/** What a race came to. */
export interface Raced {
  readonly end: End;
  readonly userId: string;
  readonly status: number;
  readonly code: string | undefined;
  readonly endedAt: Position;
  /** Between the confirmation of the end and the answer, in milliseconds. */
  readonly answeredAfter: number;
}

const AT_ONCE = 12;

/** So many races of one decision against the end of the right to it, of all kinds, each with a person of its own. */
export async function races(revocations: Revocations, many: number): Promise<readonly Raced[]> {
  const workflow = await revocations.workflow(2);
  const results: Raced[] = [];
  const one = async (race: number) => {
    const end = ends[race % ends.length]!;
    const [reviewId, { decider, people, revoke }] = await Promise.all([
      revocations.review(workflow),
      revocations.entitled(end),
    ]);
    const lead = ((race * 7) % 29) / 2 - 7;
    const times = { answered: 0, confirmed: 0 };
    const [{ status, body }, endedAt] = await revocations.race(
      lead,
      () => revocations.decide(reviewId, decider).finally(() => (times.answered = performance.now())),
      () => revoke().finally(() => (times.confirmed = performance.now())),
    );
    await revocations.forget(reviewId, people);
    const answeredAfter = times.answered - times.confirmed;
    results.push({ end, userId: decider.userId, status, code: body.code, endedAt, answeredAfter });
  };
  for (let begun = 0; begun < many; begun += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, many - begun) }, (_, n) => one(begun + n)));
  return results;
}

/** Decisions of those who raced, each with where it stands and where the right to it ended. */
export async function decisionsOf({ store }: Revocations, raced: readonly Raced[]) {
  const endedAt = new Map(raced.map((race) => [race.userId, race]));
  const decisions: (Raced & { readonly decidedAt: Position })[] = [];
  for (let after: Position | 'start' = 'start', atHead = false; !atHead;) {
    const page = await store.readAll({ after, limit: 5000, types: ['DecisionRecorded'] });
    for (const { metadata, position } of page.events) {
      const race = endedAt.get(metadata.actor.id);
      if (race) decisions.push({ ...race, decidedAt: position });
    }
    after = page.next;
    ({ atHead } = page);
  }
  return decisions;
}

const PROBES = 4;

/**
 * For how long requests were still let in after the end of the right to them was confirmed to the other process, in
 * milliseconds, by when they were sent: asked again and again until every probe is refused. Negative when none was.
 */
export async function lag(revocations: Revocations, workflow: string, end: End): Promise<number> {
  const reviewId = await revocations.review(workflow);
  const { decider, revoke } = await revocations.entitled(end);
  while (!(await revocations.mayDecide(reviewId, decider))) await pause(5);
  let letIn = -Infinity;
  let refused = Infinity;
  const probe = async () => {
    for (;;) {
      const sentAt = performance.now();
      if (!(await revocations.mayDecide(reviewId, decider)))
        return void (refused = Math.min(refused, performance.now()));
      if (sentAt > refused) throw new Error(`${end}: let in again after a refusal`);
      letIn = Math.max(letIn, sentAt);
    }
  };
  const probes = Promise.all(Array.from({ length: PROBES }, probe));
  const confirmed = pause(20)
    .then(revoke)
    .then(() => performance.now());
  const [confirmedAt] = await Promise.all([confirmed, probes]);
  return letIn - confirmedAt;
}
