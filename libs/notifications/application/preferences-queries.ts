import { Injectable } from '@nestjs/common';
import { Directory } from '#libs/identity/application/directory';
import { noPreferences, type Preferences } from '../domain/preferences.decider.js';
import { PreferencesStreams } from './preferences-streams.js';
import { Vault } from './vault.js';

/** One's own preferences; of the chat only whether there is an address. */
export type PreferencesView = Omit<Preferences, 'chatAddressId'> & { readonly hasChat: boolean };

export const preferencesView = ({ chatAddressId, ...view }: Preferences): PreferencesView => ({
  ...view,
  hasChat: chatAddressId !== null,
});

/** Where somebody is reached, read from the log when it is needed; whoever has left meanwhile is not reached. */
@Injectable()
export class PreferencesQueries {
  constructor(
    private readonly preferences: PreferencesStreams,
    private readonly vault: Vault,
    private readonly directory: Directory,
  ) {}

  async own(userId: string): Promise<{ view: PreferencesView; revision: bigint | undefined }> {
    const { state, revision, exists } = await this.preferences.load(userId);
    return { view: preferencesView(exists ? state : noPreferences), revision: exists ? revision : undefined };
  }

  async emailOf(workspaceId: string, userId: string): Promise<string | undefined> {
    return (await this.ofActive(workspaceId, userId))?.email ?? undefined;
  }

  async chatUrlOf(workspaceId: string, userId: string): Promise<string | undefined> {
    const { chatAddressId = null } = (await this.ofActive(workspaceId, userId)) ?? {};
    const url = chatAddressId === null ? undefined : await this.vault.open(chatAddressId);
    return typeof url === 'string' ? url : undefined;
  }

  private async ofActive(workspaceId: string, userId: string): Promise<Preferences | undefined> {
    if (!this.directory.snapshot(workspaceId).person(userId)?.active) return undefined;
    return (await this.preferences.load(userId)).state;
  }
}
