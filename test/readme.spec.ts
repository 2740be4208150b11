import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { Installation } from './support/installation.js';

const run = promisify(execFile);
const SEPARATOR = '\u001e';

/** The lines of the README's walk through, with what each is said to print. */
async function walkThrough(): Promise<{ line: string; prints: string | undefined }[]> {
  const readme = await readFile('README.md', 'utf8');
  const section = /^## Walk through$(.*?)^## /ms.exec(readme)![1]!;
  const blocks = [...section.matchAll(/^```bash\n(.*?)^```$/gms)].map(([, text]) => text!);
  return blocks
    .flatMap((text) => text.trim().split('\n'))
    .map((text) => {
      const [line, prints] = text.split(' # → ');
      return { line: line!, prints };
    });
}

describe('the README', () => {
  let installation: Installation;
  beforeAll(async () => void (installation = await (await Installation.begun()).start()), 120_000);
  afterAll(() => installation.destroy(), 60_000);

  it('has a walk through that works, copied line by line', async () => {
    const lines = await walkThrough();
    expect(lines.filter(({ prints }) => prints).length).toBeGreaterThan(10);
    const script = lines.map(({ line }) => `${line}\nprintf '${SEPARATOR}'`).join('\n');
    const here = script.replaceAll('127.0.0.1:3000', `127.0.0.1:${installation.port}`);
    const { stdout, stderr } = await run('bash', ['-c', here], { maxBuffer: 1e7 });
    expect(stderr).toBe('');
    const printed = stdout.split(SEPARATOR).map((text) => text.trim());
    const claimed = lines.map(({ line, prints }, i) => ({ line, prints: prints ?? printed[i] }));
    expect(lines.map(({ line }, i) => ({ line, prints: printed[i] }))).toEqual(claimed);
    expect(printed.at(-3)).toContain('committee 2 satisfied');
    expect(printed.at(-2)).toMatch(/^Submitted loan .*approved/is);
  });
});
