import { Injectable } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore } from '#libs/event-store/application/event-store';
import { StreamHandler } from '#libs/event-store/application/stream-handler';
import { derivedId } from '#libs/kernel/domain/ids';
import { settingDecider, type ChangeSetting } from '../../domain/settings/setting.decider.js';
import type { SettingEvent } from '../../domain/settings/setting.events.js';
import type { SettingBook } from '../../domain/settings/setting.state.js';

/** The stream of a workspace: this id behind `settings-`. */
export const settingsOf = (workspaceId: string): string => derivedId('settings', workspaceId);

/** The streams `settings-{id}`, one per workspace. */
@Injectable()
export class SettingStreams extends StreamHandler<SettingBook, ChangeSetting, SettingEvent> {
  constructor(store: EventStore, codec: Codec) {
    super(store, codec, { category: 'settings', decider: settingDecider, creates: () => true });
  }
}
