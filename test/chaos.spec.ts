import { jest } from '@jest/globals';
import { chaos } from './support/chaos.js';
import { Installation } from './support/installation.js';

jest.setTimeout(300_000);

describe('killed under load', () => {
  it('kill -9 of the whole process, ten times: nothing acknowledged is lost, nothing doubled, read models equal a rebuild', async () => {
    const installation = await (await Installation.create()).start();
    try {
      const report = await chaos(installation, 10, async (each) => {
        await each.kill();
        await each.start();
      });
      console.log(JSON.stringify(report, null, 1));
      expect(report.faults).toEqual([]);
      expect(report.rebuilt).toEqual(report.kept);
      expect(report.acknowledged).toBeGreaterThan(100);
    } finally {
      await installation.destroy();
    }
  });
});
