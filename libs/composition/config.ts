import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PlainError } from './plain-error.js';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export const WORKER_ROLES = ['projections', 'processes', 'timers', 'outbox'] as const;
export type WorkerRole = (typeof WORKER_ROLES)[number];
export const EVENT_STORES = ['postgres', 'eventstoredb'] as const;
export type EventStoreKind = (typeof EVENT_STORES)[number];

type Environment = Readonly<Record<string, string | undefined>>;

/** All faults at once; names the variables, never their values. */
export class ConfigError extends PlainError {
  constructor(readonly faults: readonly string[]) {
    super(`The configuration is not usable:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  }
}

/** The configuration of one process: read once from the environment, checked as a whole, frozen. */
export class Config {
  private readonly faults: string[] = [];

  /** True under NODE_ENV=production: demo data and example secrets are refused. */
  readonly production: boolean;
  readonly host: string;
  readonly port: number;
  /** Where /metrics listens without a token; undefined = only on the API's port, with `system:operate`. */
  readonly metricsPort: number | undefined;
  readonly dataDir: string;
  /** Undefined = the embedded PostgreSQL of DATA_DIR. */
  readonly databaseUrl: string | undefined;
  readonly databasePoolSize: number;
  readonly eventStore: EventStoreKind;
  readonly eventStoreUrl: string | undefined;
  /** Undefined = a file in DATA_DIR, made at the first start of the standalone. */
  readonly jwtKeyFile: string | undefined;
  readonly keyEncryptionKeyFile: string | undefined;
  /** Life of an access token. */
  readonly accessTokenMinutes: number;
  readonly demo: boolean;
  readonly logLevel: LogLevel;
  readonly corsOrigins: readonly string[];
  /** Number of proxies in front that may name the client's address. */
  readonly trustedProxies: number;
  /** Requests per second of one principal; 0 = no limit. */
  readonly requestsPerSecond: number;
  /** Event streams that one principal may keep open at a time, in one process. */
  readonly streamsPerPrincipal: number;
  /** Sign-ins, and requests without a good token, per second from one address; 0 = no limit. */
  readonly strangersPerSecond: number;
  /** Wrong passwords from one address before it has to wait; 0 = addresses are not counted. */
  readonly wrongPasswordsPerAddress: number;
  /** How long a process may take to answer what it has begun after SIGTERM. */
  readonly drainSeconds: number;
  /** How long timers that fired and messages that were sent are kept. */
  readonly keepDoneDays: number;
  readonly workerRoles: readonly WorkerRole[];
  /** Calls to addresses that people give us. */
  readonly outbound: Readonly<{ allowLoopback: boolean; plainHttp: boolean; timeoutSeconds: number }>;
  /** Tries before a message is given up, and days that it stays in the list. */
  readonly delivery: Readonly<{ tries: number; retentionDays: number }>;
  /** Undefined: no mail is sent. */
  readonly mail: Readonly<{ url: string; from: string }> | undefined;
  /** Where a review is looked at; `{reviewId}` stands for its id. */
  readonly reviewLink: string;
  /** Made at the start of an API when nobody has this name yet; undefined = by `countersign init`. */
  readonly firstAdministrator: Readonly<{ username: string; passwordFile: string; workspaceId: string }> | undefined;

  private constructor(
    private readonly environment: Environment,
    private readonly isStandalone = false,
  ) {
    this.production = environment['NODE_ENV'] === 'production';
    this.host = this.text('HOST') ?? '127.0.0.1';
    this.port = this.integer('PORT', 3000, 0, 65_535);
    this.metricsPort = this.text('METRICS_PORT') ? this.integer('METRICS_PORT', 0, 1, 65_535) : undefined;
    this.dataDir = resolve(this.text('DATA_DIR') ?? '.data');
    this.databaseUrl = this.url('DATABASE_URL', ['postgresql:', 'postgres:']);
    this.databasePoolSize = this.integer('DATABASE_POOL_SIZE', 20, 2, 200);
    this.eventStore = this.oneOf('EVENT_STORE', EVENT_STORES, 'postgres');
    this.eventStoreUrl = this.url('EVENTSTORE_URL', ['esdb:', 'esdb+discover:']);
    this.jwtKeyFile = this.file('JWT_KEY_FILE');
    this.keyEncryptionKeyFile = this.file('KEY_ENCRYPTION_KEY_FILE');
    this.accessTokenMinutes = this.integer('ACCESS_TOKEN_MINUTES', 60, 1, 24 * 60);
    this.demo = this.yesNo('DEMO', isStandalone && !this.production);
    this.logLevel = this.oneOf('LOG_LEVEL', LOG_LEVELS, isStandalone ? 'warn' : 'info');
    this.corsOrigins = this.list('CORS_ORIGINS');
    this.trustedProxies = this.integer('TRUSTED_PROXIES', 0, 0, 10);
    this.requestsPerSecond = this.integer('REQUESTS_PER_SECOND', this.demo ? 0 : 1000, 0, 1_000_000);
    this.streamsPerPrincipal = this.integer('STREAMS_PER_PRINCIPAL', 10, 1, 1000);
    this.strangersPerSecond = this.integer('STRANGERS_PER_SECOND', this.demo ? 0 : 50, 0, 1_000_000);
    this.wrongPasswordsPerAddress = this.integer('WRONG_PASSWORDS_PER_ADDRESS', this.demo ? 0 : 50, 0, 1_000_000);
    this.drainSeconds = this.integer('DRAIN_SECONDS', 15, 1, 600);
    this.keepDoneDays = this.integer('KEEP_DONE_DAYS', 30, 1, 3650);
    this.workerRoles = this.roles();
    this.outbound = Object.freeze({
      allowLoopback: this.yesNo('OUTBOUND_ALLOW_LOOPBACK', false),
      plainHttp: this.yesNo('OUTBOUND_PLAIN_HTTP', !this.production),
      timeoutSeconds: this.integer('OUTBOUND_TIMEOUT_SECONDS', 10, 1, 60),
    });
    this.delivery = Object.freeze({
      tries: this.integer('DELIVERY_TRIES', 10, 1, 100),
      retentionDays: this.integer('DELIVERY_RETENTION_DAYS', 30, 1, 3650),
    });
    this.mail = this.mailServer();
    this.reviewLink = this.link('REVIEW_LINK', `http://${this.host}:${this.port}/api/v1/reviews/{reviewId}`);
    this.firstAdministrator = this.administrator();
    this.checkTogether();
    if (this.faults.length) throw new ConfigError(this.faults);
    Object.freeze(this);
  }

  /** @throws ConfigError naming every bad variable. */
  static read(environment: Environment = process.env): Config {
    return new Config(environment);
  }

  /** As `read`, with demo data unless it is switched off, and quiet: people look at its output. */
  static standalone(environment: Environment = process.env): Config {
    return new Config(environment, true);
  }

  /** The same environment with some variables given otherwise, e.g. from the command line; checked again. */
  with(overrides: Environment): Config {
    return new Config({ ...this.environment, ...overrides }, this.isStandalone);
  }

  private checkTogether(): void {
    if (this.eventStore === 'eventstoredb' && !this.text('EVENTSTORE_URL'))
      this.faults.push('EVENTSTORE_URL is needed when EVENT_STORE is eventstoredb');
    if (!this.production) return;
    if (this.demo) this.faults.push('DEMO cannot be on when NODE_ENV is production: its passwords are public');
    if (this.outbound.allowLoopback)
      this.faults.push('OUTBOUND_ALLOW_LOOPBACK cannot be on when NODE_ENV is production: it is for tests');
    if (!this.text('JWT_KEY_FILE')) this.faults.push('JWT_KEY_FILE is needed when NODE_ENV is production');
    if (!this.text('KEY_ENCRYPTION_KEY_FILE'))
      this.faults.push('KEY_ENCRYPTION_KEY_FILE is needed when NODE_ENV is production');
    for (const name of ['DATABASE_URL', 'EVENTSTORE_URL', 'SMTP_URL'])
      if (isExample(this.text(name) ?? '')) this.faults.push(`${name} holds a secret of the examples`);
    for (const name of ['JWT_KEY_FILE', 'KEY_ENCRYPTION_KEY_FILE', 'ADMIN_PASSWORD_FILE'])
      if (isExample(this.contents(name))) this.faults.push(`${name} holds a secret of the examples`);
  }

  private text(name: string): string | undefined {
    return this.environment[name]?.trim() || undefined;
  }

  private integer(name: string, otherwise: number, least: number, most: number): number {
    const text = this.text(name);
    if (text === undefined) return otherwise;
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    this.faults.push(`${name} must be a whole number from ${least} to ${most}`);
    return otherwise;
  }

  private yesNo(name: string, otherwise: boolean): boolean {
    const text = this.text(name)?.toLowerCase();
    if (text === undefined) return otherwise;
    if (['1', 'true', 'yes', 'on'].includes(text)) return true;
    if (!['0', 'false', 'no', 'off'].includes(text)) this.faults.push(`${name} must be 1 or 0`);
    return false;
  }

  private oneOf<T extends string>(name: string, values: readonly T[], otherwise: T): T {
    const text = this.text(name);
    const value = text === undefined ? otherwise : values.find((each) => each === text.toLowerCase());
    if (value === undefined) this.faults.push(`${name} must be one of ${values.join(', ')}`);
    return value ?? otherwise;
  }

  private list(name: string): readonly string[] {
    return Object.freeze((this.text(name) ?? '').split(/[\s,]+/).filter(Boolean));
  }

  private roles(): readonly WorkerRole[] {
    const named = this.list('WORKER_ROLES');
    const unknown = named.filter((role) => !(WORKER_ROLES as readonly string[]).includes(role));
    if (unknown.length) this.faults.push(`WORKER_ROLES must be a list of ${WORKER_ROLES.join(', ')}`);
    return named.length ? WORKER_ROLES.filter((role) => named.includes(role)) : WORKER_ROLES;
  }

  private administrator(): Config['firstAdministrator'] {
    const username = this.text('ADMIN_USERNAME');
    const passwordFile = this.file('ADMIN_PASSWORD_FILE');
    if (!username && !passwordFile) return undefined;
    if (!username || !passwordFile) this.faults.push('ADMIN_USERNAME and ADMIN_PASSWORD_FILE go together');
    const workspaceId = this.text('ADMIN_WORKSPACE') ?? 'main';
    return Object.freeze({ username: username ?? '', passwordFile: passwordFile ?? '', workspaceId });
  }

  private mailServer(): Config['mail'] {
    const url = this.url('SMTP_URL', ['smtp:', 'smtps:']);
    const from = this.text('MAIL_FROM');
    if (url === undefined && from === undefined) return undefined;
    if (url === undefined || from === undefined) this.faults.push('SMTP_URL and MAIL_FROM go together');
    if (url !== undefined && !URL.canParse(url)) this.faults.push('SMTP_URL cannot be read');
    if (from !== undefined && !/^[^\r\n]*[^\s@<>]+@[^\s@<>]+>?$/.test(from))
      this.faults.push('MAIL_FROM must be an e-mail address, or a name and an address in angle brackets');
    return Object.freeze({ url: url ?? '', from: from ?? '' });
  }

  private link(name: string, otherwise: string): string {
    const text = this.text(name);
    if (text === undefined) return otherwise;
    if (!/^https?:\/\//.test(text) || !text.includes('{reviewId}') || !URL.canParse(text))
      this.faults.push(`${name} must be an http address with {reviewId} in it`);
    return text;
  }

  private url(name: string, protocols: readonly string[]): string | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    // A cluster address (`esdb://a:2113,b:2113`) is no URL for the standard parser: the scheme is all we look at there.
    const fits = protocols.some((protocol) => text.startsWith(`${protocol}//`));
    if (!fits || (text.startsWith('postgres') && !URL.canParse(text)))
      this.faults.push(`${name} must be an address that begins with ${protocols.map((it) => `${it}//`).join(' or ')}`);
    return text;
  }

  private file(name: string): string | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const path = resolve(text);
    try {
      readFileSync(path);
    } catch (error) {
      this.faults.push(`${name} cannot be read (${(error as NodeJS.ErrnoException).code})`);
    }
    return path;
  }

  private contents(name: string): string {
    try {
      return readFileSync(this.text(name) ?? '', 'utf8');
    } catch {
      return '';
    }
  }
}

/** What stands in the example files, so that nobody runs with it. */
const isExample = (text: string) => /change-?me|countersign-demo|example-secret/i.test(text);
