import { installation, type ApiInstallation } from '#apps/api/api.examples';
import { Fuzzer } from '#apps/api/fuzzer.examples';
import { Admission } from '#apps/api/src/http/admission';
import { Door } from '#apps/api/src/http/door';
import { Routes, type RouteDeclaration } from '#apps/api/src/http/routes';
import { ReviewDesk } from '#apps/api/src/reviews/review-desk';
import { enumList } from '#apps/api/src/enums/enum-list';
import { AuditTrail } from '#libs/audit/infrastructure/read-models/audit-trail/audit-trail.query';
import { NotFound } from '#libs/event-store/application/errors';
import { PeopleList } from '#libs/identity/application/people-list';
import { PermissionQueries } from '#libs/identity/application/permission-queries';
import { CustomerList } from '#libs/organization/infrastructure/read-models/customer-list/customer-list.query';
import { SettingDesk } from '#libs/organization/application/settings/setting-desk';
import { UnitQueries } from '#libs/organization/application/units/unit-queries';
import { Hashing } from '#libs/kernel/application/hashing';
import { ReviewQueries } from '#libs/reviews/application/review-queries';
import { Dashboard } from '#libs/reviews/infrastructure/read-models/dashboard/dashboard-summary.query';
import { Workloads } from '#libs/reviews/infrastructure/read-models/dashboard/workload.query';
import { Inbox } from '#libs/reviews/infrastructure/read-models/inbox/inbox.query';
import { ReviewList } from '#libs/reviews/infrastructure/read-models/review-status/review-list.query';
import { CalendarList } from '#libs/workflows/infrastructure/read-models/calendar-list/calendar-list.query';

const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 50_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
/** Within so many requests to its routes a mistake is found. */
const SOON = 20_000;

type Method = (...args: any[]) => any;
type Undo = () => void;

/** Puts a mistake in the place of what an object does. */
function instead(object: object, name: string, mistake: (right: Method) => Method): Undo {
  const methods = object as Record<string, Method>;
  const own = Object.getOwnPropertyDescriptor(object, name);
  Object.defineProperty(object, name, { value: mistake(methods[name]!), configurable: true, writable: true });
  return () => (own ? Object.defineProperty(object, name, own) : delete methods[name]);
}

/** What the route declares no more. */
function declared(api: ApiInstallation, method: string, path: string, wrong: Partial<RouteDeclaration>): Undo {
  const route = api.app
    .get(Routes)
    .all()
    .find((each) => each.method === method && each.path === path)!;
  const before = { ...route };
  Object.assign(route, wrong);
  return () => Object.assign(route, before);
}

const answers = (change: (answer: any, ...args: any[]) => unknown) => (right: Method) =>
  async function (this: unknown, ...args: any[]) {
    return change(await right.apply(this, args), ...args);
  };
const first = (check: (...args: any[]) => void) => (right: Method) =>
  function (this: unknown, ...args: any[]) {
    check(...args);
    return right.apply(this, args);
  };

const broken = (text: string, mark: RegExp) => {
  if (mark.test(text)) throw new SyntaxError('syntax error at or near a mark');
};

