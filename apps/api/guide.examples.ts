import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { ApiInstallation } from './api.examples.js';

const SEPARATOR = '\u001e';

/** The boxes of a document that are for copying into a shell. */
export async function boxes(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8');
  return [...text.matchAll(/^```bash\n(.*?)^```$/gms)].map(([, box]) => box!);
}

/** Those of a guide that begins where the helpers and sign-ins of the README stand. */
export async function walkThrough(guide: string): Promise<readonly string[]> {
  const [helpers] = await boxes('README.md');
  return [helpers!, ...(await boxes(guide))];
}

/**
 * Copies boxes line by line into one shell.
 * @returns each line that is said to print something with what it is said to print, and with what it printed
 */
export async function copied({ url }: ApiInstallation, copies: readonly string[], folder?: string) {
  const lines = copies
    .flatMap((box) => box.trim().split('\n'))
    .map((text) => {
      const [line = '', prints] = text.split(' # → ');
      return { line, prints };
    });
  const script = lines.map(({ line }) => `${line}\nprintf '${SEPARATOR}'`).join('\n');
  const here = script.replaceAll('http://127.0.0.1:3000', url);
  const options = { maxBuffer: 1e7, ...(folder !== undefined && { cwd: folder }) };
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', here], options);
  if (stderr !== '') throw new Error(stderr);
  const printed = stdout.split(SEPARATOR).map((text) => text.trim());
  const told = lines.flatMap(({ line, prints }, i) =>
    prints === undefined ? [] : [{ line, prints, did: printed[i]! }],
  );
  return {
    said: told.map(({ line, prints }) => ({ line, prints })),
    printed: told.map(({ line, did }) => ({ line, prints: did })),
  };
}
