import { Injectable } from '@nestjs/common';
import { NotFound } from '#libs/event-store/application/errors';
import { anId, cursorAfter, pageOf, readCursor, type Page } from '#libs/kernel/application/page';
import type { Recorded } from '#libs/kernel/domain/message';
import { changesBetween } from '../../domain/changes.js';
import type { PositionEvent } from '../../domain/positions/position.events.js';
import { evolve, noPositions, type Position, type Positions } from '../../domain/positions/position.state.js';
import type { AtRevision } from '../organization-command.js';
import { positionsOf, PositionStreams } from './position-streams.js';

export interface PositionListRequest {
  readonly workspaceId: string;
  /** Part of the code or the title, in any case. */
  readonly text?: string | undefined;
  readonly department?: readonly string[] | undefined;
  readonly active?: boolean | undefined;
  readonly asOf?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

const LIST = 'position-list';

/** Positions, read from their stream: what was changed a moment ago is shown. */
@Injectable()
export class PositionQueries {
  constructor(private readonly streams: PositionStreams) {}

  /** By code. Throws `InvalidCursor`. */
  async list({
    workspaceId,
    text,
    department,
    active,
    asOf,
    limit,
    cursor,
  }: PositionListRequest): Promise<Page<Position>> {
    const [after] = readCursor(LIST, cursor, [anId]) ?? [];
    const wanted = text?.trim().toLowerCase();
    const found = [...(await this.at(workspaceId, asOf)).values()]
      .filter(({ code }) => after === undefined || code > after)
      .filter((it) => active === undefined || it.active === active)
      .filter(({ departmentId }) => !department?.length || (departmentId !== null && department.includes(departmentId)))
      .filter(
        ({ code, title }) => wanted === undefined || [code, title].some((it) => it.toLowerCase().includes(wanted)),
      )
      .toSorted((a, b) => (a.code < b.code ? -1 : 1));
    return pageOf(
      found.slice(0, limit + 1),
      limit,
      (it) => it,
      ({ code }) => cursorAfter(LIST, [code]),
    );
  }

  /** @throws NotFound */
  async one(workspaceId: string, code: string, asOf?: string): Promise<AtRevision<Position>> {
    const view = (await this.at(workspaceId, asOf)).get(code);
    if (!view) throw new NotFound();
    return { view, revision: view.revision };
  }

  /** Oldest first. @throws NotFound */
  async history(workspaceId: string, code: string): Promise<readonly Recorded<PositionEvent>[]> {
    return (await this.changes(workspaceId, code)).map(({ event }) => event);
  }

  /** Between two revisions of its history; the newest change unless told. @throws NotFound */
  async diff(workspaceId: string, code: string, asked: { from?: number; to?: number }) {
    const changes = await this.changes(workspaceId, code);
    const revisions = changes.map(({ event }) => Number(event.revision));
    const { to = revisions.at(-1) ?? 0 } = asked;
    const { from = revisions.findLast((revision) => revision < to) ?? to } = asked;
    const [first = 0] = revisions;
    if (Math.min(from, to) < first) throw new NotFound(`Its history begins with revision ${first}.`);
    const at = (revision: number) => changes.findLast(({ event }) => event.revision <= revision)?.after ?? {};
    return { view: { from, to, fields: changesBetween(at(from), at(to)) }, revision: changes.at(-1)!.event.revision };
  }

  private async changes(workspaceId: string, code: string) {
    const events = await this.streams.history(positionsOf(workspaceId));
    let positions = noPositions;
    const changes = events.flatMap((event) => {
      positions = evolve(positions, event, event);
      if (event.data.code !== code) return [];
      const { revision: _, ...after } = positions.get(code)!;
      return [{ event, after: { ...after, defaultRoles: [...after.defaultRoles] } }];
    });
    if (changes.length === 0) throw new NotFound();
    return changes;
  }

  private async at(workspaceId: string, asOf: string | undefined): Promise<Positions> {
    const id = positionsOf(workspaceId);
    return (await (asOf === undefined ? this.streams.load(id) : this.streams.loadAt(id, { asOf }))).state;
  }
}
