import { installation, type ApiInstallation } from './api.examples.js';
import { decisionsOf, ends, races, Revocations, type End } from './revocations.examples.js';

const RACES = 240;

/** Rights that end in one process while another one records decisions made by them. */
describe('rights that end while decisions are posted', () => {
  let api: ApiInstallation;
  let revocations: Revocations;

  beforeAll(async () => {
    api = await installation({ REQUESTS_PER_SECOND: '0' });
    revocations = await Revocations.beside(api);
    await revocations.deafen();
  });
  afterAll(async () => {
    await revocations.close();
    await api.stop();
  });

  it('no decision stands behind the end of the right it was made by', async () => {
    const raced = await races(revocations, RACES);
    const refusals = raced
      .filter(({ status }) => status !== 201)
      .map(({ end, status, code }) => `${end}: ${status} ${code}`);
    const said: Record<End, string> = {
      role: '403 forbidden',
      deactivation: '401 unauthenticated',
      logout: '401 unauthenticated',
      password: '401 unauthenticated',
      delegation: '403 not-eligible',
      'role of the delegator': '403 not-eligible',
    };
    for (const refusal of new Set(refusals)) expect(ends.map((end) => `${end}: ${said[end]}`)).toContain(refusal);

    const decisions = await decisionsOf(revocations, raced);
    expect(decisions).toHaveLength(raced.length - refusals.length);
    const late = decisions.filter(({ decidedAt, endedAt }) => revocations.store.compare(decidedAt, endedAt) > 0);
    expect(late).toEqual([]);
  }, 120_000);

  it.each(ends)('is refused alike before and after the API has heard of it: %s', async (end) => {
    const workflow = await revocations.workflow(2);
    const early = await revocations.entitled(end);
    expect(await revocations.decide(await revocations.review(workflow), early.decider)).toMatchObject({ status: 201 });
    await early.revoke();
    const unheard = await revocations.decide(await revocations.review(workflow), early.decider);
    await revocations.heard();
    const heard = await revocations.decide(await revocations.review(workflow), early.decider);
    expect([unheard.status, unheard.body.code]).toEqual([heard.status, heard.body.code]);
    expect([401, 403]).toContain(heard.status);
  });

  it('among many who decide at once, only the one whose right has ended is refused', async () => {
    await Promise.all(Array.from({ length: 8 }, () => revocations.someone('manager')));
    const workflow = await revocations.workflow(9);
    for (let round = 0; round < 8; round++) {
      const deciders = await Promise.all(Array.from({ length: 8 }, () => revocations.entitled('role')));
      const reviewId = await revocations.review(workflow);
      const [answers] = await revocations.race(
        round / 2 - 1,
        () => Promise.all(deciders.map(({ decider }) => revocations.decide(reviewId, decider))),
        deciders[round]!.revoke,
      );
      const statuses = answers.map(({ status }) => status);
      expect(statuses.toSpliced(round, 1)).toEqual(Array(7).fill(201));
      expect([201, 403]).toContain(statuses[round]);
    }
  });
});
