import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore, type Position } from '#libs/event-store/application/event-store';
import { FollowedLog } from '#libs/event-store/application/followed-log';
import type { Recorded } from '#libs/kernel/domain/message';
import { unitEvents, type UnitEvent, type UnitKind } from '../../domain/units/unit.events.js';
import { below, emptyTree, evolve, inForce, pathUp, type Tree } from '../../domain/units/unit.tree.js';
import { Branches } from '../branches.js';
import { treeOf } from './unit-streams.js';

/** A tree now, and what has changed it, oldest first. */
interface Page {
  tree: Tree;
  readonly events: Recorded<UnitEvent>[];
}

/**
 * The trees of all workspaces, folded from the log into memory and kept up to date. It has caught up with the log before
 * the application takes requests.
 */
@Injectable()
export class UnitBook extends Branches implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log: FollowedLog<UnitEvent>;
  private readonly pages = new Map<string, Page>();

  constructor(store: EventStore, codec: Codec) {
    super();
    this.log = new FollowedLog(store, codec, {
      name: UnitBook.name,
      types: unitEvents.map(({ type }) => type),
      fold: (event) => this.fold(event),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.log.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.log.stop();
  }

  tree(kind: UnitKind, workspaceId: string): Tree {
    return this.pages.get(`${kind} ${workspaceId}`)?.tree ?? emptyTree(kind);
  }

  /** The stream of a tree, and where it stands as far as is known here (-1n: it has none yet). */
  standing(kind: UnitKind, workspaceId: string): readonly [streamId: string, revision: bigint] {
    const newest = this.pages.get(`${kind} ${workspaceId}`)?.events.at(-1);
    return [`${kind}-${treeOf(kind, workspaceId)}`, newest?.revision ?? -1n];
  }

  override below(workspaceId: string, branchId: string): readonly string[] {
    return below(this.tree('branch', workspaceId), branchId);
  }

  override belowAsOf(workspaceId: string, branchId: string, instant: string): readonly string[] {
    return below(this.branchesAsOf(workspaceId, instant), branchId);
  }

  override above(workspaceId: string, branchId: string): readonly string[] {
    return codesUp(this.tree('branch', workspaceId), branchId);
  }

  override aboveAsOf(workspaceId: string, branchId: string, instant: string): readonly string[] {
    return codesUp(this.branchesAsOf(workspaceId, instant), branchId);
  }

  override isThere(workspaceId: string, branchId: string): boolean {
    return this.tree('branch', workspaceId).units.has(branchId);
  }

  override isActive(workspaceId: string, branchId: string): boolean {
    return this.tree('branch', workspaceId).units.get(branchId)?.active === true;
  }

  override calendarOf(workspaceId: string, branchId: string): string | null {
    return inForce(this.tree('branch', workspaceId), branchId, 'calendarId');
  }

  /** Resolves once all that is in the log now is known here. */
  current(): Promise<void> {
    return this.log.current();
  }

  /** Resolves once everything up to the position is known here. */
  reached(position: Position): Promise<void> {
    return this.log.reached(position);
  }

  private branchesAsOf(workspaceId: string, instant: string): Tree {
    const events = this.pages.get(`branch ${workspaceId}`)?.events ?? [];
    // In the order of the log: a clock that went back must not hide an earlier change behind a later one.
    const later = events.findIndex(({ recordedAt }) => Date.parse(recordedAt) > Date.parse(instant));
    if (later === -1) return this.tree('branch', workspaceId);
    return events.slice(0, later).reduce(evolved, emptyTree('branch'));
  }

  private fold(event: Recorded<UnitEvent>): void {
    const { kind } = event.data;
    const key = `${kind} ${event.workspaceId}`;
    const page = this.pages.get(key) ?? { tree: emptyTree(kind), events: [] };
    page.tree = evolved(page.tree, event);
    page.events.push(event);
    this.pages.set(key, page);
  }
}

function codesUp(tree: Tree, branchId: string): readonly string[] {
  const path = pathUp(tree, branchId).map(({ code }) => code);
  return path.length > 0 ? path : [branchId];
}

const evolved = (tree: Tree, event: Recorded<UnitEvent>): Tree => evolve(tree, event, event);
