import { DomainError } from '#libs/kernel/domain/domain-error';
import { canonicalJson } from '#libs/kernel/domain/canonical-json';
import { derivedId } from '#libs/kernel/domain/ids';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { Actor, CommandMetadata } from '#libs/kernel/domain/message';
import { plus, HOUR } from '../clock.js';
import { contentHashes } from '../content-hashes.js';
import { branchOf, type Directory, type Person } from '../directory.js';
import type { Facts, Resubmit, ReviewCommand, StartReview, SubjectToReview } from '../review.commands.js';
import { reviewDecider } from '../review.decider.js';
import { ValidationFailed } from '../review.errors.js';
import { TIMER, type ReviewEvent } from '../review.events.js';
import { currentRevision, notStarted, runningExecutions, type Assignment, type Review } from '../review.state.js';
import { timersOf, type ReviewTimer } from '../timers.js';
import { explanation, type Explanation } from '../views/explanation.js';
import { receiptState, type ReceiptState } from '../views/receipt-state.js';
import { COMMON, verbs, type Act, type PersonalAct, type ScriptPerson } from './acts.js';
import { resolved } from './references.js';

/** A case that is thought through: a subject under a definition, and what people do about it. */
export interface Script {
  /** When it starts. */
  readonly at: string;
  readonly start: Readonly<{ by: string; subject: SubjectToReview; note?: string }>;
  /** People the directory does not know, or knows otherwise. */
  readonly people?: readonly ScriptPerson[];
  readonly acts: readonly Act[];
}

/** What a script is played in: everything that a command is told and that the script does not say. */
export interface World {
  /** Ids are derived from it: the same script in the same world gives the same events. */
  readonly seed: string;
  readonly reviewId: string;
  readonly directory: Directory;
  /** What a person's command is told besides the directory. */
  facts(about: { person: Person | undefined; now: string }): Omit<Facts, 'directory'>;
  /** What the start is told besides: the version it is pinned to, and what is pinned with it. */
  readonly pinned: Omit<StartReview['facts'], keyof Facts | 'hashes' | 'branchId'>;
  /** What a resubmission is told besides. */
  readonly onResubmit?: Omit<Resubmit['facts'], keyof Facts | 'hashes'>;
  /** Stands in for the HMAC under the subject's key; contents are only ever compared. */
  hash?(text: string): string;
}

/** One thing that happened, and where the review stands after it. */
export interface Turn {
  readonly at: string;
  /** A verb of the script; `start`, `timer`, or `directory` for what follows when somebody comes, leaves, or can do more or less. */
  readonly act: Act['act'] | 'start' | 'timer' | 'directory';
  readonly by: string;
  /** Revisions of the events it recorded. */
  readonly events: readonly number[];
  readonly refusal: { readonly code: string; readonly detail: string } | null;
  readonly state: ReceiptState;
  /** What the review waits for after it; null where nothing has started. */
  readonly explanation: Explanation | null;
}

export interface SimulatedEvent {
  readonly revision: number;
  readonly type: ReviewEvent['type'];
  readonly recordedAt: string;
  readonly actorId: string;
  readonly data: ReviewEvent['data'];
}

export interface Simulation {
  readonly turns: readonly Turn[];
  readonly events: readonly SimulatedEvent[];
  readonly state: ReceiptState;
}

/** Who acts when the directory does. */
const DIRECTORY = 'system:directory';
/** Conditions told after all turns together: each names its rule, and whom it asks. */
const MOST_CONDITIONS = 10_000;
const TOO_MUCH = {
  pointer: '/acts',
  code: 'too-many',
  detail: `After all acts together the review waits for more than ${MOST_CONDITIONS} conditions: send fewer acts.`,
};

/**
 * Plays a script on the very rules that decide real reviews: an event stream in memory, a clock that only the script
 * moves, timers that fire at their instant. Pure: equal to the real run of the same script, event for event.
 */
export function simulate(script: Script, world: World): Simulation {
  const stage = new Stage(world, notStarted, 0, script.at);
  stage.join(script.people ?? []);
  stage.start(script.start);
  return stage.play(script.acts);
}

/** Whoever starts the review, as the script knows people. */
export const starterOf = ({ start, people = [] }: Script, directory: Directory): ScriptPerson | Person | undefined =>
  people.findLast(({ userId }) => userId === start.by) ?? directory.person(start.by);

/** What would happen to a review from `now` on. Nothing of it is recorded. */
export function whatIf(
  { review, revision, now }: { review: Review; revision: number; now: string },
  { people = [], acts }: Pick<Script, 'people' | 'acts'>,
  world: Omit<World, 'pinned'>,
): Simulation {
  const stage = new Stage(world, review, revision + 1, now);
  stage.join(people);
  return stage.play(acts);
}

