import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from '../support/client.js';
import { publishedWorkflow, roleStep, startedReview } from '../support/scenario.js';
import { compare, quantile } from './measure.js';
import type { Result } from './result.js';

const CONNECTIONS = 32;
const REQUESTS = 3000;
const ROUNDS = 5;

interface Server {
  readonly url: string;
  readonly bareUrl: string;
  stop(): Promise<void>;
}

/** The server of http-server.ts over a database, with or without the worker in it. */
async function startServer(databaseUrl: string, worker: boolean): Promise<Server> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'http-server.js')], {
    env: { ...process.env, DATABASE_URL: databaseUrl, BENCH_WORKER: worker ? '1' : '0' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [first] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const { port, barePort } = JSON.parse(first) as { port: number; barePort: number };
  return {
    url: `http://127.0.0.1:${port}`,
    bareUrl: `http://127.0.0.1:${barePort}`,
    stop: async () => {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
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
    const { median } = await compare(contestants, 'fn', ROUNDS);
    const [bare, fn, fc, command] = ['bare', 'fn', 'fc', 'command'].map((name) => median[name]!) as [
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
      const token = headers.get('consistency-token')!;
      const list = await officer.get('/reviews?limit=1', { headers: { 'consistency-token': token } });
      if (list.body.data[0]?.id !== body.reviewId) throw new Error('the read does not show the write');
    };
    for (let i = 0; i < 100; i++) await pair();
    const idle: number[] = [];
    for (let i = 0; i < 500; i++) idle.push(await timed(pair));
    return [
      {
        id: 'P7',
        what: 'POST then GET with its token, p99, idle',
        value: quantile(idle, 0.99),
        unit: 'ms',
        goal: { atMost: 15 },
        figures: { 'p50 ms': quantile(idle, 0.5), 'p99 ms': quantile(idle, 0.99) },
      },
    ];
  } finally {
    await server.stop();
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
