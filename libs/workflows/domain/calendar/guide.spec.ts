import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { businessTime } from '#libs/kernel/domain/business-time';
import { readCalendar } from './read-calendar.js';

const guide = readFileSync(resolve('docs/guides/calendars.md'), 'utf8');
const block = (kind: string) => new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(guide)?.[1] ?? '';
const HOUR = 3_600_000;

describe('The guide to calendars', () => {
  const { rules } = readCalendar(JSON.parse(block('json calendar')));
  const lines = [...block('text hours').matchAll(/^(\S+) \+ (\d+) = (\S+)/gm)];

  it('has examples', () => expect(lines.length).toBeGreaterThan(4));

  it.each(lines.map(([, from, hours, to]) => [from!, Number(hours), to!] as const))(
    'says rightly that from %s on %i hours are over at %s',
    (from, hours, to) => {
      const due = businessTime(rules).after(Date.parse(from), hours * HOUR, 'hours');
      expect(new Date(due!).toISOString()).toBe(new Date(to).toISOString());
    },
  );
});
