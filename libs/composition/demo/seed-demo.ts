import type { Command, CommandBus } from '@nestjs/cqrs';
import type { Pool } from 'pg';
import { CreateDelegationCommand } from '#libs/delegations/application/commands/create-delegation.handler';
import { SubmitDraftCommand } from '#libs/drafts/application/commands/submit-draft.handler';
import type { Codec } from '#libs/event-store/application/codec';
import type { EventStore } from '#libs/event-store/application/event-store';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import { RegisterUserCommand } from '#libs/identity/application/commands/register-user.handler';
import { canonicalJson } from '#libs/kernel/domain/canonical-json';
import type { Actor, CommandMetadata } from '#libs/kernel/domain/message';
import { sha256 } from '#libs/kernel/infrastructure/node-hashing';
import { VirtualClock } from '#libs/kernel/infrastructure/virtual-clock';
import type { CommandTarget, ProcessManager } from '#libs/processing/application/process-manager';
import { StartReviewCommand } from '#libs/reviews/application/commands/start-review.handler';
import type { Review, StartedReview } from '#libs/reviews/domain/review.state';
import { CreateCalendarCommand } from '#libs/workflows/application/commands/publish-calendar.handlers';
import { CreateWorkflowCommand } from '#libs/workflows/application/commands/create-workflow.handler';
import { PublishWorkflowCommand } from '#libs/workflows/application/commands/publish-workflow.handler';
import { CreateRulesetCommand } from '#libs/workflows/application/rulesets/create-ruleset.handler';
import { PublishRulesetCommand } from '#libs/workflows/application/rulesets/publish-ruleset.handler';
import type { InstallationFacts } from '../installation-facts.js';
import { mayByRoles } from '../rights.js';
import {
  cast,
  DEMO_PASSWORD,
  DEMO_WORKSPACE,
  demoCommandId,
  registrationOf,
  userIdOf,
  type Member,
  type Role,
} from './cast.js';
import { orderOf } from './orders.js';
import { officeCalendar, smallLoanRules } from './showcase-workflows.js';
import { grants } from './showcase.js';
import { stories } from './stories.js';
import type { Grant, Move, Story } from './story.js';
import { VirtualTimers } from './virtual-timers.js';
import { creationOf, demoWorkflows, workflowIdOf } from './workflows.js';

export interface SeedTools {
  readonly commands: CommandBus;
  readonly store: EventStore;
  readonly codec: Codec;
  readonly facts: InstallationFacts;
  readonly processManagers: readonly ProcessManager[];
  readonly targets: readonly CommandTarget[];
  /** The demo's last moment when it is made for the first time. */
  readonly now: Date;
  /** Stops between two commands; the next run goes on from there. */
  readonly signal?: AbortSignal;
}

export interface Seeded {
  /** Nothing was left to do. */
  readonly alreadyThere: boolean;
  readonly commands: number;
  readonly timersFired: number;
  readonly reviews: number;
}

/** Whether there is data that is not the demo: its users have a public password and do not belong beside real people. */
export async function hasOtherData(store: EventStore, facts: InstallationFacts): Promise<boolean> {
  return store.compare(await store.head(), store.start) !== 0 && !(await facts.read('demo'));
}

const HOUR = 3_600_000;
const SYSTEM: Actor = { id: 'system:demo', kind: 'system', roles: [] };

interface Step {
  readonly at: number;
  readonly run: () => Promise<void>;
}

/**
 * Makes the demo by sending commands, as people would have sent them over thirty days, under a clock of its own. Every
 * command has a fixed id: a second run finds everything done, a run after a crash does what is missing.
 */
export async function seedDemo(tools: SeedTools): Promise<Seeded> {
  const fact = await tools.facts.settle('demo', { anchor: minute(tools.now), complete: false });
  const reviews = stories.length;
  if (fact.complete) return { alreadyThere: true, commands: 0, timersFired: 0, reviews };
  const seeding = new Seeding(tools, Date.parse(fact.anchor));
  await seeding.run();
  await tools.facts.write('demo', { ...fact, complete: true });
  return { alreadyThere: false, commands: seeding.commands, timersFired: seeding.timersFired, reviews };
}

/** Keeps workers from reacting to new events until `work` is done: they find every process manager led by another. */
export async function withProcessesHeld<T>(pool: Pool, work: () => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(`SELECT FROM processing.processors WHERE kind = 'process' FOR UPDATE`);
    return await work();
  } finally {
    await client.query('ROLLBACK').catch(() => undefined);
    client.release();
  }
}

const minute = (time: Date) => new Date(Math.floor(time.getTime() / 60_000) * 60_000).toISOString();

class Seeding {
  commands = 0;
  timersFired = 0;
  private readonly clock: VirtualClock;
  private readonly timers: VirtualTimers;
  private readonly roles = new Map<string, Role>(cast.map(({ username, role }) => [username, role]));
  /** What each story's people saw last. */
  private readonly reviews = new Map<Story, StartedReview>();

  constructor(
    private readonly tools: SeedTools,
    private readonly end: number,
  ) {
    const targets = new Map(tools.targets.map((target) => [target.name, target]));
    this.timers = new VirtualTimers(tools.store, tools.codec, tools.processManagers, targets);
    this.clock = new VirtualClock(new Date(end - 31 * 24 * HOUR));
  }

  async run(): Promise<void> {
    for (const member of cast) await this.register(member);
    await this.publishRules();
    for (const workflow of demoWorkflows) await this.publish(workflow);
    for (const { at, run } of this.agenda()) {
      this.tools.signal?.throwIfAborted();
      await this.fireUntil(at);
      this.moveTo(at);
      await run();
    }
    await this.fireUntil(this.end);
  }

