import { EventStoreUnavailable } from '../application/errors.js';
import { AppendQueue, type AppendQueueOptions } from './append-queue.js';

const options: AppendQueueOptions = { maxGroups: 4, maxBytes: 100, maxWaiting: 10, deadlineMs: 1000 };

/** A queue whose calls are answered when the test says so. */
function controlled(more: Partial<AppendQueueOptions> = {}) {
  const calls: { groups: readonly string[]; answer: () => void; fail: (error: Error) => void }[] = [];
  const queue = new AppendQueue<string, string>(
    (groups) =>
      new Promise((resolve, reject) => {
        calls.push({ groups, answer: () => resolve(groups.map((group) => `${group}!`)), fail: reject });
      }),
    { ...options, ...more },
  );
  const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
  return { queue, calls, turn };
}

describe('the append queue', () => {
  it('carries what came by one turn in one call, and what comes meanwhile in the next', async () => {
    const { queue, calls, turn } = controlled();
    const first = ['a', 'b'].map((group) => queue.add(group, 1));
    await turn();
    const second = ['c', 'd', 'e'].map((group) => queue.add(group, 1));
    await turn();
    expect(calls.map(({ groups }) => groups.join())).toEqual(['a,b']);
    calls[0]!.answer();
    expect(await Promise.all(first)).toEqual(['a!', 'b!']);
    await turn();
    expect(calls.map(({ groups }) => groups.join())).toEqual(['a,b', 'c,d,e']);
    calls[1]!.answer();
    expect(await Promise.all(second)).toEqual(['c!', 'd!', 'e!']);
    await queue.idle();
  });

  it('bounds a call by groups and by bytes, keeping the order', async () => {
    const { queue, calls, turn } = controlled();
    const sizes = [1, 1, 1, 1, 60, 60, 500, 1];
    const all = Promise.all(sizes.map((size, index) => queue.add(String(index), size)));
    for (let call = 0; call < 4; call++) {
      await turn();
      calls[call]!.answer();
    }
    await turn();
    calls[4]?.answer();
    expect(await all).toEqual(sizes.map((_, index) => `${index}!`));
    expect(calls.map(({ groups }) => groups.join())).toEqual(['0,1,2,3', '4', '5', '6', '7']);
  });

  it('answers those whose time is over, and does not carry them any more', async () => {
    const { queue, calls, turn } = controlled({ deadlineMs: 60 });
    const stuck = queue.add('a', 1);
    await turn();
    const waiting = queue.add('b', 1);
    await expect(waiting).rejects.toThrow('did not answer within 60 ms');
    await expect(stuck).rejects.toThrow(EventStoreUnavailable);
    const late = queue.add('c', 1);
    calls[0]!.answer();
    await turn();
    expect(calls.map(({ groups }) => groups.join())).toEqual(['a', 'c']);
    calls[1]!.answer();
    expect(await late).toBe('c!');
  });

  it('fails only the one at fault when a call is refused, and all when nobody can be reached', async () => {
    const { queue, calls, turn } = controlled();
    const all = Promise.allSettled(['a', 'bad', 'c'].map((group) => queue.add(group, 1)));
    await turn();
    calls[0]!.fail(new Error('refused'));
    await turn();
    calls[1]!.answer();
    await turn();
    calls[2]!.fail(new Error('refused'));
    await turn();
    calls[3]!.answer();
    expect((await all).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);

    const down = Promise.allSettled(['x', 'y'].map((group) => queue.add(group, 1)));
    await turn();
    calls[4]!.fail(new EventStoreUnavailable('gone'));
    expect((await down).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(calls).toHaveLength(5);
  });

  it('turns away what it could only let wait', async () => {
    const { queue, calls, turn } = controlled({ maxWaiting: 2 });
    const carried = queue.add('a', 1);
    await turn();
    const waiting = [queue.add('b', 1), queue.add('c', 1)];
    await expect(queue.add('d', 1)).rejects.toThrow('Too many appends wait');
    calls[0]!.answer();
    await carried;
    await turn();
    calls[1]!.answer();
    expect(await Promise.all(waiting)).toEqual(['b!', 'c!']);
  });
});
