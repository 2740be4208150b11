import type { Command } from '#libs/kernel/domain/message';

/** What a client may say about a unit; null: as above it. */
export interface UnitDetails {
  readonly name?: string;
  /** Null: at the top. */
  readonly parentId?: string | null;
  readonly managerId?: string | null;
  readonly timezone?: string | null;
  /** The key of a calendar. */
  readonly calendarId?: string | null;
}

/** What other rooms know about what the command names. */
export interface UnitFacts {
  /** The manager it names is an active person here. */
  readonly managerIsThere: boolean;
  readonly calendarIsThere: boolean;
  /** Active people who belong to the unit. */
  readonly people: number;
  /** The client's `If-Match`: it speaks of the unit, not of the stream. */
  readonly expectedRevision?: bigint | undefined;
}

export type OpenUnit = Command<'OpenUnit', UnitDetails & { readonly code: string; readonly name: string }, UnitFacts>;
export type ChangeUnit = Command<'ChangeUnit', UnitDetails & { readonly code: string }, UnitFacts>;
export type DeactivateUnit = Command<'DeactivateUnit', { readonly code: string }, UnitFacts>;
export type ActivateUnit = Command<'ActivateUnit', { readonly code: string }, UnitFacts>;

export type UnitCommand = OpenUnit | ChangeUnit | DeactivateUnit | ActivateUnit;
