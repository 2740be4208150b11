import { Client } from '../support/client.js';
import { Installation } from '../support/installation.js';

const SECONDS = Number(process.env['SIGN_IN_SECONDS'] ?? 20);
const PER_SECOND = 50;
const READERS = 4;
const MINUTE = 60_000;

const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;

/** Many sign-ins at once take the processors, not the answers to everybody else. */
describe(`${PER_SECOND} sign-ins a second for ${SECONDS} s`, () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = await (await Installation.create()).start();
  }, 2 * MINUTE);
  afterAll(() => installation.destroy());

  /** Times of reads that follow each other, until told to stop, in milliseconds. */
  const reading = (reader: Client, path: string) => {
    const times: number[] = [];
    let goesOn = true;
    const read = async () => {
      while (goesOn) {
        const since = performance.now();
        const { status } = await reader.get(path);
        times.push(performance.now() - since);
        expect(status).toBe(200);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    const readers = Promise.all(Array.from({ length: READERS }, read));
    return async () => {
      goesOn = false;
      await readers;
      return times;
    };
  };
  /** As many as there are to be in so many seconds, whether the earlier ones are answered or not; their statuses. */
  const signIns = async (url: string, seconds: number) => {
    const statuses: Promise<number>[] = [];
    const begun = performance.now();
    while (performance.now() - begun < seconds * 1000) {
      const due = Math.floor(((performance.now() - begun) / 1000) * PER_SECOND);
      while (statuses.length < due)
        statuses.push(
          Client.anonymous(url)
            .post('/auth/login', { username: 'officer', password: 'countersign-demo' }, { key: null })
            .then(({ status }) => status),
        );
      await pause(0.005);
    }
    return statuses;
  };
  const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

  it(
    'leave reads at most three times as slow at the 99th percentile; what is too much is turned away',
    async () => {
      const { url } = installation;
      const manager = await Client.login(url, 'manager');
      const { body } = await manager.get('/reviews?limit=1');
      const path = `/reviews/${body.data[0].id}`;
      const without = async () => {
        const stop = reading(manager, path);
        await pause(SECONDS / 4);
        return percentile(await stop(), 0.99);
      };
      const withSignIns = async (seconds: number) => {
        const stop = reading(manager, path);
        const statuses = await signIns(url, seconds);
        const p99 = percentile(await stop(), 0.99);
        return { p99, answers: Map.groupBy(await Promise.all(statuses), (status) => status) };
      };
      await withSignIns(SECONDS / 4);

      const quiet = [await without(), await without(), await without()];
      const { p99, answers } = await withSignIns(SECONDS);
      quiet.push(await without(), await without());

      const counts = [...answers].map(([status, { length }]) => `${length} × ${status}`).join(', ');
      console.log(
        `p99 of reads ${quiet.map((ms) => ms.toFixed(1)).join(', ')} ms without, ${p99.toFixed(1)} ms with; ${counts}`,
      );
      expect([...answers.keys()].every((status) => [200, 429, 503].includes(status))).toBe(true);
      expect(answers.get(200)?.length).toBeGreaterThan(0);
      expect(p99 / percentile(quiet, 0.5)).toBeLessThanOrEqual(3);
    },
    10 * MINUTE,
  );
});
