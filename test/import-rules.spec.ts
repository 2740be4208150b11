import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile, copyFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '..');
const rules = createRequire(import.meta.url)(join(root, '.dependency-cruiser.cjs')) as {
  forbidden: { name: string }[];
};

/** One deliberate violation of each rule: the files of a small tree, by path. */
const violations: Record<string, Record<string, string>> = {
  'domain-is-pure': { 'libs/reviews/domain/a.ts': "import 'node:fs';" },
  'application-knows-no-technology': { 'libs/reviews/application/a.ts': "import 'pg';" },
  'rooms-meet-in-the-application': {
    'libs/reviews/infrastructure/a.ts': "import '../../workflows/infrastructure/b.js';",
    'libs/workflows/infrastructure/b.ts': 'export {};',
  },
  'kernel-knows-no-room': {
    'libs/kernel/application/a.ts': "import '../../reviews/application/b.js';",
    'libs/reviews/application/b.ts': 'export {};',
  },
  'libs-know-no-app': {
    'libs/reviews/infrastructure/a.ts': "import '../../../apps/api/b.js';",
    'apps/api/b.ts': 'export {};',
  },
  'apps-do-not-share': { 'apps/cli/a.ts': "import '../api/b.js';", 'apps/api/b.ts': 'export {};' },
  'testing-stays-in-tests': {
    'libs/reviews/infrastructure/a.ts': "import '../../testing/b.js';",
    'libs/testing/b.ts': 'export {};',
  },
  'no-circular': { 'libs/reviews/domain/a.ts': "import './b.js';", 'libs/reviews/domain/b.ts': "import './a.js';" },
};

/** Names of the rules that dependency-cruiser reports for a tree of these files. */
async function reported(files: Record<string, string>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'import-rules-'));
  try {
    for (const file of ['tsconfig.json', 'package.json', '.dependency-cruiser.cjs'])
      await copyFile(join(root, file), join(folder, file));
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    const tops = [...new Set(Object.keys(files).map((path) => path.split('/')[0]!))];
    const args = [...tops, '--config', '.dependency-cruiser.cjs', '--output-type', 'json'];
    const depcruise = join(root, 'node_modules/.bin/depcruise');
    const { stdout } = await run(depcruise, args, { cwd: folder, maxBuffer: 1e8 }).catch((error) => error);
    const { summary } = JSON.parse(stdout) as { summary: { violations: { rule: { name: string } }[] } };
    return summary.violations.map(({ rule }) => rule.name);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('the import rules', () => {
  it.each(rules.forbidden.map(({ name }) => name))('%s refuses its deliberate violation', async (name) => {
    expect(violations).toHaveProperty([name]);
    expect(await reported(violations[name]!)).toContain(name);
  });

  it('let an innocent tree pass', async () => {
    const innocent = {
      'libs/reviews/domain/a.ts': 'export const a = 1;',
      'libs/reviews/application/b.ts': "import '../domain/a.js';",
      'libs/reviews/infrastructure/c.ts': "import '../application/b.js'; import 'pg';",
      'apps/api/d.ts': "import '../../libs/reviews/infrastructure/c.js';",
    };
    expect(await reported(innocent)).toEqual([]);
  });
});
