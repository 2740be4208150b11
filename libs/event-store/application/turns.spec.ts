import { EventStoreUnavailable } from './errors.js';
import { Turns } from './turns.js';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('turns', () => {
  it('run one after the other under one key, in order, whatever becomes of them', async () => {
    const turns = new Turns();
    const log: string[] = [];
    const task = (name: string, ms: number, fails = false) =>
      turns.take('k', 1000, async () => {
        log.push(`${name} begins`);
        await pause(ms);
        log.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      });
    const results = await Promise.allSettled([task('a', 20), task('b', 1, true), task('c', 1)]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('do not wait for other keys', async () => {
    const turns = new Turns();
    const slow = turns.take('slow', 1000, () => pause(50));
    expect(await turns.take('quick', 1000, async () => 'done')).toBe('done');
    await slow;
  });

  it('that do not come in time are given up, and those behind still wait for those before', async () => {
    const turns = new Turns();
    const log: string[] = [];
    const slow = turns.take('k', 1000, async () => {
      await pause(60);
      log.push('slow');
    });
    const impatient = turns.take('k', 10, async () => log.push('never'));
    const patient = turns.take('k', 1000, async () => log.push('patient'));
    await expect(impatient).rejects.toThrow(EventStoreUnavailable);
    await Promise.all([slow, patient]);
    expect(log).toEqual(['slow', 'patient']);
  });
});
