import type { EventContext } from '#libs/kernel/domain/decider';
import { unreachable } from '#libs/kernel/domain/unreachable';
import type { UnitEvent, UnitKind } from './unit.events.js';

/** A branch or a department. Its code is its id. */
export interface Unit {
  readonly code: string;
  readonly name: string;
  /** Null at the top. */
  readonly parentId: string | null;
  readonly managerId: string | null;
  readonly timezone: string | null;
  readonly calendarId: string | null;
  readonly active: boolean;
  /** Of the stream, after its last change. */
  readonly revision: bigint;
}

/** All branches, or all departments, of a workspace. */
export interface Tree {
  readonly kind: UnitKind;
  /** Whether anything was recorded yet. */
  readonly begun: boolean;
  readonly units: ReadonlyMap<string, Unit>;
}

/** Levels from the top, which is the first. */
export const MOST_LEVELS = 8;

/** The branch above all others. It is there without anybody opening it, and recorded with the first change. */
export const ROOT = {
  code: 'HQ',
  name: 'Head office',
  parentId: null,
  managerId: null,
  timezone: 'UTC',
  calendarId: null,
} as const;

export const emptyTree = (kind: UnitKind): Tree => ({
  kind,
  begun: false,
  units: new Map(kind === 'branch' ? [[ROOT.code, { ...ROOT, active: true, revision: 0n }]] : []),
});

/** Facts only: nothing is checked here, because everything here has already happened. */
export function evolve(tree: Tree, event: UnitEvent, { revision }: Pick<EventContext, 'revision'>): Tree {
  const { code } = event.data;
  const changed = (change: Partial<Unit>): Tree => {
    const unit = tree.units.get(code);
    return unit ? { ...tree, units: new Map(tree.units).set(code, { ...unit, ...change, revision }) } : tree;
  };
  switch (event.type) {
    case 'UnitOpened': {
      const { name, parentId, managerId, timezone, calendarId } = event.data;
      const unit = { code, name, parentId, managerId, timezone, calendarId, active: true, revision };
      return { ...tree, begun: true, units: new Map(tree.units).set(code, unit) };
    }
    case 'UnitDescribed': {
      const { name, managerId, timezone, calendarId } = event.data;
      return changed({ name, managerId, timezone, calendarId });
    }
    case 'UnitMoved':
      return changed({ parentId: event.data.parentId });
    case 'UnitDeactivated':
      return changed({ active: false });
    case 'UnitActivated':
      return changed({ active: true });
    default:
      return unreachable(event);
  }
}

/** The unit and all above it, nearest first; empty for one that is not known. */
export function pathUp({ units }: Tree, code: string | null): readonly Unit[] {
  const path: Unit[] = [];
  for (let unit = code === null ? undefined : units.get(code); unit; unit = units.get(unit.parentId ?? ''))
    path.push(unit);
  return path;
}

export const childrenOf = ({ units }: Tree, code: string): readonly Unit[] =>
  [...units.values()].filter(({ parentId }) => parentId === code);

/** The codes of a unit and of all below it; of one that is not known, itself. */
export function below({ units }: Tree, code: string): readonly string[] {
  const children = Map.groupBy(units.values(), ({ parentId }) => parentId);
  const found = [code];
  for (const each of found) for (const child of children.get(each) ?? []) found.push(child.code);
  return found;
}

/** Levels that a unit and what is below it take. */
export function levels(tree: Tree, code: string): number {
  const above = pathUp(tree, code).length;
  return Math.max(...below(tree, code).map((each) => pathUp(tree, each).length)) - above + 1;
}

/** What holds in a unit: its own, else that of the nearest above. */
export const inForce = (tree: Tree, code: string, detail: 'timezone' | 'calendarId' | 'managerId'): string | null =>
  pathUp(tree, code).find((unit) => unit[detail] !== null)?.[detail] ?? null;
