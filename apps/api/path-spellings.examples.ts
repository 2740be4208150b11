import { Agent, request } from 'node:http';
import { scopeOf } from '#libs/identity/domain/permissions';
import { installation, type ApiInstallation } from './api.examples.js';
import { OUTSIDE_PREFIX, PREFIX } from './api.module.js';
import { Routes, type RouteDeclaration } from './src/http/routes.js';

type Spelling = (path: string, host: string) => string;

const everyLetter = (path: string) => path.replaceAll(/[a-z]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
const lastSegment = (path: string, change: (segment: string) => string) =>
  path.replace(/[^/]+$/, (segment) => change(segment));

/** Ways to write a path that proxies, frameworks and file systems have taken for the same one. */
const spellings: Readonly<Record<string, Spelling>> = {
  'as it is': (path) => path,
  'with a query': (path) => `${path}?a=1`,
  'its first letter encoded': (path) => lastSegment(path, (it) => `%${it.charCodeAt(0).toString(16)}${it.slice(1)}`),
  'all letters encoded': everyLetter,
  'encoded twice': (path) => everyLetter(path).replaceAll('%', '%25'),
  'a slash at the end': (path) => `${path}/`,
  'two slashes inside': (path) => lastSegment(path, (it) => `/${it}`),
  'two slashes in front': (path) => `/${path}`,
  'an encoded slash': (path) => path.replace(/(?<=.)\/([^/]+)$/, '%2F$1'),
  'an encoded slash in lower case': (path) => path.replace(/(?<=.)\/([^/]+)$/, '%2f$1'),
  'a backslash': (path) => path.replace(/(?<=.)\/([^/]+)$/, '\\$1'),
  'in capitals': (path) => path.toUpperCase(),
  'one capital': (path) => lastSegment(path, (it) => it.charAt(0).toUpperCase() + it.slice(1)),
  'a dot segment': (path) => lastSegment(path, (it) => `./${it}`),
  'a segment and back': (path) => lastSegment(path, (it) => `x/../${it}`),
  'an encoded dot segment': (path) => lastSegment(path, (it) => `%2e/${it}`),
  'from a public place and back': (path) => `/health/live/../..${path}`,
  'a matrix parameter': (path) => `${path};a=1`,
  'a zero byte at the end': (path) => `${path}%00`,
  'a blank at the end': (path) => `${path}%20`,
  'a suffix': (path) => `${path}.json`,
  'a fragment': (path) => `${path}#a`,
  'the absolute form': (path, host) => `http://${host}${path}`,
  'the absolute form of another host': (path) => `http://elsewhere.example${path}`,
  'the absolute form with a name': (path, host) => `http://admin@${host}${path}`,
};

describe('a protected route, however its path is spelled', () => {
  let api: ApiInstallation;
  let routes: readonly RouteDeclaration[];
  let agent: Agent;
  beforeAll(async () => {
    api = await installation();
    routes = api.app
      .get(Routes)
      .all()
      .filter(({ isPublic }) => !isPublic);
    agent = new Agent({ keepAlive: true, maxSockets: 16 });
  });
  afterAll(async () => {
    agent.destroy();
    await api.stop();
  });

  /** As it stands: other clients tidy the path up before they send it. */
  const ask = (method: string, path: string, headers: Record<string, string>): Promise<number> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(api.url);
      const body = method === 'POST' || method === 'PUT' || method === 'PATCH' ? '{}' : undefined;
      const asked = request({
        hostname,
        port,
        agent,
        method,
        path,
        headers: { ...headers, ...(body && { 'content-type': 'application/json', 'content-length': body.length }) },
      });
      asked.on('error', (error) => reject(new Error(`${method} ${path}`, { cause: error })));
      asked.on('response', (answer) => answer.resume().on('end', () => resolve(answer.statusCode!)));
      asked.end(body);
    });

  const pathOf = ({ path }: RouteDeclaration) =>
    `/${OUTSIDE_PREFIX.includes(path) ? '' : `${PREFIX}/`}${path.replaceAll(/:\w+/g, '00000000-0000-5000-8000-000000000000')}`;
  const methodsOf = ({ method }: RouteDeclaration) => (method === 'GET' ? ['GET', 'HEAD'] : [method]);

  /** Everything that was answered otherwise than it may be. */
  const served = async (headers: Record<string, string>, may: readonly number[], some: readonly RouteDeclaration[]) => {
    const { host } = new URL(api.url);
    const attempts = some.flatMap((route) =>
      methodsOf(route).flatMap((method) =>
        Object.entries(spellings).map(([name, spell]) => ({ name, method, path: spell(pathOf(route), host) })),
      ),
    );
    const wrong: object[] = [];
    const next = attempts.values();
    const work = async () => {
      for (const attempt of next) {
        const status = await ask(attempt.method, attempt.path, headers);
        if (!may.includes(status)) wrong.push({ ...attempt, status });
      }
    };
    await Promise.all(Array.from({ length: 16 }, work));
    return { attempts: attempts.length, wrong };
  };

  it('is served to nobody without a token', async () => {
    const { attempts, wrong } = await served({}, [400, 401, 404], routes);
    expect(wrong).toEqual([]);
    expect(attempts).toBeGreaterThanOrEqual(routes.length * 12);
  });

  it('is served to nobody with another method in a header', async () => {
    const headers = {
      'x-http-method-override': 'GET',
      'x-original-url': '/health/live',
      'x-rewrite-url': '/health/live',
    };
    expect((await served(headers, [400, 401, 404], routes.slice(0, 10))).wrong).toEqual([]);
  });

  it.each(['viewer', 'officer', 'auditor'])('is not served to %s beyond the permission table', async (role) => {
    const beyond = routes.filter(
      ({ anyOf, method }) =>
        anyOf.length > 0 &&
        anyOf.every((permission) => {
          const scope = scopeOf(permission, [role]);
          return scope === undefined || (scope === 'read' && method !== 'GET');
        }),
    );
    expect(beyond.length).toBeGreaterThan(5);
    // 422: a segment that is a dot makes it the path of another route, which may be theirs.
    const may = [400, 403, 404, 422];
    const { wrong } = await served({ authorization: `Bearer ${api.tokens.get(role)}` }, may, beyond);
    expect(wrong).toEqual([]);
  });
});
