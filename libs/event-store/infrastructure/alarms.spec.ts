import { Alarms } from './alarms.js';

const LONG = 60_000;
const news = (first: bigint, last: bigint, ...types: string[]) => ({ first, last, types });

describe('a sleeper', () => {
  const never = new AbortController().signal;
  const alarms = new Alarms();
  const sleeper = (...types: string[]) => alarms.open(types.length > 0 ? types : undefined);

  it('looks when there is something of interest', async () => {
    const alarm = sleeper('RoleGranted');
    const sleep = alarm.sleep(4n, LONG, never);
    alarms.wake(news(5n, 6n, 'ReviewStarted', 'RoleGranted'));
    expect(await sleep).toBeUndefined();
  });

  it('is told how far there is nothing of interest', async () => {
    const alarm = sleeper('RoleGranted');
    alarms.wake(news(5n, 6n, 'ReviewStarted'));
    alarms.wake(news(7n, 7n, 'DecisionRecorded'));
    expect(await alarm.sleep(4n, LONG, never)).toBe(7n);
  });

  it('looks when something is missing between what it is told', async () => {
    const alarm = sleeper('RoleGranted');
    alarms.wake(news(6n, 6n, 'ReviewStarted'));
    expect(await alarm.sleep(4n, LONG, never)).toBeUndefined();
  });

  it('looks when it is not told what there is', async () => {
    const alarm = sleeper('RoleGranted');
    alarms.wake();
    expect(await alarm.sleep(4n, LONG, never)).toBeUndefined();
  });

  it('looks at everything when everything is of interest', async () => {
    const alarm = sleeper();
    alarms.wake(news(5n, 5n, 'ReviewStarted'));
    expect(await alarm.sleep(4n, LONG, never)).toBeUndefined();
  });

  it('passes over what it has read already', async () => {
    const alarm = sleeper('RoleGranted');
    alarms.wake(news(3n, 4n, 'RoleGranted'));
    alarms.wake(news(5n, 5n, 'ReviewStarted'));
    expect(await alarm.sleep(4n, LONG, never)).toBe(5n);
  });

  it('hears only what is told after it began to look', async () => {
    const alarm = sleeper();
    alarms.wake();
    alarm.reset();
    const sleep = alarm.sleep(0n, LONG, never);
    let awake = false;
    void sleep.then(() => (awake = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(awake).toBe(false);
    alarms.wake();
    expect(await sleep).toBeUndefined();
  });

  it('that is told too much at once looks', async () => {
    const alarm = sleeper('RoleGranted');
    for (let position = 1n; position <= 1000n; position++) alarms.wake(news(position, position, 'ReviewStarted'));
    expect(await alarm.sleep(0n, LONG, never)).toBeUndefined();
  });

  it('wakes at the end of its time, and when it is to stop', async () => {
    const stop = new AbortController();
    const sleep = sleeper().sleep(0n, LONG, stop.signal);
    stop.abort();
    expect(await sleep).toBeUndefined();
    expect(await sleeper().sleep(0n, 1, never)).toBeUndefined();
  });
});
