// Writes the generated files that are checked in; with `--check` only compares and fails when one is stale.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';

const check = process.argv.includes('--check');
const generators = [{ file: 'docs/openapi.json', from: 'dist/apps/api/openapi.js' }];

let stale = 0;
for (const { file, from } of generators) {
  const { generate } = await import(pathToFileURL(resolve(from)).href);
  const fresh = await generate();
  const old = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (fresh === old) continue;
  if (check) {
    stale++;
    console.error(`${file} is stale: run npm run build && npm run generate`);
  } else {
    writeFileSync(file, fresh);
    console.log(`wrote ${file}`);
  }
}
process.exit(stale ? 1 : 0);
