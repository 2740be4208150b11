import { jest } from '@jest/globals';
import { chaos } from './support/chaos.js';
import { Installation } from './support/installation.js';

jest.setTimeout(300_000);

describe('killed under load', () => {
  it('kill -9 of the whole process, ten times: nothing acknowledged is lost, nothing doubled, read models equal a rebuild', async () => {
    const installation = await (await Installation.create()).start();
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
});
