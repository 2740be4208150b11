import pg from 'pg';
import { farewell, socketOf } from '#libs/postgres/infrastructure/farewell';
import { CopyIn } from './copy-in.js';

/** How a process that works on the read models reaches their database. */
export interface SessionOptions {
  readonly connectionString: string;
  readonly applicationName?: string;
  /** Milliseconds a transaction may be silent before the server ends it; default 10 s. */
  readonly transactionSilenceMs?: number;
  /** False: a commit does not wait for the disk, and a crash of the server may undo it; default true. */
  readonly flushed?: boolean;
  /** Milliseconds a server may be silent that was asked something before the connection is given up; default 30 s. */
  readonly answerMs?: number;
}

/**
 * Settings that make the server let go of what a dead process held: a connection whose machine vanished is noticed by
 * keep-alive, one whose process hangs by its silence. Times come back in one form whatever the server's defaults are.
 */
const SETTINGS = [
  'tcp_keepalives_idle=2',
  'tcp_keepalives_interval=1',
  'tcp_keepalives_count=2',
  'tcp_user_timeout=4000',
  'client_connection_check_interval=1000',
  'statement_timeout=0',
  'timezone=UTC',
  'datestyle=ISO',
  'intervalstyle=iso_8601',
];

/** Text as the server sent it: columns are read by what the read model declares, not by what the driver guesses. */
const RAW = { getTypeParser: () => (value: string) => value };

export type RawRow = Record<string, string | null>;

/**
 * One connection for one loop of work. After an error of the connection it is spent: make another.
 * Statements go out at once, in the order in which they are given: whoever does not need one's answer for the next
 * gives them together and waits once.
 */
export class Session {
  private ended = false;
  private closing = false;
  /** Statements without an answer yet. */
  private readonly open = new Set<Promise<unknown>>();
  /** Over when a COPY under way is. */
  private copying: Promise<void> | undefined;
  private failure: Error | undefined;
  private gathering = false;
  private readonly listeners = new Set<(channel: string, payload: string, backend: number) => void>();

  private constructor(
    private readonly client: pg.Client,
    private readonly answerMs: number,
  ) {
    client.on('error', (error) => (this.failure ??= error));
    client.on('end', () => (this.ended = true));
    client.on('notification', ({ channel, payload, processId }) => {
      for (const listener of this.listeners) listener(channel, payload ?? '', processId);
    });
  }