class Stage {
  private readonly turns: Turn[] = [];
  private readonly events: SimulatedEvent[] = [];
  /** Timers that have fired: one that changed nothing does not fire again. */
  private readonly fired = new Set<string>();
  private people: ReadonlyMap<string, Person> = new Map();
  private changes = 0;
  private conditions = 0;

  constructor(
    private readonly world: Omit<World, 'pinned'> & Partial<Pick<World, 'pinned'>>,
    private review: Review,
    private readonly firstRevision: number,
    private now: string,
  ) {}

  join(people: readonly ScriptPerson[]): void {
    if (people.length > 0) this.changes += 1;
    const joining = people.map(({ active = true, ...person }) => [person.userId, { ...person, active }] as const);
    // Another map: a directory that somebody has looked at stays as it was.
    this.people = new Map([...this.people, ...joining]);
  }

  start({ by, subject, note }: Script['start']): void {
    const { pinned, reviewId } = this.world;
    if (!pinned) throw new Error('Only a script that starts a review has a start.');
    const { steps } = pinned.published.definition;
    const person = this.directory.person(by);
    this.send('start', {
      type: 'StartReview',
      data: { reviewId, subject, ...(note !== undefined && { note }) },
      facts: {
        ...this.factsFor(person),
        ...pinned,
        hashes: this.hashesOf(subject.content, steps),
        branchId: branchOf(person),
      },
      metadata: this.metadata(derivedId(this.world.seed, 'start', 0), this.asActor(by)),
    });
  }

  play(acts: readonly Act[]): Simulation {
    acts.forEach((act, index) => {
      this.wait(instantOf(act, this.now));
      this.perform(act, index);
    });
    return { turns: this.turns, events: this.events, state: receiptState(this.review) };
  }

  private perform(act: Act, index: number): void {
    if (act.act === 'wait') return this.tell('wait', '', 0, null);
    if (act.act === 'people') return this.change(act.people, index);
    this.send(act.act, this.commandOf(act, index));
  }

  /** Lets time pass: whatever is due until then fires, each at its own instant. */
  private wait(until: string): void {
    for (;;) {
      const due = timersOf(this.review).find(({ timerId }) => !this.fired.has(timerId));
      if (!due || Date.parse(due.dueAt) > Date.parse(until)) break;
      this.advance(due.dueAt);
      this.fired.add(due.timerId);
      this.send('timer', this.timerCommand(due));
    }
    this.advance(until);
  }

  private advance(to: string): void {
    if (Date.parse(to) > Date.parse(this.now)) this.now = to;
  }

  private timerCommand(timer: ReviewTimer): ReviewCommand {
    const metadata = this.metadata(timer.timerId, { id: TIMER, kind: 'system', roles: [] });
    const facts = this.factsFor(undefined);
    return timer.type === 'FireTimer'
      ? { type: timer.type, data: timer.data, facts, metadata }
      : { type: timer.type, data: timer.data, facts, metadata };
  }

  /** Whoever can do less than before leaves seats behind; whoever can do more may be whom a blocked step waits for. */
  private change(people: readonly ScriptPerson[], index: number): void {
    const before = this.directory;
    this.join(people);
    const after = this.directory;
    this.tell('people', '', 0, null);
    for (const { userId } of people) {
      const [was, is] = [before.person(userId), after.person(userId)];
      if (!losesSomething(was, is) && !this.isWaitedFor(userId, gainsOf(was, is))) continue;
      this.send('directory', {
        type: 'VacateSeats',
        data: { reviewId: this.world.reviewId, userId },
        facts: this.factsFor(undefined),
        metadata: this.metadata(derivedId(this.world.seed, 'directory', index, userId), {
          id: DIRECTORY,
          kind: 'system',
          roles: [],
        }),
      });
    }
  }

  /** Whether a step is blocked that asks for the person, or for one of the roles that came with the change. */
  private isWaitedFor(userId: string, gains: readonly string[] | undefined): boolean {
    const asks = ({ kind, ref }: Assignment) => (kind === 'USER' ? ref === userId : gains?.includes(ref));
    return (
      gains !== undefined &&
      runningExecutions(this.review).some(
        ({ status, assignments }) => status === 'blocked' && assignments.some((it) => it.live && asks(it)),
      )
    );
  }

