import fc from 'fast-check';
import { DomainError } from '#libs/kernel/domain/domain-error';
import { derivedId } from '#libs/kernel/domain/ids';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { Actor, CommandMetadata, Recorded } from '#libs/kernel/domain/message';
import type { Definition } from '#libs/kernel/domain/workflow-definition';
import { CreateDelegationCommand } from '#libs/delegations/application/commands/create-delegation.handler';
import { subjectKeyRef } from '#libs/event-store/application/subject-keys';
import type { AnyProcessManager, Timer } from '#libs/processing/application/process-manager';
import { directory as everybody } from '../domain/review.examples.js';
import type { Directory } from '../domain/directory.js';
import type { ReviewEvent } from '../domain/review.events.js';
import type { Act } from '../domain/simulation/acts.js';
import { verbs } from '../domain/simulation/acts.js';
import {
  autoRules,
  mayOf,
  publishedOf,
  scripts,
  type House,
  type Told,
} from '../domain/simulation/random-scripts.examples.js';
import { resolved } from '../domain/simulation/references.js';
import { simulate, type Script } from '../domain/simulation/simulate.js';
import { currentRevision, type Review } from '../domain/review.state.js';
import { claimLeases, EXPIRE_CLAIM } from './claim-leases.js';
import { ReopenReviewCommand } from './commands/reopen-review.handler.js';
import { ResubmitCommand } from './commands/resubmit.handler.js';
import { StartReviewCommand } from './commands/start-review.handler.js';
import { changesOf, DirectoryFollowed } from './directory-in-earnest.examples.js';
import { FIRE_TIMER, reviewDeadlines } from './review-deadlines.js';
import { reviewRoom } from './review-room.examples.js';

import type { Asking } from './simulations.js';

type Room = ReturnType<typeof reviewRoom>;

const SEED = 'seed';
const WORKSPACE = 'demo';

/** One thing that was recorded, or a refusal, in the order in which they came. */
type Happened = Readonly<{ type: string; at: string; by: string; data: unknown }> | Readonly<{ refused: string }>;

interface InEarnest {
  readonly told: readonly Happened[];
  /** As the subject's own key makes hashes. */
  readonly hash: (text: string) => string;
  readonly room: Room;
  readonly reviewId: string;
  /** The review as it was answered after each command. */
  readonly moments: readonly Moment[];
}

type Moment = Readonly<{ at: string; review: Review }>;

/**
 * Carries a script out in earnest: the room's handlers, its stream on a store, encrypted, the settings of the workspace,
 * the processes that keep deadlines and leases, and those that follow the directory. Only the clock is a toy.
 */
