import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Config, ConfigError } from './config.js';

const faultsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    Config.read(environment);
    return [];
  } catch (error) {
    return (error as ConfigError).faults;
  }
};

describe('Config', () => {
  it('needs nothing for a first start', () => {
    const config = Config.read({});
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      eventStore: 'postgres',
      demo: false,
      logLevel: 'info',
    });
    expect(config.databaseUrl).toBeUndefined();
    expect(Config.standalone({})).toMatchObject({ demo: true, logLevel: 'warn' });
    expect(Config.standalone({ DEMO: '0' }).demo).toBe(false);
    expect(Config.standalone({}).with({ PORT: '1' }).demo).toBe(true);
    expect(config.workerRoles).toEqual(['projections', 'processes', 'timers', 'outbox']);
  });

  it('is frozen', () => {
    const config = Config.read({}) as { port: number };
    expect(() => (config.port = 1)).toThrow(TypeError);
  });

  it('names every bad variable at once and prints no value', () => {
    const faults = faultsOf({
      PORT: 'eighty',
      EVENT_STORE: 'mongo-with-secret',
      DATABASE_URL: 'mysql://root:hunter2@db/x',
      LOG_LEVEL: 'loud',
      DEMO: 'perhaps',
      JWT_KEY_FILE: '/nowhere/s3cret.key',
      WORKER_ROLES: 'projections,cooking',
    });
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual([
      'PORT',
      'DATABASE_URL',
      'EVENT_STORE',
      'JWT_KEY_FILE',
      'DEMO',
      'LOG_LEVEL',
      'WORKER_ROLES',
    ]);
    expect(faults.join(' ')).not.toMatch(/eighty|mongo|hunter2|loud|perhaps|s3cret|cooking/);
  });

  it('sends no mail and calls nobody on this machine unless told', () => {
    const { mail, outbound, delivery, reviewLink } = Config.read({});
    expect(mail).toBeUndefined();
    expect(outbound).toEqual({ allowLoopback: false, plainHttp: true, timeoutSeconds: 10 });
    expect(delivery).toEqual({ tries: 10, retentionDays: 30 });
    expect(reviewLink).toBe('http://127.0.0.1:3000/api/v1/reviews/{reviewId}');
    const given = { SMTP_URL: 'smtp://u:hunter2@mail:587', MAIL_FROM: 'Reviews <reviews@example.com>' };
    expect(Config.read(given).mail).toEqual({ url: given.SMTP_URL, from: given.MAIL_FROM });
  });

  it('refuses loopback targets in production, and plain http unless it is asked for', () => {
    const faults = faultsOf({ NODE_ENV: 'production', OUTBOUND_ALLOW_LOOPBACK: '1' });
    expect(faults).toContainEqual(expect.stringMatching(/^OUTBOUND_ALLOW_LOOPBACK cannot be on/));
    expect(faultsOf({ NODE_ENV: 'production' }).join()).not.toContain('OUTBOUND');
  });

  it('names what is wrong with what goes out, and prints none of it', () => {
    const faults = faultsOf({
      SMTP_URL: 'imap://u:hunter2@mail',
      MAIL_FROM: 'nobody',
      REVIEW_LINK: 'https://console.example.com/s3cret',
      OUTBOUND_TIMEOUT_SECONDS: '0',
      DELIVERY_TRIES: 'many',
    });
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual([
      'OUTBOUND_TIMEOUT_SECONDS',
      'DELIVERY_TRIES',
      'SMTP_URL',
      'MAIL_FROM',
      'REVIEW_LINK',
    ]);
    expect(faults.join()).not.toMatch(/hunter2|nobody|s3cret|many/);
    expect(faults.join()).toContain('smtp:// or smtps://');
    expect(faultsOf({ MAIL_FROM: 'a@b.c' })).toEqual(['SMTP_URL and MAIL_FROM go together']);
    expect(faultsOf({ SMTP_URL: 'smtp://mail', MAIL_FROM: 'a@b.c\r\nBcc: x@y.z' })).toHaveLength(1);
  });

  it.each(['-1', '65536', '3e3', ' 30 00', '0x50'])('refuses port %j', (PORT) => {
    expect(faultsOf({ PORT })).toEqual(['PORT must be a whole number from 0 to 65535']);
  });

  it('takes an empty variable for an absent one', () => {
    expect(Config.read({ PORT: '', DATABASE_URL: ' ' })).toMatchObject({ port: 3000 });
  });

  it('wants an address for EventStoreDB, also of a cluster', () => {
    expect(faultsOf({ EVENT_STORE: 'eventstoredb' })).toEqual([
      'EVENTSTORE_URL is needed when EVENT_STORE is eventstoredb',
    ]);
    expect(faultsOf({ EVENT_STORE: 'eventstoredb', EVENTSTORE_URL: 'esdb://a:2113,b:2113?tls=true' })).toEqual([]);
  });

  it('wants name and password of a first administrator together', () => {
    expect(Config.read({}).firstAdministrator).toBeUndefined();
    expect(faultsOf({ ADMIN_USERNAME: 'boss' })).toEqual(['ADMIN_USERNAME and ADMIN_PASSWORD_FILE go together']);
    expect(
      Config.read({ ADMIN_USERNAME: 'boss', ADMIN_PASSWORD_FILE: 'package.json' }).firstAdministrator,
    ).toMatchObject({
      username: 'boss',
      workspaceId: 'main',
    });
  });

  it('takes overrides from the command line and checks them too', () => {
    expect(Config.read({ PORT: '4000' }).with({ WORKER_ROLES: 'timers' })).toMatchObject({
      port: 4000,
      workerRoles: ['timers'],
    });
    expect(() => Config.read({}).with({ PORT: 'x' })).toThrow(ConfigError);
  });

  describe('in production', () => {
    const folder = mkdtempSync(join(tmpdir(), 'config-'));
    const key = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    afterAll(() => rmSync(folder, { recursive: true }));

    it('refuses demo data and missing keys', () => {
      expect(faultsOf({ NODE_ENV: 'production', DEMO: '1' })).toEqual([
        'DEMO cannot be on when NODE_ENV is production: its passwords are public',
        'JWT_KEY_FILE is needed when NODE_ENV is production',
        'KEY_ENCRYPTION_KEY_FILE is needed when NODE_ENV is production',
      ]);
    });

    it('refuses the secrets of the examples', () => {
      const production = {
        NODE_ENV: 'production',
        DATABASE_URL: 'postgresql://countersign:change-me@db/countersign',
        JWT_KEY_FILE: key('jwt', 'change-me'),
        KEY_ENCRYPTION_KEY_FILE: key('kek', 'a-good-one'),
      };
      expect(faultsOf(production)).toEqual([
        'DATABASE_URL holds a secret of the examples',
        'JWT_KEY_FILE holds a secret of the examples',
      ]);
      const good = { ...production, DATABASE_URL: 'postgresql://c:9f8a@db/c', JWT_KEY_FILE: key('jwt2', 'k') };
      expect(faultsOf(good)).toEqual([]);
      expect(Config.read(good).demo).toBe(false);
    });
  });
});
