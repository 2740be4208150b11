import { mkdtempSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandBus } from '@nestjs/cqrs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Config } from '#libs/composition/config';
import { openCore } from '#libs/composition/core';
import { makeMissingKeys } from '#libs/composition/keys';
import { createLogger } from '#libs/composition/logging';
import { run } from '#libs/composition/running';
import { RegisterUserCommand } from '#libs/identity/application/commands/register-user.handler';
import type { Clock } from '#libs/kernel/application/clock';
import type { Role } from '#libs/identity/domain/permissions';
import { testDatabase } from '#libs/testing/postgres';
import { createApi } from './bootstrap.js';
import { Contract } from './contract.examples.js';
import { HttpLimits } from './src/http/limits.js';

/** One for all installations of a test file: what it compiles is the same for each. */
const contract = new Contract();

export interface Asked {
  readonly as?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** The Idempotency-Key; a fresh one for every command unless told, null for none. */
  readonly key?: string | null;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Read as a client would, by the documented names. */
  readonly body: any;
}

/** The people of two workspaces; all have the same password. */
const people: readonly (readonly [string, Role, string])[] = [
  ['admin', 'admin', 'demo'],
  ['officer', 'officer', 'demo'],
  ['officer2', 'officer', 'demo'],
  ['manager', 'manager', 'demo'],
  ['manager2', 'manager', 'demo'],
  ['viewer', 'viewer', 'demo'],
  ['auditor', 'auditor', 'demo'],
  ['other-admin', 'admin', 'other'],
];

/**
 * All rooms, the API and the worker in this process, on a database of their own; listens on a free port.
 * @param environment configuration beside the usual
 * @param clock the time for everything, deadlines included, instead of the machine's and the database's
 * @param edge what the HTTP edge allows beside the usual
 */
export async function installation(
  environment: Readonly<Record<string, string>> = {},
  clock?: Clock,
  edge: Partial<HttpLimits> = {},
) {
  const database = await testDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'api-'));
  const config = Config.read({ DATA_DIR: folder, LOG_LEVEL: 'silent', ...environment });
  makeMissingKeys(config);
  const core = await openCore({
    config,
    logger: createLogger(config, 'test'),
    databaseUrl: database.url,
    ...(clock && { clock }),
  });
  const limits = new HttpLimits({ requestsPerSecond: undefined, ...edge });
  const running = await run(core, (rooms) =>
    createApi({
      rooms,
      limits,
      corsOrigins: config.corsOrigins,
      trustedProxies: config.trustedProxies,
      logger: process.env['API_LOG'] ? console : false,
    }),
  );
  const app: NestFastifyApplication = running.app;
  await running.process(config.workerRoles);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();

  const ids = new Map<string, string>();
  const tokens = new Map<string, string>();
  let newest = '';
  const call = async (method: string, path: string, { as, body, headers = {}, key }: Asked = {}): Promise<Answer> => {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const sent = key === undefined && method !== 'GET' ? randomUUID() : key;
    const target = `${/^\/(api|health|metrics|docs|\.well-known)/.test(path) ? '' : '/api/v1'}${path}`;
    const response = await fetch(`${url}${target}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(as === undefined ? {} : { authorization: `Bearer ${tokens.get(as) ?? as}` }),
        ...(sent === undefined || sent === null ? {} : { 'idempotency-key': sent }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isRaw ? (body as string) : JSON.stringify(body) }),
    });
    newest = response.headers.get('consistency-token') ?? newest;
    const type = response.headers.get('content-type') ?? '';
    // An event stream has no end to wait for.
    const isEndless = type.startsWith('text/event-stream');
    if (isEndless) await response.body?.cancel();
    const text = isEndless ? '' : await response.text();
    const isJson = type.includes('json');
    const answer = {
      status: response.status,
      headers: response.headers,
      body: isJson && text ? JSON.parse(text) : text,
    };
    const fault = contract.faultOf(method, target, answer.status, answer.body);
    if (fault !== undefined) throw new Error(`Not as docs/openapi.json says: ${fault}`);
    return answer;
  };

  const register = async (username: string, role: Role, workspaceId: string, branchId?: string) => {
    // The second time it is there.
    if (branchId !== undefined)
      await call('POST', '/branches', { as: 'admin', body: { code: branchId, name: branchId } });
    const id = randomUUID();
    const metadata = {
      commandId: id,
      commandHash: '',
      workspaceId,
      correlationId: id,
      causationId: id,
      now: core.clock.now().toISOString(),
      actor: { id: 'system', kind: 'system', roles: [] } as const,
    };
    const password = 'countersign-demo';
    const person = { username, password, roles: [role], ...(branchId === undefined ? {} : { branchId }) };
    await app.get(CommandBus).execute(new RegisterUserCommand(person, metadata));
    const { body } = await call('POST', '/auth/login', { body: { username, password } });
    tokens.set(username, body.accessToken);
    ids.set(username, body.user.id);
  };
  for (const [username, role, workspaceId] of people) await register(username, role, workspaceId);

  return {
    url,
    databaseUrl: database.url,
    app,
    core,
    ids,
    tokens,
    call,
    register,
    /** The Consistency-Token of the newest receipt. */
    token: () => newest,
    get: (path: string, as: string, headers: Record<string, string> = {}) => call('GET', path, { as, headers }),
    post: (path: string, as: string, body: unknown = {}, more: Asked = {}) => call('POST', path, { as, body, ...more }),
    stop: async () => {
      await running.stop();
      await database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export type ApiInstallation = Awaited<ReturnType<typeof installation>>;

/** A workflow of these steps, published by the administrator; answers its id. */
export async function publishedWorkflow({ post }: ApiInstallation, steps: readonly object[]): Promise<string> {
  const key = `w-${randomUUID()}`;
  const { body } = await post('/workflows', 'admin', { key, name: 'Approval', steps });
  await post(`/workflows/${body.workflowId}/publish`, 'admin');
  return body.workflowId as string;
}

export const roleStep = (key: string, role: string, requiredApprovals = 1, more: object = {}) => ({
  key,
  assignees: [{ type: 'ROLE', id: role }],
  requiredApprovals,
  ...more,
});

/** A review of a subject of its own, started by the officer unless told; answers its id. */
export async function startedReview(
  { post }: ApiInstallation,
  workflow: string,
  content: object = { amount: '1' },
  as = 'officer',
) {
  const subject = { type: 'loan', id: `loan-${randomUUID()}`, title: 'A loan', content };
  const { status, body } = await post(`/workflows/${workflow}/start`, as, { subject });
  if (status !== 201) throw new Error(`start: ${status} ${JSON.stringify(body)}`);
  return body.reviewId as string;
}
