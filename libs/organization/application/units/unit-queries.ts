import { Injectable } from '@nestjs/common';
import { NotFound } from '#libs/event-store/application/errors';
import { anId, cursorAfter, pageOf, readCursor, type Page } from '#libs/kernel/application/page';
import { changesBetween } from '../../domain/changes.js';
import type { UnitEvent, UnitKind } from '../../domain/units/unit.events.js';
import { emptyTree, evolve, pathUp, type Tree, type Unit } from '../../domain/units/unit.tree.js';
import type { Recorded } from '#libs/kernel/domain/message';
import type { AtRevision } from '../organization-command.js';
import { treeOf, UnitStreams } from './unit-streams.js';

/** A unit as it is shown. */
export interface UnitView extends Omit<Unit, 'revision'> {
  readonly id: string;
  /** Codes from the top down to this one. */
  readonly path: readonly string[];
  readonly revision: number;
}

export interface UnitListRequest {
  readonly workspaceId: string;
  /** Part of the code or the name, in any case. */
  readonly text?: string | undefined;
  readonly parent?: string | undefined;
  readonly active?: boolean | undefined;
  readonly asOf?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Branches and departments, read from their stream: what was changed a moment ago is shown. */
@Injectable()
export class UnitQueries {
  constructor(private readonly streams: UnitStreams) {}

  /** By code. Throws `InvalidCursor`. */
  async list(kind: UnitKind, request: UnitListRequest): Promise<Page<UnitView>> {
    const { workspaceId, text, parent, active, asOf, limit, cursor } = request;
    const [after] = readCursor(`${kind}-list`, cursor, [anId]) ?? [];
    const tree = await this.tree(kind, workspaceId, asOf);
    const wanted = text?.trim().toLowerCase();
    const found = [...tree.units.values()]
      .filter(({ code }) => after === undefined || code > after)
      .filter((unit) => parent === undefined || unit.parentId === parent)
      .filter((unit) => active === undefined || unit.active === active)
      .filter(({ code, name }) => wanted === undefined || [code, name].some((it) => it.toLowerCase().includes(wanted)))
      .toSorted((a, b) => (a.code < b.code ? -1 : 1))
      .slice(0, limit + 1);
    return pageOf(
      found,
      limit,
      (unit) => viewOf(tree, unit),
      ({ code }) => cursorAfter(`${kind}-list`, [code]),
    );
  }

  async one(kind: UnitKind, workspaceId: string, code: string, asOf?: string): Promise<AtRevision<UnitView>> {
    const tree = await this.tree(kind, workspaceId, asOf);
    const unit = tree.units.get(code);
    if (!unit) throw new NotFound();
    return { view: viewOf(tree, unit), revision: unit.revision };
  }

  /** Oldest first. The root branch has none before the first change of any branch. */
  async history(kind: UnitKind, workspaceId: string, code: string): Promise<readonly Recorded<UnitEvent>[]> {
    const changes = await this.changes(kind, workspaceId, code);
    return changes.map(({ event }) => event);
  }

  /** Between two revisions of its history; the newest change unless told. */
  async diff(kind: UnitKind, workspaceId: string, code: string, asked: { from?: number; to?: number }) {
    const changes = await this.changes(kind, workspaceId, code);
    const revisions = changes.map(({ event }) => Number(event.revision));
    const { to = revisions.at(-1) ?? 0 } = asked;
    const { from = revisions.findLast((revision) => revision < to) ?? to } = asked;
    const [first = 0] = revisions;
    if (Math.min(from, to) < first) throw new NotFound(`Its history begins with revision ${first}.`);
    const at = (revision: number) => changes.findLast(({ event }) => event.revision <= revision)?.after ?? {};
    const view = { from, to, fields: changesBetween(at(from), at(to)) };
    return { view, revision: changes.at(-1)?.event.revision ?? 0n };
  }

  /** What has happened to one unit, with what it was after it. */
  private async changes(kind: UnitKind, workspaceId: string, code: string) {
    const events = (await this.streams.of(kind).history(treeOf(kind, workspaceId))) as readonly Recorded<UnitEvent>[];
    let tree = emptyTree(kind);
    const changes = events.flatMap((event) => {
      tree = evolve(tree, event, event);
      return event.data.code === code ? [{ event, after: fieldsOf(tree.units.get(code)) }] : [];
    });
    if (changes.length === 0 && !tree.units.has(code)) throw new NotFound();
    return changes;
  }

  private async tree(kind: UnitKind, workspaceId: string, asOf: string | undefined): Promise<Tree> {
    const streams = this.streams.of(kind);
    const id = treeOf(kind, workspaceId);
    const { state } = await (asOf === undefined ? streams.load(id) : streams.loadAt(id, { asOf }));
    return state;
  }
}

const viewOf = (tree: Tree, unit: Unit): UnitView => ({
  id: unit.code,
  ...unit,
  path: pathUp(tree, unit.code)
    .map(({ code }) => code)
    .toReversed(),
  revision: Number(unit.revision),
});

function fieldsOf(unit: Unit | undefined) {
  if (!unit) return {};
  const { code, name, parentId, managerId, timezone, calendarId, active } = unit;
  return { code, name, parentId, managerId, timezone, calendarId, active };
}
