import type { Command } from '#libs/kernel/domain/message';
import type { Money } from './position.events.js';

/** What may be said of a position; null takes away. */
export interface PositionDetails {
  readonly title?: string;
  readonly departmentId?: string | null;
  readonly grade?: string | null;
  readonly approvalLimit?: Money | null;
  readonly defaultRoles?: readonly string[];
}

export interface PositionFacts {
  /** The department that is named is there and active. */
  readonly departmentIsThere: boolean;
  /** Active people who are in it. */
  readonly people: number;
  /** The client's `If-Match`, which speaks of the position. */
  readonly expectedRevision?: bigint | undefined;
}

export type OpenPosition = Command<'OpenPosition', PositionDetails & { code: string; title: string }, PositionFacts>;
export type ChangePosition = Command<'ChangePosition', PositionDetails & { code: string }, PositionFacts>;
export type DeactivatePosition = Command<'DeactivatePosition', { code: string }, PositionFacts>;
export type ActivatePosition = Command<'ActivatePosition', { code: string }, PositionFacts>;

export type PositionCommand = OpenPosition | ChangePosition | DeactivatePosition | ActivatePosition;
