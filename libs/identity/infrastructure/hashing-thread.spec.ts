import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { HashingThread } from './hashing-thread.js';

const cheap = { message: 'countersign', nonce: randomBytes(16), memory: 64, passes: 1, parallelism: 1, tagLength: 32 };

/** The 19th of what the kernel tells of a thread. */
const nicenessOf = (thread: number | string) =>
  Number(readFileSync(`/proc/self/task/${thread}/stat`, 'utf8').split(') ')[1]?.split(' ')[16]);

describe('the thread that hashes passwords', () => {
  const thread = new HashingThread();
  afterAll(() => thread.stop());

  it('answers each what it has asked for', async () => {
    const other = { ...cheap, message: 'another' };
    const [one, two, again] = await Promise.all([cheap, other, cheap].map((each) => thread.argon2id(each)));
    expect(one).toHaveLength(32);
    expect(again).toEqual(one);
    expect(two).not.toEqual(one);
  });

  it('refuses what cannot be hashed, and goes on', async () => {
    await expect(thread.argon2id({ ...cheap, passes: 0 })).rejects.toThrow('out of range');
    expect(await thread.argon2id(cheap)).toHaveLength(32);
  });

  it('ended in the middle of something, rejects it; the next password begins another one', async () => {
    const left = thread.argon2id({ ...cheap, memory: 65_536, passes: 10 });
    await Promise.all([expect(left).rejects.toThrow('has ended'), thread.stop()]);
    expect(await thread.argon2id(cheap)).toHaveLength(32);
  });

  (process.platform === 'linux' ? it : it.skip)('yields to every other thread', async () => {
    await thread.argon2id(cheap);
    const all = readdirSync('/proc/self/task').map(nicenessOf);
    expect(all.toSorted((a, b) => a - b).slice(-2)).toEqual([nicenessOf(process.pid), 10]);
  });
});
