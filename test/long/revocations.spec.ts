import { installation, type ApiInstallation } from '#apps/api/api.examples';
import { decisionsOf, races, Revocations } from '#apps/api/revocations.examples';

const RACES = Number(process.env['REVOCATION_RACES'] ?? 10_000);

/** What `revocations.int.spec.ts` shows with some hundred races. */
describe(`${RACES} decisions, each beside the end of the right to it in another process`, () => {
  let api: ApiInstallation;
  let revocations: Revocations;

  beforeAll(async () => {
    api = await installation();
    revocations = new Revocations(api);
    await revocations.deafen();
  }, 120_000);
  afterAll(async () => {
    await revocations.close();
    await api.stop();
  });

  it('none stands behind it', async () => {
    const raced = await races(revocations, RACES);
    const decisions = await decisionsOf(revocations, raced);
    expect(decisions).toHaveLength(raced.filter(({ status }) => status === 201).length);
    const late = decisions.filter(({ decidedAt, endedAt }) => revocations.store.compare(decidedAt, endedAt) > 0);
    expect(late).toEqual([]);
  }, 7_200_000);
});
