import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { Codec } from '#libs/event-store/application/codec';
import { EventRegistry } from '#libs/event-store/application/event-registry';
import type { EventStore } from '#libs/event-store/application/event-store';
import { PostgresEventSchemas } from '#libs/event-store/infrastructure/postgres-event-schemas';
import { PostgresSubjectKeys } from '#libs/event-store/infrastructure/postgres-subject-keys';
import type { SubjectKeys } from '#libs/event-store/application/subject-keys';
import type { Clock } from '#libs/kernel/application/clock';
import { SystemClock } from '#libs/kernel/infrastructure/system-clock';
import { Database } from '#libs/postgres/infrastructure/database';
import { migrate, pendingMigrations } from '#libs/postgres/infrastructure/migrations';
import type { Config } from './config.js';
import { connectEventStore } from './event-stores.js';
import { InstallationFacts, settleEventStore } from './installation-facts.js';
import { readKeys, type Keys } from './keys.js';
import { migrationsDir } from './project.js';
import { allEvents } from './rooms.js';
import { PlainError } from './plain-error.js';

/** What every process stands on, made once and closed last. */
export interface Core {
  readonly config: Config;
  readonly logger: Logger;
  readonly clock: Clock;
  /** A clock of somebody's own, which then also says what is due; undefined: the database's, which all processes share. */
  readonly dueBy: Clock | undefined;
  readonly keys: Keys;
  readonly database: Database;
  readonly facts: InstallationFacts;
  readonly store: EventStore;
  readonly registry: EventRegistry;
  readonly subjectKeys: SubjectKeys;
  readonly codec: Codec;
  close(): Promise<void>;
}

/** The database is older than the program. */
export class MigrationsPending extends PlainError {
  constructor(pending: readonly string[]) {
    super(`The database lacks ${pending.join(', ')}: run countersign migrate first.`);
  }
}

/** Starting would end in a log whose personal fields nobody can read. */
export class WrongKeyEncryptionKey extends PlainError {
  constructor(options?: ErrorOptions) {
    super(
      'The keys in this database were wrapped by another key-encryption key: bring the right file back ' +
        '(KEY_ENCRYPTION_KEY_FILE, or key-encryption.key in DATA_DIR).',
      options,
    );
  }
}

/** Whoever reads the README can sign in. */
export class DemoInProduction extends PlainError {
  constructor() {
    super('This installation holds the demo, whose passwords are public: with NODE_ENV=production, start another one.');
  }
}

export interface CoreOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly databaseUrl: string;
  /** Apply what is new instead of refusing; for the process that owns the database. */
  readonly migrates?: boolean;
  /** Left out, the clock of the machine; of deadlines, that of the database. */
  readonly clock?: Clock;
}

/**
 * Connects and checks everything a process needs before it may touch the log: keys, migrations, that the read models
 * belong to this log, that no stored event has changed its shape.
 */
export async function openCore({ config, logger, databaseUrl, migrates, clock }: CoreOptions): Promise<Core> {
  const keys = readKeys(config);
  const database = Database.connect({
    connectionString: databaseUrl,
    max: config.databasePoolSize,
    onIdleError: (err) => logger.warn({ err }, 'A connection to PostgreSQL was lost'),
  });
  const store = await connectEventStore(config.eventStore, config, databaseUrl, logger);
  const close = async () => {
    await store.close();
    await database.close();
  };
  try {
    if (migrates) await migrate(database.pool, migrationsDir);
    const pending = await pendingMigrations(database.pool, migrationsDir);
    if (pending.length) throw new MigrationsPending(pending);
    const facts = new InstallationFacts(database.pool);
    if (config.production && (await facts.read('demo'))) throw new DemoInProduction();
    await settleEventStore(facts, config.eventStore, store);
    const registry = new EventRegistry(allEvents);
    await new PostgresEventSchemas(database.pool).check(registry);
    const subjectKeys = new PostgresSubjectKeys(database.pool, keys.keyEncryptionKey);
    await checkKeyFits(database.pool, subjectKeys);
    const codec = new Codec(registry, subjectKeys);
    const now = clock ?? new SystemClock();
    return {
      config,
      logger,
      clock: now,
      dueBy: clock,
      keys,
      database,
      facts,
      store,
      registry,
      subjectKeys,
      codec,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function checkKeyFits(pool: Pool, subjectKeys: SubjectKeys): Promise<void> {
  const { rows } = await pool.query<{ key_id: string }>(
    'SELECT key_id FROM keys.subject_keys WHERE wrapped_key IS NOT NULL LIMIT 1',
  );
  const [some] = rows;
  if (!some) return;
  try {
    await subjectKeys.byIds([some.key_id]);
  } catch (cause) {
    throw new WrongKeyEncryptionKey({ cause });
  }
}
