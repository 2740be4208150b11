import { KnownSettings } from '#libs/organization/application/settings/known-settings';
import { SettingDesk, SystemValues } from '#libs/organization/application/settings/setting-desk';
import { SettingStreams } from '#libs/organization/application/settings/setting-streams';
import { settingEvents } from '#libs/organization/domain/settings/setting.events';
import { UnitBook } from '#libs/organization/application/units/unit-book';
import { derivedId } from '#libs/kernel/domain/ids';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { PinnedRuleset, Ruleset } from '#libs/kernel/domain/ruleset';
import type { Definition } from '#libs/kernel/domain/workflow-definition';
import { Codec } from '#libs/event-store/application/codec';
import { EventRegistry } from '#libs/event-store/application/event-registry';
import { NotFound } from '#libs/event-store/application/errors';
import type { EventStore } from '#libs/event-store/application/event-store';
import type { SubjectKeys } from '#libs/event-store/application/subject-keys';
import { InMemoryEventStore } from '#libs/event-store/infrastructure/in-memory-event-store';
import { InMemorySubjectKeys } from '#libs/event-store/infrastructure/in-memory-subject-keys';
import { CreateDelegationHandler } from '#libs/delegations/application/commands/create-delegation.handler';
import { RevokeDelegationHandler } from '#libs/delegations/application/commands/revoke-delegation.handler';
import { DelegationBook } from '#libs/delegations/application/delegation-book';
import { DelegationStreams } from '#libs/delegations/application/delegation-streams';
import { delegationEvents } from '#libs/delegations/domain/delegation.events';
import { Directory, type Person } from '#libs/identity/application/directory';
import { defaultCalendar, type PinnedCalendar } from '#libs/kernel/domain/calendar';
import { NodeHashing } from '#libs/kernel/infrastructure/node-hashing';
import { CalendarCatalogue } from '#libs/workflows/application/calendar-catalogue';
import { RulesetCatalogue } from '#libs/workflows/application/rulesets/ruleset-catalogue';
import { WorkflowCatalogue } from '#libs/workflows/application/workflow-catalogue';
import { commentEvents, reviewEvents } from '../domain/review.events.js';
import type { IrreversibleEffect } from '../domain/review.commands.js';
import { at, directory as everybody, loan } from '../domain/review.examples.js';
import { AddCommentHandler } from './commands/add-comment.handler.js';
import { DecideHandler } from './commands/decide.handler.js';
import { EscalateHandler } from './commands/escalate.handler.js';
import { FireTimerHandler } from './commands/fire-timer.handler.js';
import { HoldReviewHandler } from './commands/hold-review.handler.js';
import { ReopenReviewHandler } from './commands/reopen-review.handler.js';
import { RequestChangesHandler } from './commands/request-changes.handler.js';
import { ResubmitHandler } from './commands/resubmit.handler.js';
import { StartReviewCommand, StartReviewHandler } from './commands/start-review.handler.js';
import { WithdrawHandler } from './commands/withdraw.handler.js';
import { CommentStreams } from './comment-streams.js';
import { ContentHasher } from './content-hasher.js';
import { DefaultsInForce } from './defaults-in-force.js';
import { VacateSeatsHandler } from './commands/vacate-seats.handler.js';
import { ExpireClaimHandler } from './commands/expire-claim.handler.js';
import { ExpireClaimTarget } from './expire-claim.target.js';
import { FireTimerTarget } from './fire-timer.target.js';
import { ReviewFacts } from './review-facts.js';
import { ReviewOrders } from './review-orders.js';
import { ReviewQueries } from './review-queries.js';
import { ReviewStreams } from './review-streams.js';
import { Simulations } from './simulations.js';
import { SubjectClaims } from './subject-claims.js';
import { SubjectEffects, type ApprovedSubject } from './subject-effects.js';

/** Calendars that stand under any key, as the one that exists when none is published, until they are put. */
export class ExampleCalendars extends CalendarCatalogue {
  private readonly put = new Map<string, PinnedCalendar>();

  publish(calendar: PinnedCalendar): void {
    this.put.set(calendar.key, calendar);
  }

  override async current(_workspaceId: string, key: string): Promise<PinnedCalendar> {
    return this.put.get(key) ?? { ...defaultCalendar, key };
  }

  override async has(): Promise<boolean> {
    return true;
  }
}

/** The people of the examples, and any number of officers `off-1` … besides. */
class ExampleDirectory extends Directory {
  constructor(private readonly officers: number) {
    super();
  }

  /** Other people than those of the examples. */
  among: ReturnType<typeof everybody> | undefined;

  override snapshot() {
    const more = Array.from({ length: this.officers }, (_, n) => ({
      userId: `off-${n + 1}`,
      roles: ['officer'],
      active: true,
    }));
    const view = this.among ?? everybody(...more);
    return {
      ...view,
      person: (userId: string) => view.person(userId) as Person | undefined,
      everyone: (): readonly Person[] => [],
      reliesOn: () => new Map(),
    };
  }

  override asOf() {
    return this.snapshot();
  }

  override async current() {}
}

class ExampleCatalogue extends WorkflowCatalogue {
  readonly workflows = new Map<string, Definition>();

