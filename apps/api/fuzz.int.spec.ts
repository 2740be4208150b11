import { installation, type ApiInstallation } from './api.examples.js';
import { Fuzzer } from './fuzzer.examples.js';

/** Requests nobody would write: whatever comes, the answer is one of the document's, and never a fault of ours. */
describe('a fuzzer', () => {
  let api: ApiInstallation;
  beforeAll(async () => {
    api = await installation();
  });
  afterAll(() => api.stop());

  it('finds no fault in a thousand requests', async () => {
    const fuzzer = await Fuzzer.of(api);
    const { seen, fault } = await fuzzer.run(1000, Number(process.env['FUZZ_SEED'] ?? 20261122));
    expect(fault).toBeUndefined();
    expect([...seen.keys()]).toEqual(expect.arrayContaining([200, 400, 401, 403, 404, 422]));
  });
});
