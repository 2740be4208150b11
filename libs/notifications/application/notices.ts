import { derivedId } from '#libs/kernel/domain/ids';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { DomainEvent } from '#libs/kernel/domain/message';
import type { ProcessManager, Reaction } from '#libs/processing/application/process-manager';
import { telling } from '../domain/concern.js';
import type { PreferencesEvent } from '../domain/preferences.events.js';

/** Where the messages of this process manager go. */
export const NOTICE_TARGET = 'notifications.notice';

/** Names an event that somebody may have to be told of. */
export interface NoticeOrder extends JsonObject {
  readonly streamId: string;
  readonly revision: number;
}

/** Whether anybody in a workspace has ever wished to be told anything. */
export type Listening = { readonly wanted: boolean };

/**
 * Passes on what people may have to be told of, from the moment the first of their workspace wishes to be told. Who is
 * concerned is found out from the review's own stream by the target, only then.
 */
export const notices: ProcessManager<DomainEvent<(typeof telling)[number], JsonObject> | PreferencesEvent, Listening> =
  {
    name: 'notices',
    version: 2,
    types: [...telling, 'NotificationPreferencesSet'],
    key: ({ workspaceId }) => workspaceId,
    initialState: { wanted: false },
    react(event, listening): Reaction<Listening> {
      if (event.type === 'NotificationPreferencesSet') {
        const wishes = event.data.mail.length > 0 || event.data.chat.length > 0;
        return { state: wishes && !listening.wanted ? { wanted: true } : listening };
      }
      if (!listening.wanted) return { state: listening };
      const { id, workspaceId, streamId, revision } = event;
      const payload: NoticeOrder = { streamId, revision: Number(revision) };
      return {
        state: listening,
        outbox: [{ id: derivedId(id, 'notice'), workspaceId, target: NOTICE_TARGET, orderingKey: streamId, payload }],
      };
    },
  };
