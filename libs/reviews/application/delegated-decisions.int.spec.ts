import { setImmediate as turn } from 'node:timers/promises';
import { InMemorySubjectKeys } from '#libs/event-store/infrastructure/in-memory-subject-keys';
import { PostgresEventStore } from '#libs/event-store/infrastructure/postgres-event-store';
import { testDatabase, type TestDatabase } from '#libs/testing/postgres';
import { decided, delegated, revoked, started, type Room } from './delegated-decisions.examples.js';
import { roomOn } from './review-room.examples.js';

const RACES = 300;

describe('Delegations that end while decisions are posted, on PostgreSQL', () => {
  let database: TestDatabase;
  let stores: PostgresEventStore[];
  let rooms: [Room, Room];

  beforeAll(async () => {
    database = await testDatabase();
    const keys = new InMemorySubjectKeys();
    const connect = () => new PostgresEventStore({ connectionString: database.url, readers: 4 });
    stores = [connect(), connect()];
    rooms = [roomOn(stores[0]!, keys), roomOn(stores[1]!, keys)];
    for (const { book } of rooms) await book.start();
  });
  afterAll(async () => {
    for (const { book } of rooms) await book.stop();
    for (const store of stores) await store.close();
    await database.close();
  });

  it('no decision is recorded after the end of the delegation it was made under', async () => {
    const [here, there] = rooms;
    const answers: string[] = [];
    for (let race = 0; race < RACES; race++) {
      const reviewId = await started(here, `loan-${race}`);
      const grant = await delegated(there);
      await here.book.current();
      // One of them gets a head start, now longer, now shorter.
      const late = async (turns: number) => {
        for (let i = 0; i < turns; i++) await turn();
      };
      const lead = (race % 41) - 20;
      const [answer] = await Promise.all([
        late(Math.max(0, lead)).then(() => decided(here, reviewId)),
        late(Math.max(0, -lead)).then(() => revoked(there, grant)),
      ]);
      answers.push(answer);
    }
    expect(answers.filter((answer) => answer !== 'recorded' && answer !== 'not-eligible')).toEqual([]);

    const { events } = await stores[0]!.readAll({ after: 'start', limit: 100_000 });
    const ends = new Map(
      events.flatMap(({ type, revision, position }) =>
        type === 'DelegationRevoked' ? [[Number(revision), BigInt(position)]] : [],
      ),
    );
    expect(ends.size).toBe(RACES);
    const decisions = events.filter(({ type }) => type === 'DecisionRecorded');
    expect(decisions).toHaveLength(answers.filter((answer) => answer === 'recorded').length);
    for (const { data, position } of decisions) {
      const { delegationRevision } = data['evidence'] as { delegationRevision: string };
      // The grant was the newest event of its stream; its end is the next.
      const made = Number(delegationRevision.split('@')[1]);
      expect(BigInt(position)).toBeLessThan(ends.get(made + 1)!);
    }
  });

  it('both orders are met: the end first, and the decision first', async () => {
    const [here, there] = rooms;
    const early = await started(here, 'loan-early');
    const grant = await delegated(there);
    await here.book.current();
    expect(await decided(here, early)).toBe('recorded');
    await revoked(there, grant);
    const second = await delegated(there);
    await here.book.current();
    const late = await started(here, 'loan-late');
    await revoked(there, second);
    expect(await decided(here, late)).toBe('not-eligible');
  });
});
