// `npm run build` compiles into dist/. `--if-changed`: unless dist/ is what these very sources were compiled into.
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { run } from './run.mjs';

const STAMP = 'dist/.built-from';
/** What the compiler remembers of its last run: changes when something else was compiled since. */
const BUILD_INFO = 'dist/.tsbuildinfo';
const settings = ['nest-cli.json', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];

/** Of the content: a checkout or a copy may bring older files with newer times, and the other way round. */
function digest(files) {
  const hash = createHash('sha256');
  for (const file of files.toSorted()) hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}
const sources = () =>
  digest([...globSync('{apps,libs,test}/**/*.{ts,json}').filter((file) => !file.endsWith('.spec.ts')), ...settings]);
const stamp = (from) => `${from} ${digest([BUILD_INFO])}`;
const isBuilt = (from) => existsSync(STAMP) && existsSync(BUILD_INFO) && readFileSync(STAMP, 'utf8') === stamp(from);

// Before it is compiled: what is edited meanwhile may or may not have been read.
const from = sources();
if (!process.argv.includes('--if-changed') || !isBuilt(from)) {
  if (run('nest', ['build']) !== 0) process.exit(1);
  writeFileSync(STAMP, stamp(from));
}
