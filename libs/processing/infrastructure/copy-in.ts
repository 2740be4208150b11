import type { Connection } from 'pg';

/** What the driver calls on a statement it was given; this much of it is enough for COPY FROM STDIN. */
export class CopyIn {
  constructor(
    private readonly text: string,
    private readonly chunks: readonly string[],
    private readonly callback: (error?: Error) => void,
  ) {}

  private failed = false;

  submit(connection: Connection): void {
    connection.query(this.text);
  }

  handleCopyInResponse(connection: Connection): void {
    const wire = connection as unknown as { sendCopyFromChunk(chunk: Buffer): void; endCopyFrom(): void };
    for (const chunk of this.chunks) wire.sendCopyFromChunk(Buffer.from(chunk));
    wire.endCopyFrom();
  }

  handleError(error: Error): void {
    if (this.failed) return;
    this.failed = true;
    this.callback(error);
  }

  handleReadyForQuery(): void {
    if (!this.failed) this.callback();
  }

  handleCommandComplete(): void {}
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
}
