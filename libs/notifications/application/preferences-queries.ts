import { Injectable } from '@nestjs/common';
import { noPreferences, type Preferences } from '../domain/preferences.decider.js';
import { PreferencesStreams } from './preferences-streams.js';
import { Vault } from './vault.js';

/** One's own preferences; of the chat only whether there is an address. */
export type PreferencesView = Omit<Preferences, 'chatAddressId'> & { readonly hasChat: boolean };

export const preferencesView = ({ chatAddressId, ...view }: Preferences): PreferencesView => ({
  ...view,
  hasChat: chatAddressId !== null,
});

/** Where somebody is reached, read from the log when it is needed. */
@Injectable()
export class PreferencesQueries {
  constructor(
    private readonly preferences: PreferencesStreams,
    private readonly vault: Vault,
  ) {}

  async own(userId: string): Promise<{ view: PreferencesView; revision: bigint | undefined }> {
    const { state, revision, exists } = await this.preferences.load(userId);
    return { view: preferencesView(exists ? state : noPreferences), revision: exists ? revision : undefined };
  }

  async emailOf(userId: string): Promise<string | undefined> {
    return (await this.preferences.load(userId)).state.email ?? undefined;
  }

  async chatUrlOf(userId: string): Promise<string | undefined> {
    const { chatAddressId } = (await this.preferences.load(userId)).state;
    const url = chatAddressId === null ? undefined : await this.vault.open(chatAddressId);
    return typeof url === 'string' ? url : undefined;
  }
}
