import { jest } from '@jest/globals';
import { caughtUp, chaos, signIn } from './support/chaos.js';
import { Installation, until } from './support/installation.js';
import { publishedWorkflow, roleStep, startedReview } from './support/scenario.js';

jest.setTimeout(300_000);

describe('killed under load', () => {
  it('kill -9 of the whole process, ten times: nothing acknowledged is lost, nothing doubled, read models equal a rebuild', async () => {
    const installation = await (await Installation.begun()).start();
    const told: string[] = [];
    try {
      const report = await chaos(
        installation,
        10,
        async (each) => {
          await each.kill();
          await each.start();
        },
        (message) => told.push(message),
      );
      console.log([...told, JSON.stringify(report, null, 1)].join('\n'));
      expect(report.faults).toEqual([]);
      expect(report.rebuilt).toEqual(report.kept);
      expect(report.acknowledged).toBeGreaterThan(100);
    } finally {
      await installation.destroy();
    }
  });

  it('kill -9 while escalations fire, three times: each fires once', async () => {
    const installation = await (await Installation.begun()).start();
    try {
      const ladder = [
        { id: 'r1', at: 'start+0h', action: 'add', to: { role: 'admin' } },
        { id: 'r2', at: '0', action: 'priority' },
        { id: 'r3', at: '+999h', action: 'none' },
      ];
      let [officer, , , admin] = await signIn(installation.url);
      // Due at once: two rungs and the breach fire while the next reviews are started.
      const workflow = await publishedWorkflow(admin!, [roleStep('check', 'manager', 1, { slaHours: 0, ladder })]);
      const started: string[] = [];
      const kills: string[] = [];
      for (let cycle = 0; cycle < 3; cycle++) {
        const goal = started.length + 60;
        const starters = Array.from({ length: 6 }, async () => {
          while (started.length < goal) started.push(await startedReview(officer!, workflow));
        });
        await until('enough reviews', 60_000, async () => started.length >= goal - 20);
        kills.push(new Date().toISOString());
        await installation.kill();
        await Promise.allSettled(starters);
        await installation.start();
        [officer, , , admin] = await signIn(installation.url);
      }
      await caughtUp(admin!);
      const history = async (reviewId: string): Promise<{ type: string; recordedAt: string }[]> =>
        (await admin!.get(`/reviews/${reviewId}/events`)).body.data;
      const told = async (reviewId: string) => (await history(reviewId)).map(({ type }) => type);
      const expected = ['AssignmentAdded', 'ReviewStarted', 'RungFired', 'RungFired', 'SlaBreached', 'StepStarted'];
      await until('every escalation', 60_000, async () => {
        for (const reviewId of started) if ((await told(reviewId)).length < expected.length) return false;
        return true;
      });
      // What fires late would fire now.
      await admin!.must('/reviews/escalate', {});
      for (const reviewId of started) expect((await told(reviewId)).toSorted()).toEqual(expected);
      expect(started.length).toBeGreaterThan(120);

      // Every kill met timers that were due: what was started before it fired after it.
      const histories = await Promise.all(started.map(history));
      const struck = (at: string) =>
        histories.filter((events) => events[0]!.recordedAt < at && events.some(({ recordedAt }) => recordedAt > at));
      expect(kills.map((at) => struck(at).length > 0)).toEqual(kills.map(() => true));
    } finally {
      await installation.destroy();
    }
  });
});