  private commandOf(act: PersonalAct, index: number): ReviewCommand {
    const { reviewId, onResubmit } = this.world;
    const members = Object.fromEntries(
      Object.entries(act).filter(([name]) => !(COMMON as readonly string[]).includes(name)),
    );
    const facts = this.factsFor(this.directory.person(act.by));
    const seen =
      'reviewedRevision' in verbs[act.act].members.properties && this.review.status !== 'not_started'
        ? { reviewedRevision: currentRevision(this.review).revision }
        : {};
    const revised =
      act.act === 'resubmit' && this.review.status !== 'not_started'
        ? { ...onResubmit, hashes: this.hashesOf(act.content as JsonObject, this.review.steps) }
        : {};
    return {
      type: verbs[act.act].command,
      data: { reviewId, ...seen, ...resolved(members, this.review) },
      facts: { ...facts, ...revised },
      metadata: this.metadata(derivedId(this.world.seed, 'act', index), this.asActor(act.by)),
    } as unknown as ReviewCommand;
  }

  private send(act: Turn['act'], command: ReviewCommand): void {
    const by = command.metadata.actor.id;
    const recorded = this.decided(command);
    if (recorded instanceof DomainError) return this.tell(act, by, 0, recorded);
    for (const event of recorded) this.record(event, by);
    this.tell(act, by, recorded.length, null);
  }

  private decided(command: ReviewCommand): readonly ReviewEvent[] | DomainError {
    try {
      return reviewDecider.decide(command, this.review);
    } catch (refusal) {
      if (refusal instanceof DomainError) return refusal;
      throw refusal;
    }
  }

  private record(event: ReviewEvent, actorId: string): void {
    const revision = this.firstRevision + this.events.length;
    const at = { revision: BigInt(revision), recordedAt: this.now, actorId };
    this.review = reviewDecider.evolve(this.review, event, at);
    this.events.push({ revision, type: event.type, recordedAt: this.now, actorId, data: event.data });
  }

  private tell(act: Turn['act'], by: string, recorded: number, refusal: DomainError | null): void {
    const { review, now, events } = this;
    const told = review.status === 'not_started' ? null : explanation(review);
    this.conditions += told?.conditions.length ?? 0;
    if (this.conditions > MOST_CONDITIONS) throw new ValidationFailed('There is too much to tell.', [TOO_MUCH]);
    this.turns.push({
      at: now,
      act,
      by,
      events: events.slice(events.length - recorded).map(({ revision }) => revision),
      refusal: refusal && { code: refusal.code, detail: refusal.message },
      state: receiptState(review),
      explanation: told,
    });
  }

  private get directory(): Directory {
    if (this.changes === 0) return this.world.directory;
    const { people, world } = this;
    const holds = (person: Person | undefined, role: string) => person?.active && person.roles.includes(role);
    return {
      revision: `${world.directory.revision}+${this.changes}`,
      person: (userId) => people.get(userId) ?? world.directory.person(userId),
      holders: (role) =>
        [
          ...world.directory.holders(role).filter((userId) => !people.has(userId)),
          ...[...people.values()].filter((person) => holds(person, role)).map(({ userId }) => userId),
        ].toSorted(),
    };
  }

  private factsFor(person: Person | undefined): Facts {
    return { ...this.world.facts({ person, now: this.now }), directory: this.directory };
  }

  private asActor(id: string): Actor {
    return { id, kind: 'user', roles: this.directory.person(id)?.roles ?? [] };
  }

  private metadata(commandId: string, actor: Actor): CommandMetadata {
    return {
      commandId,
      commandHash: '',
      actor,
      workspaceId: '',
      now: this.now,
      correlationId: commandId,
      causationId: commandId,
    };
  }

  private hashesOf(content: JsonObject, steps: Parameters<typeof contentHashes>[2]) {
    const { hash = (text: string) => derivedId('content', text) } = this.world;
    return contentHashes(content, canonicalJson(content), steps, (text) => hash(text));
  }
}

/** Time goes one way: what is dated before what happened happens now. */
function instantOf({ at, afterHours = 0 }: { at?: string; afterHours?: number }, now: string): string {
  if (at === undefined) return plus(now, afterHours * HOUR);
  return Date.parse(at) > Date.parse(now) ? new Date(at).toISOString() : now;
}

const losesSomething = (before: Person | undefined, after: Person | undefined): boolean =>
  before !== undefined && before.active && (!after?.active || before.roles.some((role) => !after.roles.includes(role)));

/** Roles that somebody has come with, or got; undefined when it is nothing. */
function gainsOf(before: Person | undefined, after: Person | undefined): readonly string[] | undefined {
  if (!after?.active) return undefined;
  if (!before?.active) return after.roles;
  const gained = after.roles.filter((role) => !before.roles.includes(role));
  return gained.length > 0 ? gained : undefined;
}
