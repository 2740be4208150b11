import type { SettingKey, WorkspaceSettings } from '../../domain/settings/setting.registry.js';

/** What a workspace has decided for itself, answered from memory: asking costs no I/O. */
export abstract class Settings {
  /** What holds at an instant (RFC 3339 UTC), in a branch where the setting knows branches. */
  abstract value<K extends SettingKey>(
    workspaceId: string,
    key: K,
    instant: string,
    branchId?: string,
  ): WorkspaceSettings[K];
}