export async function inEarnest({ workflow, script: { at, start, acts }, grants, house }: Told): Promise<InEarnest> {
  const room = reviewRoom();
  room.catalogue.workflows.set(workflow.key, workflow);
  room.rulesets.publish(autoRules.ruleset);
  await letting(room, grants, at);
  await settling(room, house, at);
  const keeping = [reviewDeadlines, claimLeases].map((process) => new Keeping(process));
  const reviewId = derivedId(derivedId(SEED, 'start', 0), 'review', 0);
  const told: Happened[] = [];
  const following = new DirectoryFollowed(room, reviewId);
  const moments: Moment[] = [];
  let now = at;
  let known = 0;
  let people = everybody();
  let changes = 0;

  const metadata = (commandId: string, actor: Actor): CommandMetadata => ({
    commandId,
    commandHash: 'hash',
    actor,
    workspaceId: WORKSPACE,
    now,
    correlationId: commandId,
    causationId: commandId,
  });
  const send = async (command: () => Promise<unknown>) => {
    try {
      await command();
    } catch (refusal) {
      if (!(refusal instanceof DomainError)) throw refusal;
      told.push({ refused: refusal.code });
    }
    const history: readonly Recorded<ReviewEvent>[] = (await room.streams.history(reviewId)).slice(known);
    known += history.length;
    for (const event of history) {
      for (const process of keeping) process.follow(event);
      told.push({ type: event.type, at: event.recordedAt, by: event.actor.id, data: event.data });
    }
    moments.push({ at: now, review: (await room.streams.load(reviewId)).state });
  };
  const wait = async (until: string) => {
    for (;;) {
      const [due] = keeping
        .flatMap(({ timers }) => [...timers.values()])
        .toSorted((a, b) => Date.parse(a.dueAt) - Date.parse(b.dueAt) || (a.timerId < b.timerId ? -1 : 1));
      if (!due || Date.parse(due.dueAt) > Date.parse(until)) break;
      if (Date.parse(due.dueAt) > Date.parse(now)) now = due.dueAt;
      for (const { timers } of keeping) timers.delete(due.timerId);
      const { timerId: id, workspaceId, payload } = due;
      const target = { [FIRE_TIMER]: room.fireTimer, [EXPIRE_CLAIM]: room.expireClaim }[due.target];
      await send(async () => target?.execute({ id, workspaceId, now, payload }));
    }
    now = until;
  };
  const perform = async (act: Act, index: number) => {
    if (act.act === 'wait') return;
    if (act.act === 'people') {
      const was = people;
      changes += 1;
      people = changed(people, act.people, changes);
      room.directory.among = people;
      for (const { userId } of act.people) {
        const changes = changesOf(userId, was.person(userId), people.person(userId)!, now);
        const orders = changes.flatMap((change) => following.after(change, WORKSPACE, now));
        // What several changes of one person bring about is brought about by the first that records something.
        let nth = 0;
        for (const order of orders) {
          const before = known;
          await send(() => order(derivedId(SEED, 'directory', index, userId, ...(nth > 0 ? [nth] : []))));
          if (known > before) nth += 1;
        }
      }
      return;
    }
    const { act: verb, by, at: _, afterHours: __, ...members } = act;
    const { state } = await room.streams.load(reviewId);
    const seen =
      'reviewedRevision' in verbs[verb].members.properties && state.status !== 'not_started'
        ? { reviewedRevision: currentRevision(state).revision }
        : {};
    const data = { reviewId, ...seen, ...resolved(members, state) };
    const actor: Actor = { id: by, kind: 'user', roles: people.person(by)?.roles ?? [] };
    const order = metadata(derivedId(SEED, 'act', index), actor);
    const options = { may: mayOf(people.person(by)) };
    await send(() => {
      if (verb === 'resubmit') return room.resubmit.execute(new ResubmitCommand(data as never, order, options));
      if (verb === 'reopen') return room.reopen.execute(new ReopenReviewCommand(data as never, order, options));
      return room.orders.send(verbs[verb].command as 'Decide', { data, metadata: order, options } as never);
    });
  };

  const begin = metadata(derivedId(SEED, 'start', 0), { id: start.by, kind: 'user', roles: ['officer'] });
  const { subject, note } = start;
  const started = { workflow: workflow.key, subject, ...(note !== undefined && { note }) };
  await send(() => room.starts.execute(new StartReviewCommand(started, begin)));
  for (const [index, act] of acts.entries()) {
    await wait(instantOf(act, now));
    await perform(act, index);
  }
  const key = await room.keys.current(refOf(subject));
  return { told, hash: (text) => key.hmac(text), room, reviewId, moments };
}

const refOf = ({ type, id }: { type: string; id: string }) => subjectKeyRef(WORKSPACE, type, id);

/** What the workspace has decided, before anything starts. */
async function settling({ settings }: Room, { slaHours, calendar }: House, from: string): Promise<void> {
  const values = { 'step-sla-hours': slaHours, 'review-calendar': calendar };
  for (const [key, value] of Object.entries(values)) {
    const commandId = derivedId(SEED, 'setting', key);
    const actor: Actor = { id: 'ada', kind: 'user', roles: ['admin'] };
    const order = { commandId, commandHash: 'hash', actor, workspaceId: WORKSPACE, now: from };
    await settings.change({ key, value }, { ...order, correlationId: commandId, causationId: commandId }, {});
  }
}

/** Who acts for whom from the start of a script; a grant that would close a circle is refused, and is none. */
async function letting(room: Room, grants: Told['grants'], from: string): Promise<void> {
  for (const [index, { delegator, delegate, hours }] of grants.entries()) {
    const actor: Actor = { id: delegator, kind: 'user', roles: [] };
    const commandId = derivedId(SEED, 'grant', index);
    const order = { commandId, commandHash: 'hash', actor, workspaceId: WORKSPACE, now: from };
    const metadata = { ...order, correlationId: commandId, causationId: commandId };
    const until = new Date(Date.parse(from) + hours * HOUR).toISOString();
    try {
      await room.delegate.execute(new CreateDelegationCommand({ delegate, from, until }, metadata));
    } catch (refusal) {
      if (!(refusal instanceof DomainError)) throw refusal;
    }
  }
  await room.book.current();
}