  /** @param silence milliseconds without a statement after which the server ends the connection; 0 = never. */
  static async open(options: SessionOptions, silence = 0): Promise<Session> {
    const {
      connectionString,
      applicationName,
      transactionSilenceMs = 10_000,
      flushed = true,
      answerMs = 30_000,
    } = options;
    const settings = [
      ...SETTINGS,
      `idle_session_timeout=${silence}`,
      `idle_in_transaction_session_timeout=${transactionSilenceMs}`,
      ...(flushed ? [] : ['synchronous_commit=off']),
    ];
    const client = new pg.Client({
      connectionString,
      application_name: applicationName ?? 'countersign processing',
      keepAlive: true,
      keepAliveInitialDelayMillis: 2000,
      connectionTimeoutMillis: 5000,
      pipeline: true,
      options: settings.map((setting) => `-c ${setting}`).join(' '),
    });
    const session = new Session(client, answerMs);
    try {
      await client.connect();
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
    session.keepWatch();
    return session;
  }

  /** A server that is frozen, or a network that swallows everything, breaks no connection: we do, when it is silent. */
  private keepWatch(): void {
    const socket = socketOf(this.client);
    socket.setTimeout(this.answerMs);
    socket.on('timeout', () => {
      if (this.open.size > 0 || this.copying) socket.destroy(new Error('timeout: the database does not answer'));
    });
  }

  /** For statements that take long: waits for the server however silent it is. */
  async patiently<T>(work: () => Promise<T>): Promise<T> {
    const socket = socketOf(this.client);
    socket.setTimeout(0);
    try {
      return await work();
    } finally {
      socket.setTimeout(this.answerMs);
    }
  }

  get usable(): boolean {
    return !this.ended && !this.closing && this.failure === undefined;
  }

  /** Process id of the server's side. */
  get backend(): number {
    return (this.client as unknown as { processID: number }).processID;
  }

  /** One or several statements without parameters in one round trip; rows of the last one that has any. */
  async run(sql: string): Promise<RawRow[]> {
    const result: unknown = await this.send({ text: sql, types: RAW } as pg.QueryConfig);
    const results = (Array.isArray(result) ? result : [result]) as pg.QueryResult<RawRow>[];
    return results.findLast(({ fields }) => fields.length > 0)?.rows ?? [];
  }

  /** A statement with parameters; with a name it is prepared once per connection. */
  async rows(sql: string, values: readonly unknown[] = [], name?: string): Promise<RawRow[]> {
    const { rows } = await this.send<RawRow>({
      text: sql,
      values: [...values],
      types: RAW,
      ...(name !== undefined && { name }),
    } as pg.QueryConfig);
    return rows;
  }

  /** Like `rows`, each row as the list of its values: quicker where there are many. */
  async lists(sql: string, values: readonly unknown[], name: string): Promise<(string | null)[][]> {
    const query = { text: sql, values: [...values], types: RAW, name, rowMode: 'array' };
    return (await this.send<never>(query as unknown as pg.QueryConfig)).rows;
  }

  /** Like `rows`, for what changes rows. @returns how many. */
  async change(sql: string, values: readonly unknown[] = [], name?: string): Promise<number> {
    const result = await this.send({ text: sql, values: [...values], ...(name !== undefined && { name }) });
    return result.rowCount ?? 0;
  }

  /** `COPY … FROM STDIN` with the given pieces of text. Waits for what was given before it. */
  async copy(sql: string, pieces: Iterable<string>): Promise<void> {
    while (this.copying || this.open.size > 0) await (this.copying ?? Promise.allSettled(this.open));
    const { promise, resolve: over } = Promise.withResolvers<void>();
    this.copying = promise;
    this.pipelined(false);
    try {
      await new Promise<void>((resolve, reject) => {
        const copy = new CopyIn(sql, pieces, (error) => (error ? reject(error as Error) : resolve()));
        this.client.query(copy as unknown as pg.Query);
      });
    } finally {
      this.pipelined(true);
      this.copying = undefined;
      over();
    }
  }

  private async send<Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<pg.QueryResult<Row>> {
    while (this.copying) await this.copying;
    this.gather();
    const answer = this.client.query<Row>(query);
    this.open.add(answer);
    const settled = () => this.open.delete(answer);
    answer.then(settled, settled);
    return answer;
  }

  /** What is given together goes out as one piece: every write to a socket is a call to the kernel. */
  private gather(): void {
    if (this.gathering) return;
    this.gathering = true;
    const socket = socketOf(this.client);
    socket.cork();
    process.nextTick(() => {
      this.gathering = false;
      socket.uncork();
    });
  }

  /** The driver takes COPY, and ends a connection at once, only while it sends one thing at a time. */
  private pipelined(on: boolean): void {
    (this.client as { pipeline: boolean }).pipeline = on;
  }

  /** `backend`: the server's side of the connection that notified. */
  onNotification(listener: (channel: string, payload: string, backend: number) => void): void {
    this.listeners.add(listener);
  }

  /** Called once when the connection is gone. */
  onEnd(listener: () => void): void {
    this.client.once('end', listener);
  }

  async close(): Promise<void> {
    if (this.ended) return;
    this.closing = true;
    this.pipelined(false);
    await farewell(this.client);
  }
}

const IN_FAILED_TRANSACTION = '25P02';

/** The transaction that this was asked in has failed before. */
export const isInFailedTransaction = (error: unknown): boolean =>
  (error as { code?: unknown } | null)?.code === IN_FAILED_TRANSACTION;

/**
 * Waits for statements that were given together, all of them, so that nothing of theirs is still to come when somebody
 * rolls back. @throws what the first of them failed with; the others only say that it did.
 */
export async function together(statements: readonly (Promise<unknown> | false | undefined)[]): Promise<void> {
  const given = statements.filter((statement) => statement instanceof Promise);
  const failures = (await Promise.allSettled(given)).flatMap((end) =>
    end.status === 'rejected' ? [end.reason as unknown] : [],
  );
  if (failures.length === 0) return;
  throw failures.find((error) => !isInFailedTransaction(error)) ?? failures[0];
}

export const literal = (value: string): string => pg.escapeLiteral(value);