/** Mistakes that people make in such programs: where they show, and how one is made. */
const mistakes: Readonly<Record<string, readonly [at: RegExp, make: (api: ApiInstallation) => Undo]>> = {
  'a pattern is made of what is searched for': [
    /^GET reviews$/,
    ({ app }) =>
      instead(
        app.get(ReviewList),
        'list',
        first(({ text }) => text && new RegExp(text)),
      ),
  ],
  'an escape is undone twice': [
    /^GET audit\/trail$/,
    ({ app }) =>
      instead(
        app.get(AuditTrail),
        'list',
        first(({ text }) => text && decodeURIComponent(text)),
      ),
  ],
  'a cursor is believed': [
    /^GET users$/,
    ({ app }) =>
      instead(
        app.get(PeopleList),
        'list',
        first(({ cursor }) => cursor && JSON.parse(atob(cursor))),
      ),
  ],
  'a cursor is thought to be a position': [
    /^GET inbox$/,
    ({ app }) =>
      instead(
        app.get(Inbox),
        'list',
        first(({ cursor }) => cursor && BigInt(cursor)),
      ),
  ],
  'a page is left out': [
    /^GET customers$/,
    ({ app }) =>
      instead(
        app.get(CustomerList),
        'list',
        answers(({ data }) => ({ data })),
      ),
  ],
  'rows are nothing': [
    /^GET calendars$/,
    ({ app }) =>
      instead(
        app.get(CalendarList),
        'list',
        answers((page) => ({ ...page, data: null })),
      ),
  ],
  'a number is told as text': [
    /^GET dashboard\/summary$/,
    ({ app }) =>
      instead(
        app.get(Dashboard),
        'summary',
        answers((it) => ({ ...it, overdue: String(it.overdue) })),
      ),
  ],
  'a member is left out': [
    /^GET dashboard\/workload$/,
    ({ app }) =>
      instead(
        app.get(Workloads),
        'list',
        answers((it) => ({ ...it, data: undefined })),
      ),
  ],
  'names of every object are found': [
    /^GET enums\/:name$/,
    () => instead(enumList, 'get', () => (name: string) => ({})[name as never]),
  ],
  'everything is thought to be there': [
    /^GET settings\/:key$/,
    ({ app }) =>
      instead(
        app.get(SettingDesk),
        'detail',
        (right) =>
          async function (this: unknown, ...args: any[]) {
            return right.apply(this, args).catch(() => ({}));
          },
      ),
  ],
  'revision nought is thought to be none': [
    /^GET reviews\/:reviewId$/,
    ({ app }) =>
      instead(
        app.get(ReviewQueries),
        'load',
        first((_workspace, _id, moment = {}) => {
          if (moment.revision === 0n) throw new RangeError('There is no revision.');
        }),
      ),
  ],
  'the walls between workspaces are down': [
    /^GET reviews\/:reviewId$/,
    ({ app }) => {
      const undo = [
        instead(
          app.get(ReviewQueries),
          'load',
          (right) =>
            function (this: unknown, _: string, ...more: any[]) {
              return right.call(this, 'demo', ...more);
            },
        ),
        instead(app.get(ReviewDesk), 'sees', () => () => true),
      ];
      return () => undo.forEach((each) => each());
    },
  ],
  'a permission is forgotten': [
    /^GET service-accounts$/,
    (api) => declared(api, 'GET', 'service-accounts', { anyOf: [] }),
  ],
  'a route is public': [/^GET enums$/, (api) => declared(api, 'GET', 'enums', { isPublic: true })],
  'roles are not looked at': [
    /^POST branches$/,
    ({ app }) => instead(app.get(Admission), 'authorise', () => () => undefined),
  ],
  'any token will do': [
    /^GET workflows$/,
    ({ app }) => {
      let known: unknown;
      return instead(
        app.get(Admission),
        'authenticate',
        (right) =>
          async function (this: unknown, ...args: any[]) {
            try {
              return (known = await right.apply(this, args));
            } catch (refusal) {
              if (known) return known;
              throw refusal;
            }
          },
      );
    },
  ],
  'a key is not asked for': [
    /^POST reviews\/:reviewId\/decide$/,
    (api) => declared(api, 'POST', 'reviews/:reviewId/decide', { keyRequired: false }),
  ],
  'a revision is not asked for': [
    /^PATCH branches\/:id$/,
    (api) => declared(api, 'PATCH', 'branches/:id', { matchRequired: false }),
  ],
  'a quotation mark ends a text': [
    /^POST reviews\/:reviewId\/(comments|decide)$/,
    ({ app }) =>
      instead(
        app.get(Hashing),
        'sha256',
        first((text) => broken(text, /'/)),
      ),
  ],
  'a percent sign begins an escape': [
    /^POST reviews\/:reviewId\/(comments|decide)$/,
    ({ app }) =>
      instead(
        app.get(Hashing),
        'sha256',
        first((text) => broken(text, /%/)),
      ),
  ],
  'a receipt has no stream': [
    /^POST reviews\/:reviewId\/comments$/,
    () =>
      instead(
        Door.prototype,
        'receipt',
        answers((it) => ({ ...it, stream: undefined })),
      ),
  ],
  'a header is believed': [
    /^GET reviews$/,
    () =>
      instead(
        Door.prototype,
        'eventual',
        (right) =>
          function (this: any, ...args: any[]) {
            const [, wait] = /^wait=(.*)$/.exec(this.header('prefer') ?? '') ?? [];
            return (wait === undefined ? 0 : BigInt(wait)) >= 0 ? right.apply(this, args) : undefined;
          },
      ),
  ],
  'a refusal shows where it was thrown': [
    /^GET branches\/:id$/,
    ({ app }) =>
      instead(
        app.get(UnitQueries),
        'one',
        (right) =>
          async function (this: unknown, ...args: any[]) {
            return right.apply(this, args).catch((refusal: Error) => {
              throw new NotFound(refusal.stack);
            });
          },
      ),
  ],
  'an object changes all others': [
    /^GET permissions$/,
    ({ app }) =>
      instead(
        app.get(PermissionQueries),
        'list',
        first(() => {
          (Object.prototype as any).polluted = true;
        }),
      ),
  ],
};

describe('a fuzzer', () => {
  let api: ApiInstallation;
  let fuzzer: Fuzzer;
  beforeAll(async () => {
    api = await installation();
    fuzzer = await Fuzzer.of(api);
  }, 120_000);
  afterAll(() => api.stop());

  it('is tried on enough mistakes', () => expect(Object.keys(mistakes).length).toBeGreaterThanOrEqual(20));

  it.each(Object.entries(mistakes))(
    'finds it when %s',
    async (_, [at, make]) => {
      expect((await fuzzer.run(100, SEED, at)).fault).toBeUndefined();
      const undo = make(api);
      try {
        expect((await fuzzer.run(SOON, SEED, at)).fault).toBeDefined();
      } finally {
        undo();
        delete (Object.prototype as any).polluted;
      }
    },
    600_000,
  );

  it(`finds no fault in ${REQUESTS} requests`, async () => {
    const { seen, fault } = await fuzzer.run(REQUESTS, SEED);
    console.log(`seed ${SEED}: ${[...seen].map(([status, count]) => `${count} × ${status}`).join(', ')}`);
    expect(fault).toBeUndefined();
  }, 3_600_000);
});
