import type { Preferences } from '../domain/preferences.decider.js';

/** What somebody wishes to be told, without the addresses. */
export interface Wishes extends Pick<Preferences, 'mail' | 'chat' | 'digest' | 'quietHours' | 'timezone'> {
  readonly userId: string;
}

/** The wishes of many people at once, from a read model. */
export abstract class KnownPreferences {
  /** Of those who have said something. Throws `ReadModelBehind`. */
  abstract of(workspaceId: string, people: readonly string[]): Promise<readonly Wishes[]>;
}
