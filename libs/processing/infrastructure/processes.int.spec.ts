import { jest } from '@jest/globals';
import { InvalidCursor } from '#libs/kernel/application/page';
import { DomainError } from '#libs/kernel/domain/domain-error';
import { VirtualClock } from '#libs/kernel/infrastructure/virtual-clock';
import type { EventStore, Position } from '#libs/event-store/application/event-store';
import { InMemoryEventStore } from '#libs/event-store/infrastructure/in-memory-event-store';
import { PostgresEventStore } from '#libs/event-store/infrastructure/postgres-event-store';
import { testDatabase, type TestDatabase } from '#libs/testing/postgres';
import { derivedId } from '#libs/kernel/domain/ids';
import type { Recorded } from '#libs/kernel/domain/message';
import type { AnyProcessManager, CommandTarget, Deadline, Reaction } from '../application/process-manager.js';
import type { ProcessingControl } from '../application/processing-control.js';
import {
  append,
  closed,
  deskCodec,
  desks,
  type DeskEvent,
  lamps,
  lit,
  moved,
  notebook,
  opened,
  POISON,
  putOut,
  sleep,
  until,
} from './desks.examples.js';
import { allRoles, Processing, type ProcessingOptions, type Role } from './processing.js';
import { Session } from './session.js';

jest.setTimeout(120_000);

class Refused extends DomainError {
  readonly code = 'refused';
  readonly kind = 'conflict';
}

class Down extends DomainError {
  readonly code = 'down';
  readonly kind = 'unavailable';
}

const deadLetters = async (control: ProcessingControl) => (await control.deadLetters({ limit: 100 })).data;

