import type { Decider } from '#libs/kernel/domain/decider';
import type { Command } from '#libs/kernel/domain/message';
import { ChangedSince, NotPossibleNow, OrganizationInvalid, UnknownHere } from '../organization.errors.js';
import { isFitting, say, settingRegistry, type SettingDefinition } from './setting.registry.js';
import type { SettingEvent } from './setting.events.js';
import { entryAt, evolve, type SettingBook } from './setting.state.js';

/** Without a value it is given up: what holds above it holds again. */
export type ChangeSetting = Command<
  'ChangeSetting',
  { readonly key: string; readonly value?: unknown; readonly branchId?: string; readonly effectiveFrom?: string },
  {
    readonly branchIsThere: boolean;
    /** A calendar of this key exists, where the value names one. */
    readonly calendarIsThere: boolean;
    readonly expectedRevision?: bigint | undefined;
  }
>;

function decide({ data, facts, metadata }: ChangeSetting, book: SettingBook): SettingEvent[] {
  const { key, branchId = null } = data;
  const { now } = metadata;
  const definition = Object.hasOwn(settingRegistry, key) ? settingRegistry[key] : undefined;
  if (!definition) throw new UnknownHere(`There is no setting ${key}.`);
  const revision = book.findLast((entry) => entry.key === key)?.revision ?? -1n;
  if (facts.expectedRevision !== undefined && facts.expectedRevision !== revision) throw new ChangedSince(revision);
  if (definition.scope === 'system')
    throw new NotPossibleNow(`${key} is set by ${definition.variable} in the environment of the program.`);
  check(data, definition, facts);
  const effectiveFrom = new Date(data.effectiveFrom ?? now).toISOString();
  if (effectiveFrom < now)
    throw new OrganizationInvalid('/effectiveFrom', 'in-the-past', 'What held in the past stays as it was.');
  const before = entryAt(book, key, branchId, effectiveFrom);
  if (before?.value === data.value) return [];
  const where = { key, branchId, effectiveFrom, at: now };
  const { value } = data;
  if (value === undefined) return [{ type: 'SettingCleared', data: where }];
  return isFitting(definition, value) ? [{ type: 'SettingChanged', data: { ...where, value } }] : [];
}

function check(
  { key, value, branchId }: ChangeSetting['data'],
  definition: SettingDefinition,
  { branchIsThere, calendarIsThere }: ChangeSetting['facts'],
): void {
  if (value !== undefined && !isFitting(definition, value))
    throw new OrganizationInvalid('/value', 'invalid', `The value of ${key} is ${say(definition)}.`);
  if (key === 'review-calendar' && value !== undefined && !calendarIsThere)
    throw new OrganizationInvalid('/value', 'unknown', 'There is no calendar of this key.');
  if (branchId === undefined) return;
  if (definition.scope !== 'branch')
    throw new OrganizationInvalid('/branchId', 'not-supported', `${key} holds for the whole workspace.`);
  if (!branchIsThere) throw new OrganizationInvalid('/branchId', 'unknown', 'There is no such branch.');
}

export const settingDecider: Decider<SettingBook, ChangeSetting, SettingEvent> = {
  initialState: [],
  evolve,
  decide,
};