  override async published(_workspaceId: string, key: string) {
    const definition = this.workflows.get(key);
    if (!definition) throw new NotFound();
    return {
      workflowId: `wf_${key}`,
      key,
      name: definition.name,
      version: 1,
      contentHash: 'h',
      definition,
      revision: 1n,
    };
  }

  override async has(): Promise<boolean> {
    return true;
  }
}

/** Reviews on whose strength something irreversible was done. */
class ExampleEffects extends SubjectEffects {
  readonly done = new Map<string, IrreversibleEffect>();

  override async irreversible({ reviewId }: ApprovedSubject) {
    return this.done.get(reviewId);
  }
}

class ExampleRulesets extends RulesetCatalogue {
  readonly published = new Map<string, PinnedRuleset[]>();

  publish(ruleset: Ruleset): void {
    const versions = this.published.get(ruleset.key) ?? [];
    const version = versions.length + 1;
    const pinned = { rulesetId: `rs_${ruleset.key}`, version, contentHash: `h${version}`, ruleset };
    this.published.set(ruleset.key, [...versions, pinned]);
  }

  override async newest(_workspaceId: string, key: string) {
    return this.published.get(key)?.at(-1);
  }

  override async pinned(_workspaceId: string, key: string, version: number) {
    const found = this.published.get(key)?.[version - 1];
    if (!found) throw new NotFound();
    return found;
  }
}

/** The whole room over a store in memory: real handlers, real streams, real encryption. */
export const reviewRoom = ({ officers = 0 }: { officers?: number } = {}) =>
  roomOn(new InMemoryEventStore(), new InMemorySubjectKeys(), officers);

/** Three processes that share the log and the keys, and nothing else. */
export function threeRooms({ officers }: { officers: number }) {
  const store = new InMemoryEventStore();
  const keys = new InMemorySubjectKeys();
  const room = () => roomOn(store, keys, officers);
  return [room(), room(), room()] as const;
}

/** The room over a log and keys that others may share. */
export function roomOn(store: EventStore, keys: SubjectKeys, officers = 0) {
  const codec = new Codec(
    new EventRegistry([...reviewEvents, ...commentEvents, ...delegationEvents, ...settingEvents]),
    keys,
  );
  const directory = new ExampleDirectory(officers);
  const catalogue = new ExampleCatalogue();
  const rulesets = new ExampleRulesets();
  const streams = new ReviewStreams(store, codec);
  const book = new DelegationBook(store, codec);
  const grants = new DelegationStreams(store, codec);
  const facts = new ReviewFacts(directory, book);
  const orders = new ReviewOrders(streams, facts);
  const hasher = new ContentHasher(keys);
  const claims = new SubjectClaims(streams);
  const effects = new ExampleEffects();
  const calendars = new ExampleCalendars();
  const fireTimer = new FireTimerHandler(orders);
  const branches = new UnitBook(store, codec);
  const settings = new KnownSettings(store, codec, branches);
  const defaults = new DefaultsInForce(branches, settings);
  const starts = new StartReviewHandler(streams, catalogue, facts, hasher, claims, calendars, rulesets, defaults);
  return {
    store,
    keys,
    codec,
    catalogue,
    calendars,
    rulesets,
    streams,
    directory,
    book,
    settings: new SettingDesk(new SettingStreams(store, codec), settings, branches, calendars, new SystemValues({})),
    simulations: new Simulations(facts, keys, calendars, rulesets, defaults),
    delegate: new CreateDelegationHandler(grants, book, directory, catalogue),
    revokeDelegation: new RevokeDelegationHandler(grants, book, directory),
    orders,
    starts,
    start: (
      workflow: Definition,
      how: { subjectId?: string; content?: JsonObject; by?: string; key?: string } = {},
    ) => {
      catalogue.workflows.set(workflow.key, workflow);
      const { subjectId = 'loan-1', content = loan, by = 'olly', key } = how;
      const subject = { type: 'loan', id: subjectId, title: 'A van', content };
      return starts.execute(new StartReviewCommand({ workflow: workflow.key, subject }, metadata(by, key)));
    },
    decide: new DecideHandler(orders),
    requestChanges: new RequestChangesHandler(orders),
    resubmit: new ResubmitHandler(streams, facts, hasher, claims, effects, rulesets),
    reopen: new ReopenReviewHandler(streams, facts, claims, effects),
    hold: new HoldReviewHandler(orders),
    effects,
    escalate: new EscalateHandler(orders),
    withdraw: new WithdrawHandler(orders),
    addComment: new AddCommentHandler(streams, new CommentStreams(store, codec)),
    fireTimer: new FireTimerTarget(fireTimer, new NodeHashing()),
    expireClaim: new ExpireClaimTarget(new ExpireClaimHandler(orders), new NodeHashing()),
    vacate: new VacateSeatsHandler(orders),
    queries: new ReviewQueries(streams),
  };
}

let requests = 0;
/** Who acts, by which request; the same `key` is the same request. */
export const metadata = (
  by: string,
  key = `key-${++requests}`,
  body = 'body',
  workspaceId = 'demo',
): CommandMetadata => ({
  commandId: derivedId(workspaceId, by, key),
  commandHash: body,
  actor: { id: by, kind: 'user', roles: [] },
  workspaceId,
  now: at('10:00'),
  correlationId: key,
  causationId: key,
});
