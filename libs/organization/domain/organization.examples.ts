import { derivedId } from '#libs/kernel/domain/ids';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { UnitCommand, UnitFacts } from './units/unit.commands.js';
import type { UnitEvent, UnitKind } from './units/unit.events.js';
import { ROOT } from './units/unit.tree.js';

/** One day in the office: 23 November 2026. */
export const at = (time = '09:00'): string => `2026-11-23T${time}:00.000Z`;

export const metadata = (by = 'ada', now = at()): CommandMetadata => ({
  commandId: derivedId('example', by, now),
  commandHash: 'hash',
  actor: { id: by, kind: 'user', roles: [] },
  workspaceId: 'demo',
  now,
  correlationId: 'req-1',
  causationId: 'req-1',
});

/** Everybody and everything that a command names is there. */
const there: UnitFacts = { managerIsThere: true, calendarIsThere: true, people: 0 };

export const unitOrder = (type: UnitCommand['type'], data: object, facts: Partial<UnitFacts> = {}): UnitCommand =>
  ({ type, data, facts: { ...there, ...facts }, metadata: metadata() }) as UnitCommand;

export const opened = (code: string, parentId: string | null = ROOT.code, kind: UnitKind = 'branch'): UnitEvent => ({
  type: 'UnitOpened',
  data: { kind, code, parentId, name: code, managerId: null, timezone: null, calendarId: null, at: at() },
});

/** What every workspace's branches begin with, once there is one. */
export const root: UnitEvent = { type: 'UnitOpened', data: { kind: 'branch', ...ROOT, at: at() } };
