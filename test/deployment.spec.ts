import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { Config, ConfigError } from '#libs/composition/config';

const read = (file: string) => readFileSync(file, 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, any>;
  secrets: Record<string, { file: string }>;
  volumes: Record<string, unknown>;
};
const manifest = JSON.parse(read('package.json'));
const variables = (file: string) =>
  Object.fromEntries(
    read(file)
      .split('\n')
      .filter((line) => line && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

describe('the deployment', () => {
  const { services } = compose;

  it('consists of EventStoreDB, PostgreSQL, migrations, api and worker', () => {
    expect(Object.keys(services).sort()).toEqual(['api', 'eventstoredb', 'migrate', 'postgres', 'worker']);
  });

  it('pins every image exactly, EventStoreDB at 24.10.5 or newer, PostgreSQL at 18', () => {
    const tag = (name: string) => services[name].image.split(':').at(-1);
    const [major, minor, patch] = tag('eventstoredb').split('.').map(Number);
    expect(services['eventstoredb'].image).toContain('eventstore/eventstoredb-ee:');
    expect(major * 10_000 + minor * 100 + patch).toBeGreaterThanOrEqual(24_10_05);
    expect(tag('postgres')).toMatch(/^18\.\d+$/);
    expect(read('Dockerfile')).toMatch(/NODE_IMAGE=node:24\.\d+\.\d+-/);
  });

  it('sets EventStoreDB up as one insecure node without telemetry, with the health check it documents', () => {
    expect(services['eventstoredb'].environment).toMatchObject({
      EVENTSTORE_CLUSTER_SIZE: '1',
      EVENTSTORE_INSECURE: 'true',
      EVENTSTORE_TELEMETRY_OPTOUT: 'true',
    });
    expect(services['eventstoredb'].healthcheck.test.join(' ')).toMatch(
      /curl --fail .*http:\/\/localhost:2113\/health\/live/,
    );
  });

  it('has a health check on all that stays up, and starts the rest after it', () => {
    for (const name of ['eventstoredb', 'postgres', 'api', 'worker']) {
      expect(services[name].healthcheck.test).toBeDefined();
      expect(services[name].restart).toBe('unless-stopped');
    }
    for (const name of ['api', 'worker'])
      expect(services[name].depends_on).toEqual({
        migrate: { condition: 'service_completed_successfully' },
        eventstoredb: { condition: 'service_healthy' },
      });
    expect(services['migrate'].depends_on.postgres.condition).toBe('service_healthy');
  });

  it('keeps data in volumes that exist', () => {
    const mounted = Object.values(services).flatMap(({ volumes = [] }) =>
      (volumes as string[]).map((each) => each.split(':')[0]),
    );
    expect(new Set(mounted)).toEqual(new Set(Object.keys(compose.volumes)));
    expect(services['postgres'].volumes).toEqual(['postgres-data:/var/lib/postgresql']); // where the image of 18 keeps it
  });

  it('reads secrets only from files that are not committed', () => {
    const files = [
      ...Object.values(services).flatMap(({ env_file = [] }) => env_file as string[]),
      ...Object.values(compose.secrets).map(({ file }) => file),
    ];
    expect(new Set(files.map((file) => file.split('/')[0]))).toEqual(new Set(['secrets']));
    const { status } = spawnSync('git', ['check-ignore', '-q', 'secrets/countersign.env']);
    if (existsSync('.git')) expect(status).toBe(0);
    expect(read('docker-compose.yml')).not.toMatch(/password\s*:/i);
  });

  it('gives api and worker the key files and the drain they need, and no rights they do not need', () => {
    for (const name of ['api', 'worker']) {
      const { environment, secrets, stop_grace_period, read_only, cap_drop } = services[name];
      for (const key of ['JWT_KEY_FILE', 'KEY_ENCRYPTION_KEY_FILE'])
        expect(secrets).toContain(environment[key].replace('/run/secrets/', ''));
      expect(environment.NODE_ENV).toBe('production');
      expect(Number.parseInt(stop_grace_period)).toBeGreaterThan(Config.read({}).drainSeconds);
      expect({ read_only, cap_drop }).toEqual({ read_only: true, cap_drop: ['ALL'] });
    }
  });

  it('starts what npm starts too', () => {
    expect(services['api'].command.join(' ')).toBe(manifest.scripts['start:api']);
    expect(services['worker'].command.join(' ')).toBe(manifest.scripts['start:worker']);
    for (const name of ['api', 'worker', 'migrate']) {
      const program = (services[name].command as string[]).find((part) => /\.m?js$/.test(part))!;
      expect(existsSync(program.replace(/^dist\/(.*)\.js$/, '$1.ts'))).toBe(true);
    }
    expect(statSync('bin/countersign.mjs').mode & 0o111).not.toBe(0);
  });

  it('refuses to run with the secrets of the example, and takes it once they are replaced', () => {
    const folder = mkdtempSync(join(tmpdir(), 'deployment-'));
    try {
      const key = join(folder, 'key');
      writeFileSync(key, 'k'.repeat(44));
      const environment = {
        ...variables('secrets.example.env'),
        ...services['api'].environment,
        LOG_LEVEL: 'info',
        JWT_KEY_FILE: key,
        KEY_ENCRYPTION_KEY_FILE: key,
      };
      expect(() => Config.read(environment)).toThrow(ConfigError);
      const DATABASE_URL = environment.DATABASE_URL.replace('change-me', '5f1d');
      expect(Config.read({ ...environment, DATABASE_URL })).toMatchObject({
        production: true,
        eventStore: 'eventstoredb',
        host: '0.0.0.0',
        demo: false,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('builds an image in stages that runs without root, checks its health, and holds no development packages', () => {
    const dockerfile = read('Dockerfile');
    expect(dockerfile.match(/^FROM /gm)).toHaveLength(3);
    expect(dockerfile).toMatch(/^RUN npm ci --omit=dev/m);
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toMatch(/^HEALTHCHECK /m);
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, files]) => files!.split(' '));
    for (const file of copied) expect(existsSync(file)).toBe(true);
    for (const kept of ['secrets', 'node_modules', '.data', '.git'])
      expect(read('.dockerignore').split('\n')).toContain(kept);
  });

  // The files above are read as they are; where the plugin is installed it has the last word on the syntax.
  const plugin = spawnSync('docker', ['compose', 'version']).status === 0;
  if (plugin)
    it('is accepted by docker compose config', () => {
      const folder = mkdtempSync(join(tmpdir(), 'deployment-'));
      try {
        cpSync('docker-compose.yml', join(folder, 'docker-compose.yml'));
        mkdirSync(join(folder, 'secrets'));
        cpSync('secrets.example.env', join(folder, 'secrets/countersign.env'));
        for (const { file } of Object.values(compose.secrets)) writeFileSync(join(folder, file), 'x');
        const { status, stderr } = spawnSync('docker', ['compose', 'config', '--quiet'], {
          cwd: folder,
          encoding: 'utf8',
        });
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
});