describe('process managers', () => {
  let database: TestDatabase;
  let store: EventStore;
  let running: Processing[] = [];
  let clock: VirtualClock;
  const log = notebook();
  /** What the porter was told, in order. */
  let told: { streamId: string; moves: number; version: number }[] = [];
  const porter: CommandTarget = {
    name: 'porter',
    execute: async ({ payload }) => {
      told.push(payload as never);
      return true;
    },
  };

  beforeEach(async () => {
    database = await testDatabase();
    store = new PostgresEventStore({ connectionString: database.url });
    clock = new VirtualClock('2026-11-22T10:00:00Z');
    told = [];
    log.errors.length = 0;
    log.warnings.length = 0;
  });
  afterEach(async () => {
    await Promise.all(running.map((processing) => processing.stop()));
    running = [];
    await store.close();
    await database.close();
  });

  const started = (options: Partial<ProcessingOptions> = {}, roles: readonly Role[] = allRoles) =>
    inRealTime({ clock, ...options, tuning: { pollMs: 200, graceMs: 100, ...options.tuning } }, roles);
  /** By the clock of the database. */
  const inRealTime = async (options: Partial<ProcessingOptions>, roles: readonly Role[] = allRoles) => {
    const made = new Processing({
      store,
      codec: deskCodec,
      database: { connectionString: database.url },
      groups: [],
      processes: [lamps()],
      targets: [putOut(store), porter],
      log,
      ...options,
    });
    running.push(made);
    await made.start(roles);
    return made;
  };
  const stop = async (made: Processing) => {
    running = running.filter((other) => other !== made);
    await made.stop();
  };
  const openTimers = async () =>
    Number((await database.pool.query('SELECT count(*) AS n FROM processing.timers WHERE done_at IS NULL')).rows[0].n);
  const wentOut = async (streamId: string) =>
    (await store.readStream(streamId)).events.filter(({ type }) => type === 'LampWentOut').length;

  describe('timers', () => {
    it('fire when they are due, by the clock that was given', async () => {
      const made = await started({}, ['processes']);
      const position = await append(store, 'desk-1', opened(), lit('2026-11-22T12:00:00.000Z'));
      await made.waitGate.waitFor('lamps', position, 5000);
      expect(await made.timers.fireDue()).toBe(0);
      clock.moveTo('2026-11-22T12:00:00Z');
      expect(await made.timers.fireDue()).toBe(1);
      expect(await wentOut('desk-1')).toBe(1);
      expect(await made.timers.fireDue()).toBe(0);
      await until(async () => (await openTimers()) === 0);
    });

    it('fire by the clock of the database when none is given', async () => {
      await inRealTime({});
      await append(store, 'desk-1', opened(), lit(new Date(Date.now() + 700).toISOString()));
      await append(store, 'desk-2', opened(), lit(new Date(Date.now() + 3_600_000).toISOString()));
      await sleep(300);
      expect(await wentOut('desk-1')).toBe(0);
      await until(async () => (await wentOut('desk-1')) === 1, 5000);
      expect(await wentOut('desk-2')).toBe(0);
    });

    it('fire for one workspace, at once after the command that set them, in a process without any loop', async () => {
      await started({}, ['processes']);
      const made = await started({}, []);
      await append(store, 'desk-1', opened(), lit('2026-11-22T09:00:00.000Z'));
      expect(await made.timers.fireDue('other')).toBe(0);
      expect(await made.timers.fireDue('demo')).toBe(1);
      expect(await made.timers.fireDue('demo')).toBe(0);
    });

    it('do not fire once they are cleared, and fire at the new time when they are set again', async () => {
      const made = await started({}, ['processes']);
      await append(store, 'desk-1', opened(), lit('2026-11-22T11:00:00.000Z'), closed());
      await append(store, 'desk-2', opened(), lit('2026-11-22T11:00:00.000Z'), lit('2026-11-22T13:00:00.000Z'));
      clock.moveTo('2026-11-22T12:00:00Z');
      expect(await made.timers.fireDue()).toBe(0);
      clock.moveTo('2026-11-22T13:00:00Z');
      expect(await made.timers.fireDue()).toBe(1);
      expect([await wentOut('desk-1'), await wentOut('desk-2')]).toEqual([0, 1]);
    });

    it('of one scope are cleared without the others of their stream', async () => {
      const lamp = (scope: string, until: string, generation: number) => ({
        timerId: derivedId('desk-1', scope),
        workspaceId: 'demo',
        streamId: 'desk-1',
        scope,
        target: 'put-out',
        dueAt: until,
        payload: { streamId: 'desk-1', generation },
      });
      const sides: AnyProcessManager = {
        ...lamps(),
        react: ({ type }: { type: string }, state: never) => {
          if (type === 'LampLit') {
            const due = '2026-11-22T11:00:00.000Z';
            return { state, timers: [{ set: lamp('left', due, 1) }, { set: lamp('right', due, 2) }] };
          }
          return { state, timers: [{ clearAll: { streamId: 'desk-1', scope: 'left' } }] };
        },
      };
      const made = await started({ processes: [sides] }, ['processes']);
      await append(store, 'desk-1', opened(), lit('2026-11-22T11:00:00.000Z'));
      await made.waitGate.waitFor('lamps', await store.head(), 5000);
      expect(await openTimers()).toBe(2);
      await append(store, 'desk-1', moved('attic'));
      await made.waitGate.waitFor('lamps', await store.head(), 5000);
      clock.moveTo('2026-11-22T12:00:00Z');
      expect(await made.timers.fireDue()).toBe(1);
      const { events } = await store.readStream('desk-1');
      expect(events.at(-1)).toMatchObject({ type: 'LampWentOut', data: { generation: 2 } });
    });

    it('are tried again when their target fails', async () => {
      let failures = 2;
      const { execute, name } = putOut(store);
      const shaky: CommandTarget = {
        name,
        execute: (call) => (failures-- > 0 ? Promise.reject(new Error('not now')) : execute(call)),
      };
      const made = await started({ targets: [shaky, porter] });
      await append(store, 'desk-1', opened(), lit('2026-11-22T09:00:00.000Z'));
      await until(async () => (await made.control.statistics()).timers.failing === 1);
      await until(async () => (await wentOut('desk-1')) === 1, 10_000);
      expect(failures).toBe(-1);
    });

    it('are given their pause from when they failed, not from when they were taken', async () => {
      let failedAt: Date | undefined;
      const slow: CommandTarget = {
        name: 'put-out',
        execute: async () => {
          await sleep(700); // longer than the first pause
          failedAt ??= (await database.pool.query<{ now: Date }>('SELECT clock_timestamp() AS now')).rows[0]?.now;
          throw new Error('not now');
        },
      };
      const made = await started({ targets: [slow, porter] }, ['processes']);
      const position = await append(store, 'desk-1', opened(), lit('2026-11-22T09:00:00.000Z'));
      await made.waitGate.waitFor('lamps', position, 5000);
      await made.timers.fireDue();
      const { rows } = await database.pool.query<{ not_before: Date; attempts: number }>(
        'SELECT not_before, attempts FROM processing.timers',
      );
      expect(rows[0]!.attempts).toBe(1);
      expect(rows[0]!.not_before.getTime()).toBeGreaterThanOrEqual(failedAt!.getTime() + 500);
    });

    it('and messages note why they failed, whatever characters somebody put into it', async () => {
      const strange: CommandTarget = { name: 'put-out', execute: () => Promise.reject(new Error('nul \u0000 byte')) };
      const refusing: CommandTarget = { name: 'porter', execute: () => Promise.reject(new Refused('nul \u0000 byte')) };
      const made = await started({ targets: [strange, refusing] });
      await append(store, 'desk-1', opened(), lit('2026-11-22T09:00:00.000Z'), moved('attic'));
      await until(async () => (await made.control.statistics()).timers.failing === 1);
      await until(async () => (await deadLetters(made.control)).length === 1);
      const { rows } = await database.pool.query('SELECT last_error FROM processing.timers');
      expect(rows).toEqual([{ last_error: 'Error: nul \uFFFD byte' }]);
      expect(await deadLetters(made.control)).toMatchObject([{ error: 'Refused: nul \uFFFD byte' }]);
    });

    /** A target that works once the door is opened; what it was called with. */
    const behindADoor = (work: CommandTarget['execute'] = putOut(store).execute) => {
      const door = Promise.withResolvers<void>();
      const calls: string[] = [];
      const target: CommandTarget = {
        name: 'put-out',
        execute: async (call) => {
          calls.push(call.id);
          await door.promise;
          return work(call);
        },
      };
      return { target, calls, open: () => door.resolve() };
    };
    const timers = async () =>
      (await database.pool.query('SELECT due_at, attempts, done_at IS NOT NULL AS done FROM processing.timers')).rows;

    it('hold up no process manager while their target works', async () => {
      const { target, calls, open } = behindADoor();
      const made = await started({ targets: [target, porter] });
      await append(store, 'desk-1', opened(), lit('2026-11-22T09:00:00.000Z'));
      await until(() => calls.length === 1);
      try {
        await made.waitGate.waitFor('lamps', await append(store, 'desk-1', closed()), 5000);
        expect(await timers()).toEqual([]);
      } finally {
        open();
      }
    });

    it('fire at the new time when they are set again while their target works', async () => {
      const { target, calls, open } = behindADoor(async () => true);
      const made = await started({ targets: [target, porter] });
      await append(store, 'desk-1', opened(), lit('2026-11-22T09:00:00.000Z'));
      await until(() => calls.length === 1);
      await made.waitGate.waitFor('lamps', await append(store, 'desk-1', lit('2026-11-22T13:00:00.000Z')), 5000);
      open();
      await sleep(200);
      expect(await timers()).toMatchObject([{ due_at: new Date('2026-11-22T13:00:00Z'), done: false }]);
    });

    it('are kept by who fires them, longer than a lease is; of who is gone they are taken over', async () => {
      const { target, calls, open } = behindADoor();
      const options = { targets: [target, porter], tuning: { leaseMs: 300 } };
      const first = await started(options, ['processes', 'timers']);
      await started(options, ['timers']);
      for (const desk of ['desk-1', 'desk-2']) await append(store, desk, opened());
      // Several of one stream wait for each other.
      for (const generation of [1, 2, 3]) await append(store, 'desk-1', lit('2026-11-22T09:00:00.000Z', generation));
      await until(() => calls.length >= 1);
      await sleep(900);
      expect(new Set(calls).size).toBe(calls.length);
      open();
      await until(async () => (await wentOut('desk-1')) === 3);
      await first.waitGate.waitFor('lamps', await store.head(), 5000);
      // As a process leaves it that is killed at work.
      await stop(first);
      await started({}, ['processes']);
      await append(store, 'desk-2', lit('2026-11-22T11:00:00.000Z'));
      await until(async () => (await openTimers()) === 1);
      await database.pool.query(
        `UPDATE processing.timers SET claim = gen_random_uuid(), leased_until = now() + interval '500 ms'`,
      );
      const fired = calls.length;
      clock.moveTo('2026-11-22T12:00:00Z');
      for (const made of running) made.wakeTimers();
      await sleep(100);
      expect(calls).toHaveLength(fired);
      await until(async () => (await wentOut('desk-2')) === 1);
      expect(calls).toHaveLength(fired + 1);
    });

    it('fire once in effect each while connections are killed', async () => {
      await started({ tuning: { page: 50 } });
      await started({ tuning: { page: 50 } });
      let killing = true;
      let kills = 0;
      const killer = (async () => {
        while (killing) {
          await sleep(40);
          const { rowCount } = await database.pool.query(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE application_name = 'countersign processing' AND datname = current_database()
              ORDER BY random() LIMIT 1`,
          );
          kills += rowCount ?? 0;
        }
      })();
      const desks = Array.from({ length: 150 }, (_, i) => `desk-${i}`);
      for (const desk of desks) await append(store, desk, opened(), lit('2026-11-22T09:00:00.000Z'));
      await sleep(1500);
      killing = false;
      await killer;
      await until(async () => (await Promise.all(desks.map(wentOut))).every((n) => n === 1), 60_000);
      expect(await Promise.all(desks.map(wentOut))).toEqual(desks.map(() => 1));
      expect(kills).toBeGreaterThan(20);
    });

    describe('whose deadlines follow one another', () => {
      const hour = (at: number) => `2026-11-22T${at}:00:00.000Z`;
      const rung: number[] = [];
      /** Rings at 11, 13 and 15, or by a second lamp at 12 and 14. */
      const chimes = {
        ...lamps(),
        react: ({ type, streamId, workspaceId, data }: Recorded<DeskEvent>): Reaction<{ moves: number }> => {
          const state = { moves: 0 };
          if (type !== 'LampLit') return { state, timers: [{ clearAll: { streamId } }] };
          const first = Number(data.until.slice(11, 13));
          const hours = [11, 12, 13, 14, 15].filter((at) => at >= first && (at - first) % 2 === 0);
          const deadlines = hours.map((at) => ({
            timerId: derivedId(streamId, 'chime', at),
            dueAt: hour(at),
            payload: { at },
          }));
          const [next, ...following] = deadlines as unknown as [Deadline, ...Deadline[]];
          return { state, timers: [{ set: { ...next, following, workspaceId, streamId, target: 'bell' } }] };
        },
      };
      let failures = 0;
      const bell: CommandTarget = {
        name: 'bell',
        execute: async ({ id, payload }) => {
          if (failures-- > 0) throw new Error('stuck');
          expect(id).toBe(derivedId('desk-1', 'chime', payload['at'] as number));
          return rung.push(payload['at'] as number) > 0;
        },
      };
      beforeEach(() => {
        rung.length = 0;
        failures = 0;
      });

      it('fires each at its own time, also after a restart', async () => {
        const made = await started({ processes: [chimes], targets: [bell] }, ['processes']);
        await append(store, 'desk-1', lit(hour(11)));
        await made.waitGate.waitFor('lamps', await store.head(), 5000);
        clock.moveTo(hour(11));
        expect(await made.timers.fireDue()).toBe(1);
        expect([rung, await openTimers()]).toEqual([[11], 1]);
        await stop(made);
        clock.moveTo(hour(13));
        const again = await started({ processes: [chimes], targets: [bell] });
        await until(() => rung.length === 2);
        clock.moveTo(hour(15));
        await again.timers.fireDue();
        await until(() => rung.length === 3);
        await until(async () => (await openTimers()) === 0);
        expect(rung).toEqual([11, 13, 15]);
      });

      it('fires what is late in the order of the deadlines, whichever timers keep them, and then what has failed', async () => {
        const made = await started({ processes: [chimes], targets: [bell] }, ['processes']);
        await append(store, 'desk-1', lit(hour(11)), lit(hour(12)));
        clock.moveTo(hour(14));
        failures = 1;
        expect(await made.timers.fireDue()).toBe(3);
        expect(rung).toEqual([12, 13, 14]);
        expect((await made.control.statistics()).timers).toEqual({ open: 1, overdue: 1, failing: 1 });
        await until(async () => (await made.timers.fireDue()) > 0);
        expect(rung).toEqual([12, 13, 14, 11]);
        expect((await made.control.statistics()).timers).toEqual({ open: 1, overdue: 0, failing: 0 });
        clock.moveTo(hour(15));
        expect(await made.timers.fireDue()).toBe(1);
        expect(await openTimers()).toBe(0);
      });

      it('fires each at its own time while one fails for ever, and what fails is tried until it is cleared', async () => {
        const tried: unknown[] = [];
        const stuck: CommandTarget = {
          name: 'bell',
          execute: async ({ payload }) => {
            tried.push(payload['at']);
            if (payload['at'] === 'first') throw new Error('stuck');
            return true;
          },
        };
        const row = async () =>
          (
            await database.pool.query(
              `SELECT payload->>'at' AS at, following IS NULL AS alone, attempts, last_error,
                      not_before > now() + interval '1 minute' AS rests FROM processing.timers`,
            )
          ).rows[0];
        const soon = (name: string, ms: number): Deadline => ({
          timerId: derivedId('desk-1', name),
          dueAt: new Date(Date.now() + ms).toISOString(),
          payload: { at: name },
        });
        const bells: AnyProcessManager = {
          ...lamps(),
          react: ({ type, streamId, workspaceId }: Recorded<DeskEvent>) => {
            if (type !== 'LampLit') return { state: {}, timers: [{ clearAll: { streamId } }] };
            const following = [soon('second', 1500), soon('third', 2000)];
            const timer = { ...soon('first', 0), following, workspaceId, streamId, target: 'bell' };
            return { state: {}, timers: [{ set: timer }] };
          },
        };
        const options = { processes: [bells], targets: [stuck] };
        const made = await inRealTime(options, ['processes']);
        await made.waitGate.waitFor('lamps', await append(store, 'desk-1', lit(hour(11))), 5000);
        // It has failed so often that it rests for ten minutes after the next time.
        await database.pool.query('UPDATE processing.timers SET attempts = 20');
        await stop(made);
        const firing = await inRealTime(options);
        await until(async () => (await row()).attempts === 21);
        expect(await row()).toMatchObject({ at: 'first', alone: false, last_error: 'Error: stuck', rests: false });
        await until(async () => (await row()).alone && (await row()).rests);
        expect(tried.filter((name) => name !== 'first')).toEqual(['second', 'third']);
        await firing.waitGate.waitFor('lamps', await append(store, 'desk-1', closed()), 5000);
        expect(await openTimers()).toBe(0);
      });

      it('forgets what has failed when they are set anew, also while it fails', async () => {
        const door = Promise.withResolvers<void>();
        const tried: unknown[] = [];
        const failing: CommandTarget = {
          name: 'bell',
          execute: async ({ payload }) => {
            if (tried.push(payload['at']) === 2) await door.promise;
            throw new Error('stuck');
          },
        };
        const bells: AnyProcessManager = {
          ...lamps(),
          react: ({ streamId, workspaceId, data }: Recorded<DeskEvent & { type: 'LampLit' }>) => {
            const deadline = (name: string): Deadline => ({
              timerId: derivedId(streamId, name),
              dueAt: data.until,
              payload: { at: name },
            });
            const timer = { ...deadline('one'), following: [deadline('two')], workspaceId, streamId, target: 'bell' };
            return { state: {}, timers: [{ set: timer }] };
          },
        };
        const made = await started({ processes: [bells], targets: [failing] });
        await append(store, 'desk-1', lit('2026-11-22T09:00:00.000Z'));
        await until(() => tried.length === 2);
        await made.waitGate.waitFor('lamps', await append(store, 'desk-1', lit(hour(13))), 5000);
        door.resolve();
        await until(() => log.warnings.filter((line) => line.includes('A timer failed')).length === 2);
        await sleep(100);
        expect(new Set(tried).size).toBe(2);
        const { rows } = await database.pool.query(
          `SELECT due_at, payload->>'at' AS at, attempts, last_error, claim, following::text LIKE '%attempts%' AS old
             FROM processing.timers`,
        );
        const asSet = { due_at: new Date(hour(13)), at: 'one', attempts: 0, last_error: null, claim: null, old: false };
        expect(rows).toEqual([asSet]);
      });

      it('clears what follows with the first', async () => {
        const made = await started({ processes: [chimes], targets: [bell] }, ['processes']);
        await append(store, 'desk-1', lit(hour(11)));
        clock.moveTo(hour(11));
        await made.timers.fireDue();
        await append(store, 'desk-1', closed());
        clock.moveTo(hour(15));
        expect(await made.timers.fireDue()).toBe(0);
        expect([rung, await openTimers()]).toEqual([[11], 0]);
      });
    });

    it('are left alone when only a newer version knows their target, which the log says once', async () => {
      const said = () => log.warnings.filter((line) => line.includes('Timers wait for targets that this version'));
      const statements = jest.spyOn(Session.prototype, 'rows');
      const made = await started({ targets: [porter] });
      await append(store, 'desk-1', opened(), lit('2026-11-22T09:00:00.000Z'));
      await until(() => said().length === 1);
      expect(said()[0]).toContain('put-out');
      statements.mockClear();
      await sleep(400);
      expect(await made.timers.fireDue()).toBe(0);
      const claims = statements.mock.calls.filter(([, , name]) => name === 'claim timers').length;
      statements.mockRestore();
      expect(claims).toBeLessThan(5);
      expect(said()).toHaveLength(1);
      const { rows } = await database.pool.query('SELECT attempts, claim FROM processing.timers');
      expect(rows).toEqual([{ attempts: 0, claim: null }]);
      await started({}, ['timers']);
      await until(async () => (await wentOut('desk-1')) === 1);
    });

    it('are found by their time and their stream, not among all there are', async () => {
      const made = await started();
      // Versions of those that fired are read too until they are cleared away: a few thousand.
      const waiting = 30_000;
      await database.pool.query(
        `INSERT INTO processing.timers (name, version, build, timer_id, workspace_id, stream_id, target, due_at, payload)
         SELECT 'lamps', 1, 1, gen_random_uuid(), 'demo', 'desk-' || n, 'put-out', '2027-01-01', '{}'
           FROM generate_series(100, ${waiting + 99}) AS n`,
      );
      for (let i = 1; i <= 10; i++) {
        await append(store, `desk-${i}`, opened(), lit('2026-11-22T09:00:00.000Z'));
        await append(store, `desk-${100 + i}`, closed());
        await until(async () => (await wentOut(`desk-${i}`)) === 1);
      }
      await made.waitGate.waitFor('lamps', await store.head(), 5000);
      await stop(made); // its connections tell what they have read
      const { rows } = await database.pool.query<{ n: string; open: string }>(
        `SELECT (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relid = o) +
                (SELECT seq_tup_read FROM pg_stat_user_tables WHERE relid = o) AS n,
                (SELECT count(*) FROM processing.timers) AS open
           FROM (VALUES ('processing.timers'::regclass)) AS t(o)`,
      );
      expect(Number(rows[0]?.open)).toBe(waiting - 10);
      expect(Number(rows[0]?.n)).toBeGreaterThan(0);
      expect(Number(rows[0]?.n)).toBeLessThan(waiting);
    });

    it('fire as their own commands when an older version has set them', async () => {
      const made = await started({}, ['processes']);
      await append(store, 'desk-1', opened(), lit('2026-11-22T11:00:00.000Z'));
      await made.waitGate.waitFor('lamps', await store.head(), 5000);
      await database.pool.query('UPDATE processing.timers SET command_id = NULL');
      clock.moveTo('2026-11-22T12:00:00Z');
      expect(await made.timers.fireDue()).toBe(1);
      expect(await wentOut('desk-1')).toBe(1);
    });

    it('are the same after a rebuild', async () => {
      const made = await started({}, ['processes']);
      await append(store, 'desk-1', opened(), lit('2026-11-22T11:00:00.000Z'));
      await append(store, 'desk-2', opened(), lit('2026-11-22T11:00:00.000Z'), moved('attic'), closed());
      await made.waitGate.waitFor('lamps', await store.head(), 5000);
      await database.pool.query('DELETE FROM processing.outbox');
      expect(await made.control.rebuild('lamps')).toMatchObject({ build: 2, done: true });
      const { rows } = await database.pool.query(
        `SELECT t.stream_id FROM processing.timers t JOIN processing.processors p USING (name, version, build)
          WHERE p.status = 'live'`,
      );
      expect(rows).toEqual([{ stream_id: 'desk-1' }]);
      expect((await database.pool.query('SELECT id FROM processing.outbox')).rows).toEqual([]);
    });
  });

  describe('a process manager that has nothing to say', () => {
    /** Hears of every move, and speaks of those to the attic. */
    const attic = {
      ...lamps(),
      name: 'attic',
      types: ['DeskMoved'],
      react: (event: { data: { to: string } } & Parameters<ReturnType<typeof lamps>['react']>[0], state: object) =>
        event.data.to === 'attic' ? lamps().react(event, state as never) : { state },
    } as unknown as AnyProcessManager;
    const applied = async () =>
      Number((await database.pool.query(`SELECT epoch FROM processing.processors WHERE name = 'attic'`)).rows[0].epoch);

    it('writes nothing, yet is where the log is; and speaks once when there is something, also after a restart', async () => {
      const options = { processes: [attic] };
      const made = await started(options);
      let position = await append(store, 'desk-1', opened(), moved('hall'));
      await made.waitGate.waitFor('attic', position, 5000);
      const before = await applied();
      for (let n = 0; n < 100; n++) {
        position = await append(store, 'desk-1', moved(n % 2 === 0 ? 'hall' : 'yard'));
        await made.waitGate.waitFor('attic', position, 5000);
      }
      // Of a hundred batches a few have moved the checkpoint, which is done once a second.
      expect((await applied()) - before).toBeLessThan(50);
      position = await append(store, 'desk-1', moved('attic'));
      await made.waitGate.waitFor('attic', position, 5000);
      await until(() => told.length === 1);
      await append(store, 'desk-1', moved('hall'));
      await stop(made);
      const again = await started(options);
      position = await append(store, 'desk-2', opened(), moved('attic'));
      await again.waitGate.waitFor('attic', position, 5000);
      await until(() => told.length === 2);
      await sleep(300);
      expect(told.map(({ streamId, moves }) => [streamId, moves])).toEqual([
        ['desk-1', 1],
        ['desk-2', 1],
      ]);
    });
  });

  describe('finished work', () => {
    it('is taken away after some days, in bounded portions; what is open stays', async () => {
      const made = await started();
      await append(store, 'desk-1', opened(), lit('2026-11-22T09:00:00.000Z'), moved('attic'));
      await append(store, 'desk-2', opened(), lit('2026-11-22T09:30:00.000Z'), moved('attic'));
      await append(store, 'desk-3', opened(), lit('2026-11-22T23:00:00.000Z'));
      const { pool } = database;
      const rows = async (table: string) =>
        Number((await pool.query(`SELECT count(*) AS n FROM processing.${table}`)).rows[0].n);
      // Two lamps have gone out, and their timers with them.
      await until(async () => (await rows('timers')) === 1 && told.length === 2);
      await stop(made);
      // One of each was done long ago; beside them there is more than one portion.
      await pool.query(
        `UPDATE processing.outbox SET done_at = now() - interval '8 days' WHERE ordering_key = 'desk-1'`,
      );
      await pool.query(
        `INSERT INTO processing.timers (name, version, build, timer_id, workspace_id, stream_id, target, due_at, payload, done_at)
         SELECT 'lamps', 1, 1, gen_random_uuid(), 'demo', 'desk-' || n, 'put-out', now(), '{}', now() - interval '8 days'
           FROM generate_series(10, 2509) AS n`,
      );
      const before = await rows('timers');
      expect([before, await rows('outbox')]).toEqual([2501, 2]);

      await started({ keepDoneDays: 7 });
      await until(async () => (await rows('timers')) === 1 && (await rows('outbox')) === 1);
      expect(await openTimers()).toBe(1);
      expect(told).toHaveLength(2);
    });
  });

  describe('the outbox', () => {
    it('calls again with what is left while a work is done in portions', async () => {
      const portions: unknown[] = [];
      const carrier: CommandTarget = {
        name: 'porter',
        execute: async ({ id, payload }) => {
          portions.push([id, payload['left'] ?? 3]);
          const left = Number(payload['left'] ?? 3) - 1;
          return left > 0 ? { again: { left } } : true;
        },
      };
      const made = await started({ targets: [putOut(store), carrier] });
      await append(store, 'desk-1', moved('attic'));
      await until(() => portions.length === 3);
      const [[id] = []] = portions as [string, number][];
      expect(portions).toEqual([
        [id, 3],
        [id, 2],
        [id, 1],
      ]);
      await until(async () => (await made.control.statistics()).outbox.open === 0);
    });

    it('lets a work in portions go before groups that nobody waits for, in whatever process they are waited for', async () => {
      let left = true;
      const carrier: CommandTarget = {
        name: 'porter',
        execute: async () => {
          await sleep(20);
          return left ? { again: {} } : true;
        },
      };
      const made = await started({ groups: [desks()], targets: [putOut(store), carrier] });
      const reader = await started({ groups: [desks()] }, []);
      const reached = async (position: Position) => {
        const [group] = (await made.control.list()).filter(({ name }) => name === 'desks');
        return group !== undefined && store.compare(group.position, position) >= 0;
      };
      const write = () => append(store, 'desk-1', lit('2026-11-22T13:00:00.000Z'));

      await made.waitGate.waitFor('desks', await append(store, 'desk-1', opened(), moved('attic')), 5000);
      let last = await write();
      // What comes a moment after it has read is left until the work is over.
      await until(async () => {
        last = await write();
        await sleep(200);
        return !(await reached(last));
      });
      await reader.waitGate.waitFor('desks', last, 3000);
      last = await write();
      await made.waitGate.waitFor('desks', last, 3000);

      last = await write();
      left = false;
      await until(() => reached(last), 4000);
      expect(log.errors).toEqual([]);
    });

    it('sends in order per key, each message once', async () => {
      await started();
      for (let i = 0; i < 30; i++) await append(store, `desk-${i % 3}`, moved('attic'), moved('hall'));
      await until(() => told.length === 60);
      await sleep(100);
      expect(told).toHaveLength(60);
      for (const desk of ['desk-0', 'desk-1', 'desk-2'])
        expect(told.filter(({ streamId }) => streamId === desk).map(({ moves }) => moves)).toEqual(
          Array.from({ length: 20 }, (_, i) => i + 1),
        );
    });

    it('keeps later messages of a key behind one that fails, not those of others', async () => {
      let closedDoor = true;
      const moody: CommandTarget = {
        name: 'porter',
        execute: async (call) => {
          if (closedDoor && call.payload['streamId'] === 'desk-1') throw new Error('asleep');
          return await porter.execute(call);
        },
      };
      await started({ targets: [putOut(store), moody] });
      await append(store, 'desk-1', moved('attic'), moved('hall'));
      await append(store, 'desk-2', moved('attic'));
      await until(() => told.length === 1);
      expect(told).toMatchObject([{ streamId: 'desk-2' }]);
      closedDoor = false;
      await until(() => told.length === 3);
      expect(told.slice(1).map(({ moves }) => moves)).toEqual([1, 2]);
    });

    it('looks at what is next of its key, not at all that wait behind it', async () => {
      const door = Promise.withResolvers<void>();
      const hanging: CommandTarget = {
        name: 'porter',
        execute: async (call) => {
          if (call.payload['moves'] === 1 && call.payload['streamId'] === 'desk-1') await door.promise;
          return await porter.execute(call);
        },
      };
      const made = await started({ targets: [putOut(store), hanging] });
      const waiting = 1000;
      await append(store, 'desk-1', ...Array.from({ length: waiting }, () => moved('attic')));
      await made.waitGate.waitFor('lamps', await store.head(), 5000);
      for (let i = 1; i <= 10; i++) {
        await append(store, 'desk-2', moved('attic'));
        await until(() => told.length === i);
      }
      await sleep(1500); // connections tell what they have read once a second
      const { rows } = await database.pool.query<{ n: string }>(
        `SELECT (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relid = o) +
                (SELECT seq_tup_read FROM pg_stat_user_tables WHERE relid = o) AS n
           FROM (VALUES ('processing.outbox'::regclass)) AS t(o)`,
      );
      // Each was put in once, perhaps looked for in a table that was small.
      expect(Number(rows[0]?.n)).toBeGreaterThan(0);
      expect(Number(rows[0]?.n)).toBeLessThan(12 * waiting);
      door.resolve();
    });

    it('sends in order what comes while it sends', async () => {
      const keys = ['desk-1', 'desk-2', 'desk-3'];
      await started();
      await started({}, ['outbox']);
      for (let i = 0; i < 60; i++) await Promise.all(keys.map((key) => append(store, key, moved('attic'))));
      await until(() => told.length === 60 * keys.length, 30_000);
      for (const key of keys)
        expect(told.filter(({ streamId }) => streamId === key).map(({ moves }) => moves)).toEqual(
          Array.from({ length: 60 }, (_, i) => i + 1),
        );
    });

    it('sends what an older version has put in and lined up for nobody', async () => {
      const made = await started({}, ['processes']);
      await append(store, 'desk-1', moved('attic'), moved('hall'));
      await append(store, 'desk-2', moved('attic'));
      await made.waitGate.waitFor('lamps', await store.head(), 5000);
      await database.pool.query('UPDATE processing.outbox SET is_next = false');
      await started({}, ['outbox']);
      await until(() => told.length === 3);
    });

    it('leaves alone what has failed while others are still at work: it is sent again when its pause is over', async () => {
      const door = Promise.withResolvers<void>();
      const busy: CommandTarget = {
        name: 'porter',
        execute: async (call) => {
          if (call.payload['streamId'] === 'desk-1') await door.promise;
          else if (told.length === 0) {
            told.push(call.payload as never);
            await sleep(50);
            // Nothing else happens meanwhile, so that it ends when the other one's lease is to be renewed.
            for (const end = performance.now() + 2000; performance.now() < end;);
            throw new Error('asleep');
          }
          return true;
        },
      };
      await database.pool.query(`
        CREATE TABLE failures (leased_until timestamptz);
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN INSERT INTO failures VALUES (NEW.leased_until); RETURN NULL; END $$;
        CREATE TRIGGER note AFTER UPDATE ON processing.outbox FOR EACH ROW
          WHEN (NEW.ordering_key = 'desk-2' AND NEW.attempts = 1 AND NEW.claim = 1) EXECUTE FUNCTION note()`);
      await started({ targets: [putOut(store), busy] });
      await append(store, 'desk-1', moved('attic'));
      await append(store, 'desk-2', moved('attic'));
      const failures = async () => (await database.pool.query('SELECT leased_until FROM failures')).rows;
      const open = `SELECT 1 FROM processing.outbox WHERE ordering_key = 'desk-2' AND done_at IS NULL`;
      await until(async () => told.length === 1 && (await database.pool.query(open)).rowCount === 0);
      expect(await failures()).toEqual([{ leased_until: null }]);
      door.resolve();
    });

    it('is not held up by whom it waits for: other keys and other targets go on', async () => {
      const doors = Array.from({ length: 80 }, () => Promise.withResolvers<void>());
      let waiting = 0;
      const hanging: CommandTarget = {
        name: 'porter',
        execute: async (call) => {
          const { streamId } = call.payload as { streamId: string };
          if (streamId.startsWith('hung-')) await doors[waiting++]!.promise;
          return await porter.execute(call);
        },
      };
      const heard: unknown[] = [];
      const clerk: CommandTarget = { name: 'clerk', execute: async ({ payload }) => heard.push(payload['moves']) > 0 };
      const both: AnyProcessManager = {
        ...lamps(),
        react: (event: { id: string; streamId: string; workspaceId: string }, state: { moves: number }) => {
          const moves = state.moves + 1;
          const message = {
            workspaceId: 'demo',
            orderingKey: event.streamId,
            payload: { streamId: event.streamId, moves },
          };
          const outbox = ['porter', 'clerk'].map((target) => ({ ...message, id: derivedId(event.id, target), target }));
          return { state: { moves }, outbox };
        },
      };
      await started({ processes: [both], targets: [putOut(store), hanging, clerk] });
      // One of the porter's, then more than anybody takes at once.
      await append(store, 'hung-0', moved('attic'), moved('hall'));
      await append(store, 'desk-1', moved('attic'));
      await until(() => told.length === 1 && heard.length === 3);
      for (let i = 1; i < 70; i++) await append(store, `hung-${i}`, moved('attic'));
      await append(store, 'desk-2', moved('attic'));
      await until(() => heard.length === 73);
      expect(told).toMatchObject([{ streamId: 'desk-1' }]);
      for (const { resolve } of doors) resolve();
      await until(() => told.length === 73);
      expect(told.filter(({ streamId }) => streamId === 'hung-0').map(({ moves }) => moves)).toEqual([1, 2]);
    });

    it('writes what ended together in one statement', async () => {
      const together = Promise.withResolvers<void>();
      let inside = 0;
      const choir: CommandTarget = {
        name: 'porter',
        execute: async () => {
          if (++inside === 24) together.resolve();
          await together.promise;
          return true;
        },
      };
      await started({ targets: [putOut(store), choir] }, ['processes', 'outbox']);
      for (let i = 0; i < 24; i++) await append(store, `desk-${i}`, moved('attic'));
      const transactions = async () =>
        (await database.pool.query('SELECT done_at, xmin::text FROM processing.outbox')).rows as {
          done_at: Date | null;
          xmin: string;
        }[];
      const written = async () => (await transactions()).filter(({ done_at }) => done_at !== null).length;
      await until(async () => (await written()) === 24);
      expect(new Set((await transactions()).map(({ xmin }) => xmin)).size).toBe(1);
    });

    it('takes what a process that is gone had taken, under the same id, when its lease is over', async () => {
      const ids: string[] = [];
      const noting: CommandTarget = {
        name: 'porter',
        execute: async ({ id }) => ids.push(id) > 0,
      };
      const first = await started({ targets: [putOut(store), noting] }, ['processes']);
      await append(store, 'desk-1', moved('attic'), moved('hall'));
      await first.waitGate.waitFor('lamps', await store.head(), 5000);
      const { rows } = await database.pool.query<{ id: string }>('SELECT id FROM processing.outbox ORDER BY seq');
      // As a process leaves it that is killed at work.
      await database.pool.query(
        `UPDATE processing.outbox SET claim = 1, leased_until = now() + interval '1 s' WHERE id = $1`,
        [rows[0]?.id],
      );
      await started({ targets: [putOut(store), noting] }, ['outbox']);
      await sleep(300);
      expect(ids).toEqual([]);
      await until(() => ids.length === 2);
      expect(ids).toEqual(rows.map(({ id }) => id));
    });

    it('keeps its lease while the target works, longer than the lease is', async () => {
      const door = Promise.withResolvers<void>();
      let calls = 0;
      const slow: CommandTarget = {
        name: 'porter',
        execute: async () => {
          calls += 1;
          await door.promise;
          return true;
        },
      };
      const options = { targets: [putOut(store), slow], tuning: { leaseMs: 300 } };
      await started(options);
      await started(options);
      await append(store, 'desk-1', moved('attic'));
      await until(() => calls === 1);
      await sleep(900);
      expect(calls).toBe(1);
      door.resolve();
      await until(
        async () => (await database.pool.query('SELECT 1 FROM processing.outbox WHERE done_at IS NULL')).rowCount === 0,
      );
    });

    it('does not listen to whoever lost its claim', async () => {
      const doors = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      let calls = 0;
      const forgetful: CommandTarget = {
        name: 'porter',
        execute: async () => {
          await doors[calls++]!.promise;
          return true;
        },
      };
      await started({ targets: [putOut(store), forgetful] });
      await append(store, 'desk-1', moved('attic'));
      await until(() => calls === 1);
      // As if it had been frozen, and another had taken the message meanwhile, and gone down with it.
      await database.pool.query(
        `UPDATE processing.outbox SET claim = claim + 1, leased_until = now() - interval '1 s'`,
      );
      await append(store, 'desk-2', lit('2026-11-22T11:00:00.000Z'), closed());
      await until(() => calls === 2);
      doors[0]!.reject(new Error('too late'));
      await sleep(200);
      const state = async () =>
        (await database.pool.query('SELECT attempts, last_error, done_at IS NOT NULL AS done FROM processing.outbox'))
          .rows;
      expect(await state()).toEqual([{ attempts: 0, last_error: null, done: false }]);
      doors[1]!.resolve();
      await until(async () => (await state())[0].done);
      expect(await state()).toEqual([{ attempts: 1, last_error: null, done: true }]);
    });

    it('leaves alone what only a newer version knows where to send, and says so', async () => {
      await started({ targets: [putOut(store)] });
      await append(store, 'desk-1', moved('attic'));
      await until(() => log.warnings.some((line) => line.includes('does not know')));
      expect((await database.pool.query('SELECT attempts, claim FROM processing.outbox')).rows).toEqual([
        { attempts: 0, claim: 0 },
      ]);
      await started();
      await until(() => told.length === 1);
    });

    it('sends each in order per key, by two processes whose connections are killed', async () => {
      await started();
      await started();
      let killing = true;
      let kills = 0;
      const killer = (async () => {
        while (killing) {
          await sleep(40);
          const { rowCount } = await database.pool.query(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE application_name = 'countersign processing' AND datname = current_database()
              ORDER BY random() LIMIT 1`,
          );
          kills += rowCount ?? 0;
        }
      })();
      const desks = Array.from({ length: 20 }, (_, i) => `desk-${i}`);
      for (let i = 0; i < 10; i++) for (const desk of desks) await append(store, desk, moved('attic'));
      await sleep(1000);
      killing = false;
      await killer;
      const firsts = (desk: string) => [
        ...new Set(told.filter(({ streamId }) => streamId === desk).map(({ moves }) => moves)),
      ];
      await until(() => desks.every((desk) => firsts(desk).length === 10), 60_000);
      for (const desk of desks) expect(firsts(desk)).toEqual(Array.from({ length: 10 }, (_, i) => i + 1));
      expect(kills).toBeGreaterThan(15);
    });

    it('puts aside what is refused for good, shows it, and sends it again by command', async () => {
      let refusing = true;
      const strict: CommandTarget = {
        name: 'porter',
        execute: async (call) => {
          if (refusing && call.payload['moves'] === 1) throw new Refused('no');
          return await porter.execute(call);
        },
      };
      const made = await started({ targets: [putOut(store), strict] });
      await append(store, 'desk-1', moved('attic'), moved('hall'));
      await until(() => told.length === 1);
      const [dead] = await deadLetters(made.control);
      expect(dead).toMatchObject({ process: 'lamps', target: 'porter', attempts: 1, error: 'Refused: no' });
      refusing = false;
      expect(await made.control.retryDeadLetter(dead?.id ?? '')).toBe(true);
      await until(() => told.length === 2);
      expect(await deadLetters(made.control)).toEqual([]);
      expect(await made.control.retryDeadLetter(dead?.id ?? '')).toBe(false);
    });

    it('shows what was given up page by page, the oldest first', async () => {
      const strict: CommandTarget = { name: 'porter', execute: () => Promise.reject(new Refused('no')) };
      const { control } = await started({ targets: [putOut(store), strict] });
      await append(store, 'desk-1', moved('attic'), moved('hall'), moved('cellar'));
      await until(async () => (await deadLetters(control)).length === 3);
      const first = await control.deadLetters({ limit: 2 });
      const second = await control.deadLetters({ limit: 2, cursor: first.page.next! });
      expect([first.page.hasMore, second.page]).toEqual([true, { next: null, hasMore: false }]);
      expect([...first.data, ...second.data]).toEqual(await deadLetters(control));
      await expect(control.deadLetters({ limit: 2, cursor: 'x' })).rejects.toThrow(InvalidCursor);
    });

    it('waits for what is down, however often it was tried: no dead letter, and none of its key passes', async () => {
      let calls = 0;
      const sleepy: CommandTarget = { name: 'porter', execute: () => Promise.reject(new Down(`call ${++calls}`)) };
      const made = await started({ targets: [putOut(store), sleepy] });
      await append(store, 'desk-1', moved('attic'), moved('hall'));
      const tried = async () =>
        (await database.pool.query('SELECT attempts, last_error FROM processing.outbox ORDER BY seq')).rows;
      await until(async () => {
        await database.pool.query('UPDATE processing.outbox SET attempts = 100 WHERE attempts BETWEEN 1 AND 6');
        return (await tried())[0]?.attempts === 7;
      });
      expect(await deadLetters(made.control)).toEqual([]);
      expect(await tried()).toEqual([
        { attempts: 7, last_error: `Down: call ${calls}` },
        { attempts: 0, last_error: null },
      ]);
      expect((await made.control.statistics()).outbox).toEqual({ open: 2, failing: 1, dead: 0 });
    });

    it('sends a dead one again that others of its key have passed: never beside them, before those that fail', async () => {
      const doors = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const next = async () =>
        (
          await database.pool.query<{ move: number }>(
            `SELECT (payload->>'moves')::int AS move FROM processing.outbox
              WHERE is_next AND done_at IS NULL AND dead_at IS NULL`,
          )
        ).rows.map(({ move }) => move);
      const seen: [number, number[]][] = [];
      let refusing = true;
      let failing = true;
      const strict: CommandTarget = {
        name: 'porter',
        execute: async (call) => {
          const moves = Number(call.payload['moves']);
          if (moves === 1 && refusing) throw new Refused('no');
          seen.push([moves, await next()]);
          if (moves === 2 && failing) {
            await doors[0]!.promise;
            throw new Error('asleep');
          }
          if (moves === 1) await doors[1]!.promise;
          return await porter.execute(call);
        },
      };
      const made = await started({ targets: [putOut(store), strict] });
      await started({ targets: [putOut(store), strict] }, ['outbox']);
      await append(store, 'desk-1', moved('attic'), moved('hall'), moved('yard'));
      await until(() => seen.length === 1);
      refusing = false;
      const [dead] = await deadLetters(made.control);
      expect(await made.control.retryDeadLetter(dead?.id ?? '')).toBe(true);
      await sleep(200);
      expect(seen).toEqual([[2, [2]]]);
      failing = false;
      doors[0]!.resolve();
      await until(() => seen.length === 2);
      await sleep(700); // longer than the pause of the one that failed
      expect(seen).toEqual([
        [2, [2]],
        [1, [1]],
      ]);
      doors[1]!.resolve();
      await until(() => told.length === 3);
      expect(told.map(({ moves }) => moves)).toEqual([1, 2, 3]);
    });

    it('asks now and then for a message that somebody puts another one behind, not without a pause', async () => {
      const door = Promise.withResolvers<void>();
      const slow: CommandTarget = {
        name: 'porter',
        execute: async (call) => {
          await door.promise;
          return await porter.execute(call);
        },
      };
      await started({ targets: [putOut(store), slow] });
      await append(store, 'desk-1', moved('attic'));
      await until(
        async () => (await database.pool.query('SELECT 1 FROM processing.outbox WHERE claim = 1')).rowCount === 1,
      );
      const statements = jest.spyOn(Session.prototype, 'rows');
      const settled = () => statements.mock.calls.filter(([, , name]) => name === 'settle outbox').length;
      const inserting = await database.pool.connect();
      try {
        await inserting.query('BEGIN; SELECT 1 FROM processing.outbox FOR KEY SHARE');
        door.resolve();
        await sleep(500);
        expect(settled()).toBeGreaterThan(1);
        expect(settled()).toBeLessThan(60);
        await inserting.query('COMMIT');
      } finally {
        inserting.release(true);
        statements.mockRestore();
      }
      await until(
        async () => (await database.pool.query('SELECT 1 FROM processing.outbox WHERE done_at IS NULL')).rowCount === 0,
      );
      expect(told).toHaveLength(1);
    });
  });

  describe('versions', () => {
    it('says nothing of what happened before it was born', async () => {
      await append(store, 'desk-1', moved('attic'));
      const made = await started();
      await made.waitGate.waitFor('lamps', await store.head(), 5000);
      await append(store, 'desk-1', moved('hall'));
      await until(() => told.length === 1);
      expect(told).toEqual([{ streamId: 'desk-1', moves: 2, version: 1 }]);
    });

    it('a new version takes over where the old one stood: every event is answered once', async () => {
      const old = await started();
      let writing = true;
      let written = 0;
      const writer = (async () => {
        while (writing) {
          await append(store, 'desk-1', moved('attic'));
          written += 1;
        }
      })();
      await until(() => told.length > 20);
      const next = await started({ processes: [lamps(2)] });
      await until(() => told.some(({ version }) => version === 2));
      await sleep(200);
      writing = false;
      await writer;
      await until(() => told.length >= written, 60_000);
      await sleep(100);
      expect(told.map(({ moves }) => moves)).toEqual(Array.from({ length: written }, (_, i) => i + 1));
      expect(await next.control.list()).toMatchObject([{ name: 'lamps', version: 2, status: 'live' }]);
      await stop(old);
      await stop(next);
      const stepsBack = await started();
      await append(store, 'desk-1', moved('attic'));
      await sleep(500);
      expect(await stepsBack.control.list()).toMatchObject([{ version: 2, leading: false }]);
    });

    it('a new version takes over from one that is always a little further on', async () => {
      await started();
      /** Before each of its looks into the log, the old version has answered one more event. */
      class Busy extends PostgresEventStore {
        override async readAll(options: Parameters<EventStore['readAll']>[0]): ReturnType<EventStore['readAll']> {
          const before = told.length;
          await append(store, 'desk-1', moved('attic'));
          // Not while the new version holds it: nothing is told then.
          await Promise.race([until(() => told.length > before), sleep(300)]).catch(() => undefined);
          return await super.readAll(options);
        }
      }
      const busy = new Busy({ connectionString: database.url });
      const next = await started({ store: busy, processes: [lamps(2)] });
      try {
        await until(() => told.some(({ version }) => version === 2));
        expect(await next.control.list()).toMatchObject([{ name: 'lamps', version: 2, status: 'live' }]);
        const moves = told.map((each) => each.moves);
        expect(moves).toEqual(Array.from({ length: moves.length }, (_, i) => i + 1));
      } finally {
        await stop(next);
        await busy.close();
      }
    });
  });

  it('halts on an event it cannot digest, after everything before it', async () => {
    const made = await started();
    await append(store, 'desk-1', moved('attic'), moved(POISON), moved('hall'));
    await until(async () => (await made.control.list())[0]?.halted === true);
    await until(() => told.length === 1);
    expect(await made.control.list()).toMatchObject([
      { halted: true, error: expect.stringContaining('nobody can go there') },
    ]);
    expect(log.errors).toHaveLength(1);
    await stop(made);
    const cured = await started({
      processes: [{ ...lamps(), react: (_: never, state: { moves: number }) => ({ state }) }],
    });
    await cured.waitGate.waitFor('lamps', await store.head(), 5000);
    expect(await cured.control.list()).toMatchObject([{ halted: false }]);
  });

  it('works on a log that is not in PostgreSQL', async () => {
    const memory = new InMemoryEventStore();
    const made = await started({ store: memory, targets: [putOut(memory), porter] });
    await append(memory, 'desk-1', opened(), moved('attic'), lit('2026-11-22T09:00:00.000Z'));
    await until(() => told.length === 1);
    const types = async () => (await memory.readStream('desk-1')).events.map(({ type }) => type);
    await until(async () => (await types()).includes('LampWentOut'));
    await made.waitGate.waitFor('lamps', await memory.head(), 5000);
  });
});
