import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from '../support/client.js';
import { publishedWorkflow, roleStep, startedReview } from '../support/scenario.js';
import { compare, latencies, median, quantile } from './measure.js';
import type { Result } from './result.js';

const CONNECTIONS = 32;
const REQUESTS = 1000;
const ROUNDS = 5;
const MOST_READS = 10;
/** Pairs of P7 that are not counted: by then the server is compiled and the statistics of new tables are there. */
const WARM_UP = 400;

interface Server {
  readonly url: string;
  readonly bareUrl: string;
  /** What another process needs to use the same log with the same keys. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** A program of this folder; `first` is its first line of JSON, `end` ends its input and answers its last line. */
async function startChild<First>(program: string, env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [...process.execArgv, join(import.meta.dirname, program)], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let last = '';
  const lines = createInterface({ input: child.stdout }).on('line', (text) => (last = text));
  await once(lines, 'line');
  const end = async () => {
    const ended = once(child, 'close');
    child.stdin.end();
    await ended;
    return JSON.parse(last) as unknown;
  };
  return { first: JSON.parse(last) as First, end };
}

/** The server of http-server.ts over a database, with or without the worker in it. */
export async function startServer(databaseUrl: string, worker: boolean): Promise<Server> {
  const dataDir = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  const env = { DATABASE_URL: databaseUrl, DATA_DIR: dataDir };
  const { first, end } = await startChild<{ port: number; barePort: number }>('http-server.js', {
    ...env,
    BENCH_WORKER: worker ? '1' : '0',
  });
  return {
    url: `http://127.0.0.1:${first.port}`,
    bareUrl: `http://127.0.0.1:${first.barePort}`,
    env,
    stop: async () => {
      await end();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

/** Requests per second over `CONNECTIONS` keep-alive connections; every one must be answered 2xx. */
async function post(url: string, path: () => string, token: string | undefined, body: () => object): Promise<number> {
  const { hostname, port } = new URL(url);
  const one = () =>
    new Promise<void>((done, failed) => {
      const text = JSON.stringify(body());
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
        'idempotency-key': randomUUID(),
        ...(token && { authorization: `Bearer ${token}` }),
      };
      const sent = request({ agent, hostname, port, path: path(), method: 'POST', headers }, (response) => {
        response.resume().once('end', () => {
          const { statusCode = 0 } = response;
          if (statusCode >= 300) failed(new Error(`answered ${statusCode}`));
          else done();
        });
      });
      sent.once('error', failed).end(text);
    });
  let left = REQUESTS;
  const caller = async () => {
    while (left-- > 0) await one();
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: CONNECTIONS }, caller));
  return (REQUESTS * 1000) / (performance.now() - start);
}

/** P3 and P4: the command API against the same stack with nothing and with a plain table behind it. */
export async function commandResults(databaseUrl: string): Promise<Result[]> {
  const server = await startServer(databaseUrl, false);
  try {
    const admin = await Client.login(server.url, 'admin');
    const officer = await Client.login(server.url, 'officer');
    const manager = await Client.login(server.url, 'manager');
    const workflow = await publishedWorkflow(admin, [roleStep('credit', 'manager', 2)]);
    const open = await manyReviews(officer, workflow, REQUESTS * (ROUNDS * 3 + 1));
    const next = () => `/api/v1/reviews/${open.pop()!}/decide`;
    const decide = () => ({ verdict: 'approve', reviewedRevision: 1, comment: 'Looks right' });
    const token = manager.accessToken;
    const contestants = {
      bare: () => post(server.bareUrl, () => `/${randomUUID()}/decide`, undefined, decide),
      fn: () => post(server.url, () => `/api/v1/bench-null/${randomUUID()}/decide`, token, decide),
      fc: () => post(server.url, () => `/api/v1/bench-crud/${randomUUID()}/decide`, token, decide),
      command: () => post(server.url, next, token, decide),
    };
    for (const warmUp of Object.values(contestants)) await warmUp();
    const { median: rates } = await compare(contestants, 'fn', ROUNDS);
    const [bare, fn, fc, command] = ['bare', 'fn', 'fc', 'command'].map((name) => rates[name]!) as [
      number,
      number,
      number,
      number,
    ];
    const figures = { 'command/s': command, 'FN/s': fn, 'FC/s': fc, 'bare/s': bare };
    return [
      {
        id: 'P3',
        what: 'command API / same stack, null handler',
        value: command / fn,
        unit: 'ratio',
        goal: { atLeast: 0.55 },
        figures,
      },
      {
        id: 'P3',
        what: 'command API / Kysely CRUD',
        value: command / fc,
        unit: 'ratio',
        goal: { atLeast: 1.5 },
        figures,
      },
      {
        id: 'P4',
        what: 'same stack, null handler / bare Fastify',
        value: fn / bare,
        unit: 'ratio',
        goal: { atLeast: 0.4 },
        figures,
      },
    ];
  } finally {
    await server.stop();
  }
}

async function manyReviews(officer: Client, workflow: string, n: number): Promise<string[]> {
  const ids: string[] = [];
  const caller = async () => {
    while (ids.length < n) ids.push(await startedReview(officer, workflow));
  };
  await Promise.all(Array.from({ length: 16 }, caller));
  return ids;
}

/** P7: a command, then a read that must show it: p99 of both together, alone and beside a stream of other commands. */
export async function readYourWritesResults(databaseUrl: string): Promise<Result[]> {
  const server = await startServer(databaseUrl, true);
  try {
    const admin = await Client.login(server.url, 'admin');
    const officer = await Client.login(server.url, 'officer');
    const workflow = await publishedWorkflow(admin, [roleStep('credit', 'manager', 2)]);
    const pair = async () => {
      const subject = { type: 'loan', id: `loan-${randomUUID()}`, content: { amountMinor: '1' } };
      const { body, headers } = await officer.must(`/workflows/${workflow}/start`, { subject });
      const token = { 'consistency-token': headers.get('consistency-token')! };
      const read = () => officer.get(`/reviews?subjectType=loan&subjectId=${subject.id}`, { headers: token });
      let list = await read();
      // Not there within two seconds: asked again, as a client would, and all of it counts.
      for (let tries = 1; list.status === 503 && tries < MOST_READS; tries++) list = await read();
      if (list.body.data?.[0]?.id !== body.reviewId)
        throw new Error(`the read does not show the write: ${list.status}`);
    };
    await latencies(WARM_UP, pair);
    const idle = await latencies(500, pair);
    const appender = await startChild<object>('appender.js', server.env);
    let ended: unknown;
    let busy: number[];
    try {
      await latencies(WARM_UP, pair);
      busy = await latencies(500, pair);
    } finally {
      ended = await appender.end();
    }
    const { perSecond } = ended as { perSecond: number };
    return [
      {
        id: 'P7',
        what: 'POST then GET with its token, p99, idle',
        value: quantile(idle, 0.99),
        unit: 'ms',
        goal: { atMost: 15 },
        figures: { 'p50 ms': median(idle), 'p99 ms': quantile(idle, 0.99) },
      },
      {
        id: 'P7',
        what: 'POST then GET with its token, p99, beside 2,000 events/s of another process',
        value: quantile(busy, 0.99),
        unit: 'ms',
        goal: { atMost: 60 },
        figures: { 'p50 ms': median(busy), 'p99 ms': quantile(busy, 0.99), 'events/s': perSecond },
      },
    ];
  } finally {
    await server.stop();
  }
}
