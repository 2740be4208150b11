// Run after each `npm install`: adds the optional per-platform packages that npm leaves out of package-lock.json,
// with their integrity, so that `npm ci` accepts the lock on every platform.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const packages = lock.packages;

const match = (name, table) => table.find(([pattern]) => pattern.test(name))?.[1];
const os = (name) =>
  match(name, [
    [/darwin/, 'darwin'],
    [/win32|windows|(^|[-/])win(-|$)/, 'win32'],
    [/android/, 'android'],
    [/freebsd/, 'freebsd'],
    [/openharmony/, 'openharmony'],
    [/netbsd/, 'netbsd'],
    [/openbsd/, 'openbsd'],
    [/sunos/, 'sunos'],
    [/aix/, 'aix'],
    [/linux/, 'linux'],
  ]);
const cpu = (name) =>
  match(name, [
    [/wasm32/, 'wasm32'],
    [/arm64|aarch64/, 'arm64'],
    [/x64|x86_64/, 'x64'],
    [/ia32/, 'ia32'],
    [/arm/, 'arm'],
    [/ppc64/, 'ppc64'],
    [/riscv64/, 'riscv64'],
    [/s390x/, 's390x'],
    [/loong64/, 'loong64'],
    [/mips64el/, 'mips64el'],
  ]);

const isLocked = (path, name) => {
  for (let at = path; at;) {
    if (packages[`${at}/node_modules/${name}`]) return true;
    const parent = at.lastIndexOf('/node_modules/');
    if (parent < 0) break;
    at = at.slice(0, parent);
  }
  return `node_modules/${name}` in packages;
};

let added = 0;
for (const [path, pkg] of Object.entries({ ...packages }))
  for (const [name, range] of Object.entries(pkg.optionalDependencies ?? {})) {
    const [system, processor] = [os(name), cpu(name)];
    if (isLocked(path, name) || (!system && !processor)) continue;
    packages[`node_modules/${name}`] = {
      version: range.replace(/^[~^]/, ''),
      ...(processor && { cpu: [processor] }),
      ...(pkg.dev && { dev: true }),
      optional: true,
      ...(system && { os: [system] }),
    };
    added++;
  }

// An optional package that its registry does not hold stays without integrity: npm skips it on every platform but its own.
const lacking = Object.entries(packages).filter(([path, pkg]) => path && pkg.version && !pkg.integrity && !pkg.link);
const unknown = [];
for (const [path, pkg] of lacking) {
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const integrity = await run('npm', ['view', `${name}@${pkg.version}`, 'dist.integrity']).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
  if (integrity) pkg.integrity = integrity;
  else unknown.push(`${name}@${pkg.version}`);
}
for (const pkg of Object.values(packages)) delete pkg.resolved;
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
console.log(`added ${added} optional packages, filled ${lacking.length - unknown.length} integrities`);
if (unknown.length) console.log(`no integrity to be had for: ${unknown.join(', ')}`);