/** The same script, simulated by the same room: under the ids and with the hashes that it had in earnest. */
async function imagined(workflow: Definition, script: Script, { hash, room, reviewId }: InEarnest) {
  room.directory.among = undefined; // as people were before anything of it happened
  const { at: now, start } = script;
  const asking: Asking = { workspaceId: WORKSPACE, by: start.by, now, mayOf };
  const world = await room.simulations.worldOf(publishedOf(workflow), script, asking);
  const { turns, events } = simulate(script, { ...world, seed: SEED, reviewId, hash });
  return turns.flatMap((turn): Happened[] => [
    ...(turn.refusal ? [{ refused: turn.refusal.code }] : []),
    ...turn.events.flatMap((revision) => {
      const event = events[revision];
      return event ? [{ type: event.type, at: event.recordedAt, by: event.actorId, data: event.data }] : [];
    }),
  ]);
}

/** One process manager with the timers it has set. */
class Keeping {
  readonly timers = new Map<string, Timer>();
  private state: JsonObject;

  constructor(private readonly process: AnyProcessManager) {
    this.state = process.initialState;
  }

  follow(event: Recorded<ReviewEvent>): void {
    if (!this.process.types.includes(event.type)) return;
    const { state, timers = [] } = this.process.react(event as never, this.state as never);
    this.state = state;
    for (const change of timers) {
      if ('set' in change) this.set(change.set);
      else if ('clear' in change) this.timers.delete(change.clear.timerId);
      else this.clear(change.clearAll);
    }
  }

  private set(timer: Timer): void {
    for (const deadline of [timer, ...(timer.following ?? [])])
      this.timers.set(deadline.timerId, { ...timer, ...deadline });
  }

  /** All timers of the stream; only those of one scope where one is named. */
  private clear({ scope }: Readonly<{ scope?: string }>): void {
    for (const timer of this.timers.values())
      if (scope === undefined || timer.scope === scope) this.timers.delete(timer.timerId);
  }
}

function changed(
  before: Directory,
  people: Extract<Act, { act: 'people' }>['people'],
  changes: number,
): ReturnType<typeof everybody> {
  const known = new Map(people.map(({ active = true, ...person }) => [person.userId, { ...person, active }]));
  return {
    revision: `${everybody().revision}+${changes}`,
    person: (userId) => known.get(userId) ?? before.person(userId),
    holders: (role) =>
      [
        ...before.holders(role).filter((userId) => !known.has(userId)),
        ...[...known.values()].filter(({ active, roles }) => active && roles.includes(role)).map((it) => it.userId),
      ].toSorted(),
  };
}

const HOUR = 3_600_000;
const instantOf = ({ afterHours = 0 }: { afterHours?: number }, now: string) =>
  new Date(Date.parse(now) + afterHours * HOUR).toISOString();

/** As it is stored: members that are undefined are none. */
const stored = (told: readonly Happened[]): unknown => JSON.parse(JSON.stringify(told));

/** A script, simulated, is what it would have been: every event with its data, every refusal, in their order. */
export const simulationsAreReal = (numRuns: number) =>
  fc.assert(
    fc.asyncProperty(scripts, async (told) => {
      const real = await inEarnest(told);
      expect(stored(await imagined(told.workflow, told.script, real))).toEqual(stored(real.told));
    }),
    { numRuns },
  );

/** The state folded at any instant is the one that was answered then; `instants` of them at random, and twice as many at events. */
export const foldsAtInstantsAreTrue = (instants: number) =>
  fc.assert(
    fc.asyncProperty(scripts, fc.array(fc.nat(72 * 60), { minLength: 8, maxLength: 8 }), async (told, minutes) => {
      const { room, reviewId, moments } = await inEarnest(told);
      const anywhen = minutes.map((minute) => Date.parse(told.script.at) + (minute - 60) * 60_000);
      // At the very instant at which something happened, and just before it.
      const happened = minutes.map((n) => Date.parse(moments[n % moments.length]!.at));
      for (const instant of [...anywhen, ...happened, ...happened.map((ms) => ms - 1)]) {
        const asOf = new Date(instant).toISOString();
        const then = moments.findLast(({ at }) => Date.parse(at) <= instant);
        const { state } = await room.streams.loadAt(reviewId, { asOf });
        expect(state).toEqual(then?.review ?? { status: 'not_started' });
      }
    }),
    { numRuns: Math.ceil(instants / 8) },
  );