  /** Every start, move and delegation in the order of time. */
  private agenda(): Step[] {
    const steps = stories.flatMap((story) => {
      const started = this.end - story.startedAgo * HOUR;
      const moves = story.moves.map((move, i) => ({
        at: started + move.hour * HOUR,
        run: () => this.play(story, move, i),
      }));
      return [{ at: started, run: () => this.begin(story) }, ...moves.filter(({ at }) => at < this.end)];
    });
    const granting = grants.map((grant, i) => ({
      at: this.end - grant.startedAgo * HOUR,
      run: () => this.let(grant, i),
    }));
    return [...granting, ...steps].sort((a, b) => a.at - b.at);
  }

  private async fireUntil(at: number): Promise<void> {
    await this.timers.lookAtLog();
    const until = new Date(at).toISOString();
    for (let due = this.timers.next(DEMO_WORKSPACE, until); due; due = this.timers.next(DEMO_WORKSPACE, until)) {
      this.moveTo(Date.parse(due.dueAt));
      await this.timers.fire(due);
      this.timersFired++;
      await this.timers.lookAtLog();
    }
  }

  /** A run after a crash finds deadlines that lie before the moment it has come to. */
  private moveTo(at: number): void {
    if (at > this.clock.now().getTime()) this.clock.moveTo(new Date(at));
  }

  private async register({ username, displayName, role, workspaceId }: Member): Promise<void> {
    const data = { username, displayName, password: DEMO_PASSWORD, roles: [role] };
    const { password: _, ...hashed } = data;
    const metadata = this.metadata(registrationOf(username), SYSTEM, hashed, workspaceId);
    await this.send(new RegisterUserCommand(data, metadata));
  }

  /** The calendar and the ruleset that workflows name. */
  private async publishRules(): Promise<void> {
    const admin = this.actor('admin');
    const outing = new Date(this.end - 12 * 24 * HOUR).toISOString().slice(0, 'YYYY-MM-DD'.length);
    const calendar = officeCalendar(outing);
    const { key } = calendar;
    await this.send(
      new CreateCalendarCommand({ calendar }, this.metadata(demoCommandId('calendar', key), admin, calendar)),
    );
    const ruleset = smallLoanRules;
    const created = this.metadata(demoCommandId('create-ruleset', ruleset.key), admin, ruleset);
    await this.send(new CreateRulesetCommand({ ruleset }, created));
    const data = { idOrKey: ruleset.key };
    const published = this.metadata(demoCommandId('publish-ruleset', ruleset.key), admin, data);
    await this.send(new PublishRulesetCommand(data, published));
  }

  private async publish(definition: (typeof demoWorkflows)[number]): Promise<void> {
    const { key } = definition;
    const admin = this.actor('admin');
    await this.send(new CreateWorkflowCommand({ definition }, this.metadata(creationOf(key), admin, definition)));
    const data = { workflowId: workflowIdOf(key) };
    await this.send(new PublishWorkflowCommand(data, this.metadata(demoCommandId('publish', key), admin, data)));
  }

  private async begin(story: Story): Promise<void> {
    const { workflow, subject, draft } = story;
    const data = { workflow, subject, ...(draft && { provenance: draft }) };
    const metadata = this.metadata(startOf(story), this.actor(story.by), data);
    const { state } = await this.send(
      draft
        ? new SubmitDraftCommand({ workflow, subject, provenance: draft }, metadata)
        : new StartReviewCommand({ workflow, subject }, metadata),
    );
    this.saw(story, state);
  }

  private async let({ by, to, hours, scope, reason }: Grant, index: number): Promise<void> {
    const until = new Date(this.clock.now().getTime() + hours * HOUR).toISOString();
    const data = { delegate: userIdOf(to), until, scope, reason };
    const metadata = this.metadata(demoCommandId('delegate', index), this.actor(by), data);
    await this.send(new CreateDelegationCommand(data, metadata));
  }

  private async play(story: Story, move: Move, index: number): Promise<void> {
    try {
      await this.act(story, move, index);
    } catch (error) {
      const { id, title } = story.subject;
      const what = `${move.move} by ${move.by} at hour ${move.hour} of ${id} (${title})`;
      throw new Error(`The demo's story does not work: ${what}: ${(error as Error).message}`, { cause: error });
    }
  }

  private async act(story: Story, move: Move, index: number): Promise<void> {
    const by = this.actor(move.by);
    const commandId = demoCommandId('move', story.subject.id, index);
    const order = orderOf(move, this.reviews.get(story)!, {
      metadata: (data) => this.metadata(commandId, by, data),
      may: mayByRoles(by.roles),
    });
    const { state } = await this.send(order);
    // A comment sent again is answered with the review of today.
    if (move.move !== 'comment') this.saw(story, state);
  }

  /** A run after a crash sees each review as it was after each command. */
  private saw(story: Story, review: Review): void {
    if (review.status !== 'not_started') this.reviews.set(story, review);
  }

  private async send<State>(command: Command<Outcome<State>>): Promise<Outcome<State>> {
    const outcome = await this.tools.commands.execute(command);
    this.commands++;
    return outcome;
  }

  private actor(username: string): Actor {
    const role = this.roles.get(username)!;
    return { id: userIdOf(username), kind: role === 'assistant' ? 'assistant' : 'user', roles: [role] };
  }

  private metadata(commandId: string, actor: Actor, body: object, workspaceId = DEMO_WORKSPACE): CommandMetadata {
    return {
      commandId,
      commandHash: sha256(canonicalJson(body as never)),
      actor,
      workspaceId,
      now: this.clock.now().toISOString(),
      correlationId: commandId,
      causationId: commandId,
    };
  }
}

const startOf = ({ subject }: Story) => demoCommandId('start', subject.id);
