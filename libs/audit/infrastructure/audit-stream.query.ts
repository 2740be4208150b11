import { Injectable } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { NotFound } from '#libs/event-store/application/errors';
import { EventStore } from '#libs/event-store/application/event-store';
import type { RowAccess } from '#libs/identity/application/row-access';
import { cursorAfter, pageOf, readCursor, type Page } from '#libs/kernel/application/page';
import type { ActorKind } from '#libs/kernel/domain/message';
import { CaseAccess } from './read-models/audit-trail/case-access.query.js';

/** One line of `GET /audit/streams/{stream}/events`. */
export interface StreamEvent {
  readonly id: string;
  readonly type: string;
  readonly revision: number;
  readonly position: string;
  readonly recordedAt: string;
  readonly actor: { readonly id: string; readonly kind: ActorKind; readonly onBehalfOf: string | null };
  readonly correlationId: string;
  readonly causationId: string;
  readonly commandId: string;
  readonly commandType: string;
  readonly data: unknown;
}

export interface StreamEventsRequest {
  readonly access: RowAccess;
  /** `<category>-<id>` */
  readonly stream: string;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

const CURSOR = 'stream';
const aRevision = (text: string) => /^\d{1,15}$/u.test(text);

/** The recorded events of one stream, oldest first: a strong read, personal fields readable unless erased. */
@Injectable()
export class AuditStream {
  constructor(
    private readonly store: EventStore,
    private readonly codec: Codec,
    private readonly cases: CaseAccess,
  ) {}

  /** Throws `NotFound` for a stream that does not exist or that the reader may not see, `InvalidCursor`. */
  async events({ access, stream, limit, cursor }: StreamEventsRequest): Promise<Page<StreamEvent>> {
    const [after] = readCursor(CURSOR, cursor, [aRevision]) ?? [];
    const from = after === undefined ? 0n : BigInt(after) + 1n;
    const { events, revision } = await this.store.readStream(stream, { from, max: limit + 1 });
    const [first] = events.length > 0 || revision === -1n ? events : await this.firstOf(stream);
    if (first?.metadata.workspaceId !== access.workspaceId) throw new NotFound();
    if (!(await this.cases.mayRead(access, stream))) throw new NotFound();

    const recorded = await this.codec.decode(events);
    return pageOf(
      recorded,
      limit,
      ({ id, type, revision: at, position, recordedAt, actor, data, ...it }) => ({
        id,
        type,
        revision: Number(at),
        position,
        recordedAt,
        actor: {
          id: actor.id,
          kind: actor.kind,
          onBehalfOf: actor.onBehalfOf ?? null,
        },
        correlationId: it.correlationId,
        causationId: it.causationId,
        commandId: it.commandId,
        commandType: it.commandType,
        data,
      }),
      (last) => cursorAfter(CURSOR, [String(last.revision)]),
    );
  }

  private async firstOf(stream: string) {
    const { events } = await this.store.readStream(stream, { max: 1 });
    return events;
  }
}
