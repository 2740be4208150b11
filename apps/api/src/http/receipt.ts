import type { Receipt } from '#libs/event-store/application/stream-handler';

/** A receipt as it is sent. */
export interface ReceiptBody {
  readonly commandId: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: string;
  readonly events: readonly {
    readonly id: string;
    readonly type: string;
    readonly revision: number;
    readonly data?: unknown;
  }[];
  readonly state: object;
}

export const receiptBody = (
  { commandId, stream, revision, position, events }: Receipt,
  state: object,
): ReceiptBody => ({
  commandId,
  stream,
  revision: Number(revision),
  position,
  events: events.map((event) => ({ ...event, revision: Number(event.revision) })),
  state,
});
