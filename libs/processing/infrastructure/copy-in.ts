import type { Connection } from 'pg';

/** The part of the driver's connection that COPY needs. */
type CopyConnection = Connection & {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
};

/**
 * COPY FROM STDIN as the driver runs statements: it calls these methods. Pieces are made one by one, so that the server
 * works on the first while the second is written, and others in this process get their turn in between.
 */
export class CopyIn {
  private failed = false;
  /** Why we broke off ourselves; the server then only repeats that we did. */
  private ours: unknown;

  constructor(
    private readonly text: string,
    private readonly pieces: Iterable<string>,
    private readonly callback: (error?: unknown) => void,
  ) {}

  submit(connection: Connection): void {
    connection.query(this.text);
  }

  handleCopyInResponse(connection: Connection): void {
    const wire = connection as CopyConnection;
    const pieces = this.pieces[Symbol.iterator]();
    const send = () => {
      if (this.failed) return;
      try {
        const { done, value } = pieces.next();
        if (done) return wire.endCopyFrom();
        wire.sendCopyFromChunk(Buffer.from(value));
        setImmediate(send);
      } catch (error) {
        this.ours = error;
        wire.sendCopyFail('a row could not be written');
      }
    };
    send();
  }

  handleError(error: unknown): void {
    if (this.failed) return;
    this.failed = true;
    this.callback(this.ours ?? error);
  }

  handleReadyForQuery(): void {
    if (!this.failed) this.callback();
  }

  // The driver calls these too; COPY has no rows.
  handleCommandComplete(): void {}
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
}
