import type { Logger } from 'pino';
import type { EventStore } from '#libs/event-store/application/event-store';
import { PostgresEventStore } from '#libs/event-store/infrastructure/postgres-event-store';
import { ConfigError, type Config, type EventStoreKind } from './config.js';

/** The log in the store of this kind, wherever the installation itself runs now. */
export async function connectEventStore(
  kind: EventStoreKind,
  config: Config,
  databaseUrl: string,
  logger: Logger,
): Promise<EventStore> {
  if (kind === 'postgres')
    return new PostgresEventStore({
      connectionString: databaseUrl,
      onWarning: (message, err) => logger.warn({ err }, message),
    });
  if (!config.eventStoreUrl) throw new ConfigError(['EVENTSTORE_URL is needed to reach a log in eventstoredb']);
  // Its client is large: who does not use it does not load it.
  const { connectEventStoreDb } = await import('#libs/event-store/infrastructure/eventstoredb/connect-eventstoredb');
  return connectEventStoreDb({
    url: config.eventStoreUrl,
    onTrouble: ({ what, ...details }) => logger.warn(details, `EventStoreDB: ${what}`),
  });
}
