import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { mayOf, RIGHTS } from '#libs/composition/rights';
import { Delegations, type DelegationsView } from '#libs/delegations/application/delegations';
import { principalsIn } from '#libs/delegations/application/principals-in';
import { NotFound } from '#libs/event-store/application/errors';
import { RequestKeys } from '#libs/event-store/application/request-keys';
import { Directory } from '#libs/identity/application/directory';
import type { Principal } from '#libs/identity/application/authenticator';
import { rowAccess, type RowAccess } from '#libs/identity/application/row-access';
import { scopeOf, type Permission } from '#libs/identity/domain/permissions';
import type { DirectoryView } from '#libs/identity/application/directory';
import { Hashing } from '#libs/kernel/application/hashing';
import { canonicalJson } from '#libs/kernel/domain/canonical-json';
import { derivedId } from '#libs/kernel/domain/ids';
import { Branches } from '#libs/organization/application/branches';
import { inboxOwner } from '#libs/reviews/application/inbox-owner';
import { ReviewQueries, type LoadedReview, type Moment } from '#libs/reviews/application/review-queries';
import type { ReviewBusCommand } from '#libs/reviews/application/review-command';
import type { May } from '#libs/reviews/domain/review.commands';
import { InvalidState, StepResolved } from '#libs/reviews/domain/review.errors';
import type { StartedReview } from '#libs/reviews/domain/review.state';
import { actions, type ActionName, type Actions } from '#libs/reviews/domain/views/actions';
import { isParty } from '#libs/reviews/domain/views/parties';
import { receiptState, waitingOn } from '#libs/reviews/domain/views/receipt-state';
import type { Door } from '../http/door.js';
import type { Problem } from '../http/problem.js';
import type { ReceiptBody } from '../http/receipt.js';
import { Routes } from '../http/routes.js';

type OrderClass<Data extends object> = new (
  data: Data,
  metadata: Door['metadata'],
  options: ReviewBusCommand<Data>['options'],
) => ReviewBusCommand<Data>;

/** Who there is, who acts for whom, and who asks, at one instant (RFC 3339 UTC). */
export interface People {
  readonly now: string;
  readonly directory: DirectoryView;
  readonly delegations: DelegationsView;
  readonly caller: Pick<Principal, 'person' | 'scope'>;
  /** A branch and all below it. */
  readonly below: (branchId: string) => readonly string[];
}

