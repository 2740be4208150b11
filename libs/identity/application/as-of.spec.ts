import fc from 'fast-check';
import { Codec } from '#libs/event-store/application/codec';
import { EventRegistry } from '#libs/event-store/application/event-registry';
import { InMemoryEventStore } from '#libs/event-store/infrastructure/in-memory-event-store';
import { InMemorySubjectKeys } from '#libs/event-store/infrastructure/in-memory-subject-keys';
import { DomainError } from '#libs/kernel/domain/domain-error';
import { derivedId } from '#libs/kernel/domain/ids';
import type { Recorded } from '#libs/kernel/domain/message';
import { VirtualClock } from '#libs/kernel/infrastructure/virtual-clock';
import { permissions, roles, scopeOf, type Role } from '../domain/permissions.js';
import type { UserEvent } from '../domain/user.events.js';
import { rolesAt } from '../domain/user.state.js';
import { identityManifest } from '../identity.manifest.js';
import { AccessState } from './access-state.js';
import { PeopleList } from './people-list.js';
import { PermissionQueries } from './permission-queries.js';
import { AnyPlace } from './places.js';
import { UserFacts, type Asked } from './user-facts.js';
import { UserOrders } from './user-orders.js';
import { UserQueries } from './user-queries.js';
import { UserStreams } from './user-streams.js';

const START = '2026-11-23T09:00:00.000Z';
const MINUTE = 60_000;
const held: readonly Role[] = ['admin', 'manager', 'officer', 'viewer', 'auditor'];
const people = Array.from({ length: 5 }, (_, i) => `usr_${i}`);

/** What somebody does after some minutes; times of roles are in minutes from then. */
const act = fc.record({
  wait: fc.nat({ max: 20 }),
  who: fc.constantFrom(...people),
  what: fc.constantFrom(
    'RegisterUser',
    'GrantRole',
    'GrantRole',
    'GrantRole',
    'RevokeRole',
    'SuspendUser',
    'DeactivateUser',
    'ActivateUser',
    'ActivateUser',
  ),
  role: fc.constantFrom(...held),
  from: fc.option(fc.nat({ max: 60 }), { nil: undefined }),
  lasts: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
});
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

/** Who there was, and as what, told from the events alone: for each role the last word about the instant counts. */
function toldBy(log: readonly Recorded<UserEvent>[], instant: string) {
  const found = new Map<string, { status: string; roles: Set<string> }>();
  for (const { type, data, recordedAt } of log) {
    if (recordedAt > instant) break;
    const user = found.get(data.userId) ?? { status: 'active', roles: new Set<string>() };
    found.set(data.userId, user);
    const hear = (role: string, from: string, to: string | null) => {
      if (from <= instant) user.roles[to === null || instant < to ? 'add' : 'delete'](role);
    };
    if (type === 'UserRegistered') for (const { role, from, to } of data.roles) hear(role, from, to);
    if (type === 'RoleGranted') hear(data.role, data.from, data.to);
    if (type === 'RoleRevoked') user.roles.delete(data.role);
    if (type === 'UserSuspended') user.status = 'suspended';
    if (type === 'UserDeactivated') user.status = 'deactivated';
    if (type === 'UserActivated') user.status = 'active';
  }
  return found;
}

async function lived(acts: readonly Act[]) {
  const store = new InMemoryEventStore();
  const codec = new Codec(new EventRegistry(identityManifest.events), new InMemorySubjectKeys());
  const clock = new VirtualClock(START);
  const access = new AccessState(store, codec, clock);
  await access.start();
  const streams = new UserStreams(store, codec);
  const orders = new UserOrders(streams, new UserFacts(access, new AnyPlace()), access);
  for (const [index, { wait, who: userId, what, role, from, lasts }] of acts.entries()) {
    clock.advance(wait * MINUTE);
    const now = clock.now().toISOString();
    const later = (minutes: number) => new Date(clock.now().getTime() + minutes * MINUTE).toISOString();
    const times = {
      ...(from !== undefined && { from: later(from) }),
      ...(lasts !== undefined && { to: later((from ?? 0) + lasts) }),
    };
    const commandId = derivedId('as-of', index);
    const actor = { id: 'usr_admin', kind: 'user', roles: ['admin'] } as const;
    const metadata = {
      commandId,
      commandHash: '',
      actor,
      workspaceId: 'demo',
      now,
      correlationId: 'c',
      causationId: 'c',
    };
    const data = {
      RegisterUser: { userId, username: userId, roles: [role], branchId: 'HQ' },
      GrantRole: { userId, role, ...times },
      RevokeRole: { userId, role },
    }[what as string] ?? { userId };
    await orders.send({ type: what, data, metadata } as Asked).catch((refusal: unknown) => {
      if (!(refusal instanceof DomainError)) throw refusal;
    });
  }
  const { events } = await store.readAll({ after: 'start', limit: 10_000 });
  const log = await codec.decode<UserEvent>(events);
  const end = clock.now().getTime();
  // All instants asked for are in the past.
  clock.advance(10 * MINUTE);
  return { store, access, streams, log, end };
}

describe('the people and their rights at an instant', () => {
  it('are the fold of the log until then, for users, roles and permissions, at 200 instants', async () => {
    let compared = 0;
    const instants = { minLength: 20, maxLength: 20 };
    const acts = fc.array(act, { minLength: 40, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(acts, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), instants), async (done, parts) => {
        const { store, access, streams, log, end } = await lived(done);
        const [list, queries, one] = [new PeopleList(access), new PermissionQueries(access), new UserQueries(streams)];
        const begun = Date.parse(START);
        // Whole minutes are when things begin and end.
        for (const part of parts) {
          const at = Math.floor((begun + part * (end - begun)) / MINUTE) * MINUTE + (part < 0.5 ? 0 : 1);
          const asOf = new Date(at).toISOString();
          const told = toldBy(log, asOf);

          const { data } = list.list({ workspaceId: 'demo', now: asOf, asOf, limit: 100 });
          const shown = data.map((it) => [it.userId, it.status, rolesAt(it.roles, asOf)]);
          const expected = [...told].map(([userId, it]) => [userId, it.status, [...it.roles].toSorted()]);
          expect(new Map(shown.map(([id, ...rest]) => [id, rest]))).toEqual(
            new Map(expected.map(([id, ...rest]) => [id, rest])),
          );
          for (const userId of told.keys())
            expect((await one.one('demo', userId, asOf)).user).toEqual(data.find((it) => it.userId === userId));

          const active = [...told].filter(([, it]) => it.status === 'active');
          const rights = active.flatMap(([userId, it]) =>
            permissions.map((permission) => [userId, permission, scopeOf(permission, [...it.roles])].join()),
          );
          const page = (cursor?: string) => queries.list({ workspaceId: 'demo', asOf, limit: 100, cursor });
          const rows = [];
          for (let next = page(); ; next = page(next.page.next!)) {
            rows.push(...next.data.map(({ userId, permission, scope }) => [userId, permission, scope].join()));
            if (!next.page.hasMore) break;
          }
          expect(rows.toSorted()).toEqual(rights.filter((it) => !it.endsWith(',')).toSorted());
          for (const role of roles) {
            const holders = active.filter(([, it]) => it.roles.has(role)).length;
            expect(queries.roles('demo', asOf).find((it) => it.role === role)?.holders).toBe(holders);
          }
          compared++;
        }
        await access.stop();
        await store.close();
      }),
      { numRuns: 10 },
    );
    expect(compared).toBeGreaterThanOrEqual(200);
  });
});
