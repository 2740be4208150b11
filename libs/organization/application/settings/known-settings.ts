import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore, type Position } from '#libs/event-store/application/event-store';
import { FollowedLog } from '#libs/event-store/application/followed-log';
import type { Recorded } from '#libs/kernel/domain/message';
import { settingRegistry, type SettingKey, type WorkspaceSettings } from '../../domain/settings/setting.registry.js';
import { settingEvents, type SettingEvent } from '../../domain/settings/setting.events.js';
import { evolve, inForce, type SettingBook } from '../../domain/settings/setting.state.js';
import { Branches } from '../branches.js';
import { Settings } from './settings.js';

/** The settings of all workspaces, folded from the log into memory and kept up to date. */
@Injectable()
export class KnownSettings extends Settings implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log: FollowedLog<SettingEvent>;
  private readonly books = new Map<string, SettingBook>();

  constructor(
    store: EventStore,
    codec: Codec,
    private readonly branches: Branches,
  ) {
    super();
    this.log = new FollowedLog(store, codec, {
      name: KnownSettings.name,
      types: settingEvents.map(({ type }) => type),
      fold: (event) => this.fold(event),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.log.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.log.stop();
  }

  override value<K extends SettingKey>(workspaceId: string, key: K, instant: string, branchId?: string) {
    const branches = branchId === undefined ? [] : this.branches.above(workspaceId, branchId);
    const book = this.books.get(workspaceId) ?? [];
    // What was stored under this key was of its type: it is checked before it is recorded.
    return inForce(book, key, settingRegistry[key]!, branches, instant).value as WorkspaceSettings[K];
  }

  /** Resolves once everything up to the position is known here. */
  reached(position: Position): Promise<void> {
    return this.log.reached(position);
  }

  private fold(event: Recorded<SettingEvent>): void {
    const { workspaceId } = event;
    this.books.set(workspaceId, evolve(this.books.get(workspaceId) ?? [], event, event));
  }
}
