import type { EventContext } from '#libs/kernel/domain/decider';
import { unreachable } from '#libs/kernel/domain/unreachable';
import type { Money, PositionEvent } from './position.events.js';

export interface Position {
  readonly code: string;
  readonly title: string;
  readonly departmentId: string | null;
  readonly grade: string | null;
  readonly approvalLimit: Money | null;
  readonly defaultRoles: readonly string[];
  readonly active: boolean;
  /** Of the stream, after the last change of this position. */
  readonly revision: bigint;
}

/** The positions of a workspace, by code. */
export type Positions = ReadonlyMap<string, Position>;

export const noPositions: Positions = new Map();

/** Facts only: nothing is checked here, because everything here has already happened. */
export function evolve(
  positions: Positions,
  { type, data }: PositionEvent,
  { revision }: Pick<EventContext, 'revision'>,
): Positions {
  const { at: _, ...told } = data;
  const before = positions.get(told.code);
  const put = (position: Position) => new Map(positions).set(told.code, position);
  switch (type) {
    case 'PositionOpened':
    case 'PositionDescribed':
      return put({ active: true, ...before, ...(told as Omit<Position, 'active' | 'revision'>), revision });
    case 'PositionDeactivated':
      return before ? put({ ...before, active: false, revision }) : positions;
    case 'PositionActivated':
      return before ? put({ ...before, active: true, revision }) : positions;
    default:
      return unreachable(type);
  }
}
