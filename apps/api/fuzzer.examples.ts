import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { scopeOf } from '#libs/identity/domain/permissions';
import type { Answer, ApiInstallation } from './api.examples.js';
import { publishedWorkflow, roleStep, startedReview } from './api.examples.js';
import { PREFIX } from './api.module.js';
import { fuzzedRequest, mutation, type FuzzedRequest } from './fuzzed-request.examples.js';
import { Routes, type RouteDeclaration } from './src/http/routes.js';

const roles: Readonly<Record<string, string>> = { 'other-admin': 'admin' };

/** Sends what nobody would write, and judges each answer by the document and by what the route had declared. */
export class Fuzzer {
  private constructor(
    private readonly api: ApiInstallation,
    /** As declared when the fuzzer was made: what changes afterwards is a fault. */
    private readonly routes: readonly RouteDeclaration[],
    private readonly ids: readonly string[],
    private readonly document = documented(),
  ) {}

  private sent = 0;

  static async of(api: ApiInstallation): Promise<Fuzzer> {
    const workflow = await publishedWorkflow(api, [roleStep('one', 'manager', 2)]);
    const ids = [workflow, await startedReview(api, workflow)];
    const isHarmless = ({ path }: RouteDeclaration) =>
      !/^(auth\/|projections\/:name\/rebuild|metrics|health\/|\.well-known)/.test(path);
    const routes = api.app.get(Routes).all().filter(isHarmless);
    return new Fuzzer(
      api,
      routes.map((route) => ({ ...route })),
      ids,
    );
  }

  /**
   * @param only to these routes, as `GET reviews/:reviewId`
   * @returns how often each status was answered, and the first fault that was found
   */
  async run(numRuns: number, seed: number, only = /^/) {
    const seen = new Map<number, number>();
    const routes = this.routes.filter(({ method, path }) => only.test(`${method} ${path}`));
    const property = fc.asyncProperty(fuzzedRequest, async (request) => {
      const route = routes[request.route % routes.length]!;
      const { target, answer } = await this.ask(route, request);
      seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
      const fault = this.faultOf(route, request, answer);
      if (fault !== undefined)
        throw new Error(`${fault}: ${route.method} ${target} ${answer.status} ${JSON.stringify(answer.body)}`);
    });
    const { failed, errorInstance } = await fc.check(property, { numRuns, seed, endOnFailure: true });
    return { seen, fault: failed ? String(errorInstance) : undefined };
  }

  private async ask({ method, path }: RouteDeclaration, { as, param, query, body, header }: FuzzedRequest) {
    const id = typeof param === 'number' ? this.ids[param]! : encoded(param.slice(0, 300)) || 'x';
    const { parameters: known = [], body: fitting = {} } = this.document.get(`${method} ${path}`) ?? {};
    const sent = typeof body === 'string' ? body : mutation(fitting, body.at, body.value);
    const search = query
      .map(
        ([name, value]) => [typeof name === 'string' ? name : (known[name % known.length] ?? 'limit'), value] as const,
      )
      .map(([name, value]) => `${name}=${encoded(value)}`)
      .join('&')
      .slice(0, 4000);
    const target = `/${PREFIX}/${path.replaceAll(/:\w+/g, id)}${search && `?${search}`}`;
    const key = method === 'GET' ? {} : { 'idempotency-key': `fuzz-${this.sent++}` };
    const headers = { ...key, ...header };
    return {
      target,
      answer: await this.api.call(method, target, {
        as,
        ...(method === 'GET' ? {} : { body: sent }),
        headers,
        key: null,
      }),
    };
  }

  /** Undefined: nothing is wrong with it. That it is as documented is seen by whoever asks (`installation`). */
  private faultOf(route: RouteDeclaration, request: FuzzedRequest, { status, headers, body }: Answer) {
    const { as, param, query, header } = request;
    if (status >= 500 && body.code !== 'read-model-behind') return 'a fault of ours';
    if (headers.get('x-content-type-options') !== 'nosniff' || !headers.get('request-id')) return 'a header is missing';
    if (Object.keys(Object.prototype).length > 0) return 'all objects have changed';
    if (status >= 400) {
      if (!headers.get('content-type')?.startsWith('application/problem+json')) return 'no problem document';
      if (body.status !== status) return 'it tells another status';
      if (/\n\s+at |node_modules/.test(JSON.stringify(body.detail))) return 'it tells of our code';
    }
    // What no URL can be is refused before anybody asks who calls.
    const early = typeof param === 'number' ? [] : [400, 404];
    if (as === undefined || as === 'no.such.token')
      return [401, ...early].includes(status) ? undefined : 'a stranger was let in';
    const may = route.anyOf.map((permission) => scopeOf(permission, [roles[as] ?? as]));
    if (may.length > 0 && !may.some((scope) => (scope === 'read' ? route.method === 'GET' : scope !== undefined)))
      return [403, ...early].includes(status) ? undefined : 'somebody without the permission was let in';
    const isOurs = route.path.includes(':') && typeof param === 'number';
    if (as === 'other-admin' && isOurs && status < 300) return 'it is shown to another workspace';
    if (query.some(([name]) => name === 'nonsense') && status < 400) return 'an unknown parameter was taken';
    const unread = [400, 413, 415, ...early];
    if (route.keyRequired && header['idempotency-key'] === '' && !unread.includes(status))
      return 'no key was asked for';
    if (route.matchRequired && header['if-match'] === undefined && ![...unread, 428].includes(status))
      return 'no revision was asked for';
    return undefined;
  }
}

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly example?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}

interface Documented {
  /** Names of query parameters. */
  readonly parameters: readonly string[];
  /** A body of the documented form. */
  readonly body: unknown;
}

/** What the document says of each route, by method and path. */
function documented(): ReadonlyMap<string, Documented> {
  const { paths, components } = JSON.parse(readFileSync(resolve('docs/openapi.json'), 'utf8')) as {
    paths: Record<string, Record<string, { parameters?: readonly { in: string; name: string }[]; requestBody?: any }>>;
    components: { schemas: Record<string, Schema> };
  };
  const sample = ({ $ref, type, example, enum: values, anyOf, items, properties = {} }: Schema = {}): unknown => {
    if ($ref !== undefined) return sample(components.schemas[$ref.split('/').at(-1)!]);
    if (example !== undefined || values) return example ?? values![0];
    if (anyOf) return sample(anyOf[0]);
    if (type === 'array') return [sample(items)];
    if (type === 'integer' || type === 'number') return 1;
    if (type === 'boolean') return true;
    if (type === 'string') return 'x';
    return Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, sample(inner)]));
  };
  return new Map(
    Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { parameters = [], requestBody }]) => [
        `${method.toUpperCase()} ${path.slice(`/${PREFIX}/`.length).replaceAll(/\{(\w+)\}/g, ':$1')}`,
        {
          parameters: parameters.filter((each) => each.in === 'query').map(({ name }) => name),
          body: sample(requestBody?.content?.['application/json']?.schema),
        },
      ]),
    ),
  );
}

function encoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return '%ED%A0%80';
  }
}