/** Lets a caller act on and look at the reviews that are visible to that caller; all others are not there (404). */
@Injectable()
export class ReviewDesk {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: ReviewQueries,
    private readonly directory: Directory,
    private readonly delegations: Delegations,
    private readonly branches: Branches,
    private readonly routes: Routes,
    private readonly hashing: Hashing,
    private readonly keys: RequestKeys,
  ) {}

  /** Sends an order to a review and answers its receipt. */
  async send<Data extends object>(
    at: Door,
    Order: OrderClass<Data>,
    data: Data & { readonly reviewId: string },
  ): Promise<ReceiptBody> {
    const may = await this.may(at, data.reviewId);
    const sent = this.commands.execute(new Order(data, at.metadata, { ...at.options, may }));
    return at.receipt(
      sent.catch((refusal: unknown) => this.refuse(at, data.reviewId, refusal)),
      receiptState,
    );
  }

  /**
   * The same for many reviews at once, each order under an id of its own; every one is answered for itself. The key of
   * the request is bound first: with other items none of them is sent. @throws IdempotencyKeyReused
   */
  async sendEach<Data extends { readonly reviewId: string }>(
    at: Door,
    Order: OrderClass<Data>,
    items: readonly Data[],
  ): Promise<{ reviewId: string; status: number; receipt?: ReceiptBody; problem?: Problem }[]> {
    const { dryRun } = at.options;
    if (!dryRun) await this.keys.bind(at.metadata);
    const sent = items.map(async (data, index) => {
      const may = await this.may(at, data.reviewId);
      const metadata = {
        ...at.metadata,
        commandId: derivedId(at.metadata.commandId, 'item', index),
        commandHash: this.hashing.sha256(canonicalJson(data)),
      };
      const order = new Order(data, metadata, { ...(dryRun !== undefined && { dryRun }), may });
      return this.commands.execute(order).catch((refusal: unknown) => this.refuse(at, data.reviewId, refusal));
    });
    const answers = await at.receipts(sent, receiptState);
    return answers.map((answer, index) => ({ reviewId: items[index]!.reviewId, ...answer }));
  }

  /** A refusal for the state the review is in says what the caller can do instead, and what the review waits for. */
  private async refuse(at: Door, reviewId: string, refusal: unknown): Promise<never> {
    if (!(refusal instanceof InvalidState || refusal instanceof StepResolved)) throw refusal;
    const { review } = await this.queries.load(at.workspaceId, reviewId);
    const tried = this.actions(at, review, this.peopleNow(at)).actions;
    const details = {
      ...refusal.details,
      allowedActions: tried.flatMap(({ action, allowed }) => (allowed ? [action] : [])),
      waitingOn: waitingOn(review).map(({ condition, have, need, who }) => ({ condition, have, need, who: [...who] })),
    };
    // Made for this request alone.
    throw Object.assign(refusal, { details });
  }

  /** Answers a view of a review, and of the people, as they were at a moment; its revision is the ETag. */
  read<View>(
    at: Door,
    reviewId: string,
    moment: Moment,
    view: (loaded: LoadedReview, people: People) => View,
  ): Promise<View> {
    const seen = this.visible(at, reviewId, moment, 'review:read').then(async (loaded) => ({
      view: view(loaded, await this.peopleAt(at, reviewId, moment)),
      revision: loaded.revision,
    }));
    return at.strong(seen);
  }

  /** Who there was and who acted for whom at a moment; after a revision: when it was recorded. */
  private async peopleAt(at: Door, reviewId: string, { revision, asOf }: Moment): Promise<People> {
    const instant = revision === undefined ? asOf : await this.queries.recordedAt(reviewId, revision);
    if (instant === undefined || Date.parse(instant) >= Date.parse(at.metadata.now)) return this.peopleNow(at);
    const then = new Date(instant).toISOString();
    const directory = this.directory.asOf(at.workspaceId, then);
    const person = directory.person(at.principal.userId) ?? { ...at.principal.person, roles: [] };
    return {
      now: then,
      directory,
      delegations: this.delegations.asOf(at.workspaceId, then),
      caller: { person, scope: (permission) => scopeOf(permission, person.roles) },
      below: (branchId) => this.branches.belowAsOf(at.workspaceId, branchId, then),
    };
  }

  private peopleNow(at: Door): People {
    return {
      now: at.metadata.now,
      directory: this.directory.snapshot(at.workspaceId),
      delegations: this.actsFor(at),
      caller: at.principal,
      below: this.below(at.workspaceId),
    };
  }

  /** The caller as the owner of an inbox, with the work of the people the caller acts for. */
  owner(at: Door) {
    return inboxOwner(at.principal, this.directory.snapshot(at.workspaceId), this.actsFor(at));
  }

  /** Which reviews the caller may see under a permission, those of people the caller acts for included. */
  access(at: Door, permission: Permission): RowAccess {
    return this.accessAt(at.principal, permission, at.metadata.now);
  }

  /** The same for whoever stays longer than a request, at an instant (RFC 3339). */
  accessAt({ workspaceId, userId, person }: Principal, permission: Permission, now: string): RowAccess {
    const people = this.directory.snapshot(workspaceId);
    const actsFor = principalsIn(this.delegations.at(workspaceId, now), people, userId);
    return { ...rowAccess(workspaceId, person, permission, this.below(workspaceId)), actsFor };
  }

  /** The review at a moment, when the caller may see it. @throws NotFound */
  async visible(at: Door, reviewId: string, moment: Moment, permission: Permission): Promise<LoadedReview> {
    const access = at.access(permission);
    const sees = ({ review }: LoadedReview) => this.sees(at, access, review);
    const isPast = moment.revision !== undefined || moment.asOf !== undefined;
    const now = await this.queries.load(at.workspaceId, reviewId);
    const then = isPast ? await this.queries.find(at.workspaceId, reviewId, moment) : now;
    // Whoever came to it later may see its past as well; whoever may not see it is not even told when it began.
    if (!sees(now) && !(then && sees(then))) throw new NotFound();
    if (!then) throw new NotFound('The review had not begun then.');
    if (moment.revision !== undefined && then.revision < moment.revision)
      throw new NotFound(`The review has no revision ${moment.revision} yet; the newest is ${then.revision}.`);
    return then;
  }

  /** What the caller can do with a review. A route that is closed to the caller's roles comes before the rules, as ever. */
  actions(at: Door, review: StartedReview, { now, directory, delegations, caller, below }: People): Actions {
    const { person } = caller;
    const may = (permission: Permission) => ![undefined, 'read'].includes(caller.scope(permission));
    const access = (permission: Permission) => rowAccess(at.workspaceId, person, permission, below);
    const rights = mayOf((permission) => may(permission) && reaches(access(permission), review));
    const tried = actions(review, person, rights, directory, now, delegations).actions;
    const isOpen = (action: ActionName) => this.routes.ofPath(`reviews/:reviewId/${action}`).anyOf.some(may);
    return {
      actions: tried.map((it) => (isOpen(it.action) ? it : { ...it, allowed: false, reason: 'forbidden' })),
    };
  }

  /** The branches below another one, as they stand now. */
  private below(workspaceId: string) {
    return (branchId: string) => this.branches.below(workspaceId, branchId);
  }

  /** Whom the caller may act for now. */
  private actsFor({ workspaceId, metadata }: Door): DelegationsView {
    return this.delegations.at(workspaceId, metadata.now);
  }

  /** As far as the permission reaches, as a party to it, or acting for one in this workflow. */
  private sees(at: Door, access: RowAccess, review: StartedReview): boolean {
    if (reaches(access, review) || isParty(review, access)) return true;
    return this.withPrincipals(at, access).actsFor.some(
      (principal) => (principal.workflowKeys?.includes(review.workflow.key) ?? true) && isParty(review, principal),
    );
  }

  private withPrincipals(at: Door, access: RowAccess) {
    const people = this.directory.snapshot(at.workspaceId);
    return { ...access, actsFor: principalsIn(this.actsFor(at), people, access.userId) };
  }

  /** What the caller may do on this review beyond everybody's rights. @throws NotFound when it is not visible */
  private async may(at: Door, reviewId: string): Promise<May> {
    const may = mayOf((permission) => at.may(permission));
    // Nearly always the whole workspace is in reach, and nothing need be loaded to know that.
    const isWide =
      at.access('review:read').reach === 'all' &&
      Object.values(RIGHTS).every((permission) => typeof at.access(permission).reach === 'string');
    if (isWide) return may;
    const { review } = await this.visible(at, reviewId, {}, 'review:read');
    return this.rights(at, review);
  }

  /** What the caller may do on a review by permission, as far as the permission reaches. */
  private rights(at: Door, review: StartedReview): May {
    const holds = (permission: Permission) => at.may(permission) && reaches(at.access(permission), review);
    return mayOf(holds);
  }
}

const reaches = ({ reach }: RowAccess, { branchId }: StartedReview): boolean =>
  reach === 'all' || (reach !== 'own' && reach.branches.includes(branchId));
