import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore, type Position } from '#libs/event-store/application/event-store';
import { FollowedLog } from '#libs/event-store/application/followed-log';
import type { Recorded } from '#libs/kernel/domain/message';
import { delegationEvents, type DelegationEvent } from '../domain/delegation.events.js';
import { evolve, nothingDelegated, type Delegation } from '../domain/delegation.state.js';
import { Delegations, type DelegationsView } from './delegations.js';
import { GrantsView, type Grants } from './grants-view.js';

/** What changes who may act for whom. */
export const delegationTypes = delegationEvents.map(({ type }) => type);

/** What is known of one workspace. Lists in it are replaced, never changed, so that a copy of the maps is a view. */
class WorkspacePage {
  readonly byDelegator = new Map<string, readonly Delegation[]>();
  readonly byDelegate = new Map<string, readonly Delegation[]>();
  readonly revisions = new Map<string, bigint>();
  private copy: Grants | undefined;

  get grants(): Grants {
    this.copy ??= {
      byDelegator: new Map(this.byDelegator),
      byDelegate: new Map(this.byDelegate),
      revisions: new Map(this.revisions),
    };
    return this.copy;
  }

  fold(event: Recorded<DelegationEvent>): void {
    const { delegatorId, delegateId, delegationId } = event.data;
    const before = this.byDelegator.get(delegatorId);
    const { delegations } = evolve(before === undefined ? nothingDelegated : { delegations: before }, event);
    const grant = delegations.find((it) => it.delegationId === delegationId);
    if (!grant) return;
    const others = (this.byDelegate.get(delegateId) ?? []).filter((it) => it.delegationId !== delegationId);
    this.byDelegator.set(delegatorId, delegations);
    this.byDelegate.set(delegateId, [...others, grant]);
    this.revisions.set(delegatorId, event.revision);
    this.copy = undefined;
  }
}

const nothing: Grants = { byDelegator: new Map(), byDelegate: new Map(), revisions: new Map() };

/**
 * All delegations, folded from the log into memory and kept up to date. It has caught up with the log before the
 * application takes requests.
 */
@Injectable()
export class DelegationBook extends Delegations implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log: FollowedLog<DelegationEvent>;
  private readonly pages = new Map<string, WorkspacePage>();
  private readonly places = new Map<string, Readonly<{ workspaceId: string; delegatorId: string }>>();

  constructor(store: EventStore, codec: Codec) {
    super();
    this.log = new FollowedLog(store, codec, {
      name: DelegationBook.name,
      types: delegationTypes,
      fold: (event) => this.fold(event),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.log.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.log.stop();
  }

  /** Catches up with the log, then follows it. Asked again, it does nothing. */
  start(): Promise<void> {
    return this.log.start();
  }

  stop(): Promise<void> {
    return this.log.stop();
  }

  override at(workspaceId: string, now: string): DelegationsView {
    const holds = ({ from, until, revoked }: Delegation) => revoked === null && from <= now && now < until;
    return new GrantsView(this.grants(workspaceId), holds);
  }

  override asOf(workspaceId: string, instant: string): DelegationsView {
    const held = ({ from, until, createdAt, revoked }: Delegation) =>
      from <= instant && instant < until && createdAt <= instant && (revoked === null || instant < revoked.at);
    return new GrantsView(this.grants(workspaceId), held);
  }

  override all(workspaceId: string): readonly Delegation[] {
    return [...this.grants(workspaceId).byDelegator.values()].flat();
  }

  /** Grants of a delegator that are not revoked. */
  grantedBy(workspaceId: string, delegatorId: string): readonly Delegation[] {
    const grants = this.grants(workspaceId).byDelegator.get(delegatorId) ?? [];
    return grants.filter(({ revoked }) => revoked === null);
  }

  /** Where the stream of a delegator stood when it was last read here. */
  revisionOf(workspaceId: string, delegatorId: string): bigint {
    return this.grants(workspaceId).revisions.get(delegatorId) ?? -1n;
  }

  /** The grant of that id; what this process has not read yet is read first. */
  async find(workspaceId: string, delegationId: string): Promise<Delegation | undefined> {
    if (!this.places.has(delegationId)) await this.log.current();
    const place = this.places.get(delegationId);
    if (place?.workspaceId !== workspaceId) return undefined;
    const grants = this.grants(workspaceId).byDelegator.get(place.delegatorId);
    return grants?.find((grant) => grant.delegationId === delegationId);
  }

  override current(): Promise<void> {
    return this.log.current();
  }

  /**
   * Resolves once everything up to the position is known here.
   * @param patience aborted when nobody waits for it any more
   */
  reached(position: Position, patience?: AbortSignal): Promise<void> {
    return this.log.reached(position, patience);
  }

  private grants(workspaceId: string): Grants {
    return this.pages.get(workspaceId)?.grants ?? nothing;
  }

  private fold(event: Recorded<DelegationEvent>): void {
    const { workspaceId, data } = event;
    const page = this.pages.get(workspaceId) ?? new WorkspacePage();
    this.pages.set(workspaceId, page);
    page.fold(event);
    this.places.set(data.delegationId, { workspaceId, delegatorId: data.delegatorId });
  }
}
