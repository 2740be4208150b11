import { Injectable } from '@nestjs/common';
import { NotFound } from '#libs/event-store/application/errors';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import type { CommandMetadata, Recorded } from '#libs/kernel/domain/message';
import { CalendarCatalogue } from '#libs/workflows/application/calendar-catalogue';
import type { FieldChange } from '#libs/kernel/domain/field-diff';
import { changesBetween } from '../../domain/changes.js';
import type { ChangeSetting } from '../../domain/settings/setting.decider.js';
import {
  settingRegistry,
  type SettingDefinition,
  type SettingValue,
  type SystemSettings,
} from '../../domain/settings/setting.registry.js';
import type { SettingEvent } from '../../domain/settings/setting.events.js';
import {
  inForce,
  knownAt,
  type InForce,
  type SettingBook,
  type SettingEntry,
} from '../../domain/settings/setting.state.js';
import { Branches } from '../branches.js';
import type { AtRevision, CommandOptions } from '../organization-command.js';
import { KnownSettings } from './known-settings.js';
import { settingsOf, SettingStreams } from './setting-streams.js';

/** A setting with what holds now. Of a secret one it is only told whether there is a value. */
export interface SettingView extends Omit<InForce, 'value'> {
  readonly key: string;
  readonly description: string;
  readonly scope: string;
  readonly schema: object;
  readonly secret: boolean;
  readonly variable: string | null;
  readonly default: SettingValue;
  readonly value: SettingValue;
  readonly isSet: boolean;
}

export interface SettingDetail extends SettingView {
  /** What was said and holds or will hold, in the order of the log. */
  readonly entries: readonly Omit<SettingEntry, 'revision' | 'key'>[];
  /** Of the last change; null while there was none. */
  readonly revision: number | null;
}

/** What the environment says, as it was read at the start. */
export class SystemValues {
  constructor(readonly values: SystemSettings) {}
}

/** Reads and changes settings; reads come from the stream. */
@Injectable()
export class SettingDesk {
  constructor(
    private readonly streams: SettingStreams,
    private readonly known: KnownSettings,
    private readonly branches: Branches,
    private readonly calendars: CalendarCatalogue,
    private readonly system: SystemValues,
  ) {}

  async change(
    data: ChangeSetting['data'],
    metadata: CommandMetadata,
    { expectedRevision, dryRun }: CommandOptions,
  ): Promise<Outcome<SettingBook>> {
    const { workspaceId } = metadata;
    const { value, branchId } = data;
    const facts = {
      branchIsThere: branchId !== undefined && this.branches.isThere(workspaceId, branchId),
      calendarIsThere: typeof value === 'string' && (await this.calendars.has(workspaceId, value)),
      expectedRevision,
    };
    const order = { type: 'ChangeSetting', data, facts, metadata } as const;
    const outcome = await this.streams.handle(settingsOf(workspaceId), order, { dryRun });
    await this.known.reached(outcome.receipt.position);
    return outcome;
  }

  async list(workspaceId: string, now: string): Promise<SettingView[]> {
    const { state } = await this.streams.load(settingsOf(workspaceId));
    return Object.keys(settingRegistry).map((key) => this.view(state, key, [], now));
  }

  async detail(workspaceId: string, key: string, now: string): Promise<SettingDetail> {
    const { state } = await this.streams.load(settingsOf(workspaceId));
    const own = state.filter((entry) => entry.key === key);
    const entries = own.map(entryOf);
    const revision = own.at(-1)?.revision;
    return {
      ...this.view(state, key, [], now),
      entries,
      revision: revision === undefined ? null : Number(revision),
    };
  }

  /** Everything that holds in a branch, or in the workspace, at an instant, by what was known and stood above it then. */
  async effective(workspaceId: string, branchId: string | undefined, instant: string): Promise<SettingView[]> {
    if (branchId !== undefined && !this.branches.isThere(workspaceId, branchId))
      throw new NotFound('There is no such branch.');
    const branches = branchId === undefined ? [] : this.branches.aboveAsOf(workspaceId, branchId, instant);
    const { state } = await this.streams.load(settingsOf(workspaceId));
    const known = knownAt(state, instant);
    return Object.keys(settingRegistry).map((key) => this.view(known, key, branches, instant));
  }

  /** Oldest first. A secret is never in it: those are set by the environment. */
  async history(workspaceId: string, key: string): Promise<readonly Recorded<SettingEvent>[]> {
    definitionOf(key);
    const events = await this.streams.history(settingsOf(workspaceId));
    return events.filter(({ data }) => data.key === key);
  }

  /** What was said at two revisions of the history, whether it held already or not. */
  async diff(
    workspaceId: string,
    key: string,
    asked: { from?: number; to?: number },
  ): Promise<AtRevision<{ from: number; to: number; fields: readonly FieldChange[] }>> {
    definitionOf(key);
    const { state } = await this.streams.load(settingsOf(workspaceId));
    const own = state.filter((entry) => entry.key === key);
    const revisions = own.map(({ revision }) => Number(revision));
    const { to = revisions.at(-1) } = asked;
    if (to === undefined) throw new NotFound('Nobody has changed this setting yet.');
    const { from = revisions.findLast((revision) => revision < to) ?? to } = asked;
    const at = (revision: number) => {
      const branches: Record<string, SettingValue> = {};
      let workspace: SettingValue | null = null;
      for (const { branchId, value, revision: changed } of own) {
        if (changed > revision) break;
        if (branchId === null) workspace = value ?? null;
        else if (value === undefined) delete branches[branchId];
        else branches[branchId] = value;
      }
      return { workspace, branches };
    };
    return { view: { from, to, fields: changesBetween(at(from), at(to)) }, revision: own.at(-1)?.revision ?? 0n };
  }

  private view(book: SettingBook, key: string, branches: readonly string[], instant: string): SettingView {
    const definition = definitionOf(key);
    const { description, scope, schema, secret = false, variable = null } = definition;
    const found = this.holds(book, key, definition, branches, instant);
    return {
      key,
      description,
      scope,
      schema,
      secret,
      variable,
      default: definition.default,
      ...found,
      value: secret ? null : found.value,
      isSet: found.source !== 'default',
    };
  }

  private holds(
    book: SettingBook,
    key: string,
    definition: SettingDefinition,
    branches: readonly string[],
    instant: string,
  ): InForce {
    if (definition.scope !== 'system') return inForce(book, key, definition, branches, instant);
    const value = this.system.values[key] ?? null;
    return { value, source: value === definition.default ? 'default' : 'system', branchId: null };
  }
}

function definitionOf(key: string): SettingDefinition {
  const definition = Object.hasOwn(settingRegistry, key) ? settingRegistry[key] : undefined;
  if (!definition) throw new NotFound(`There is no setting ${key}.`);
  return definition;
}

const entryOf = ({ branchId, value, effectiveFrom, at }: SettingEntry) => ({
  branchId,
  effectiveFrom,
  at,
  ...(value !== undefined && { value }),
});
