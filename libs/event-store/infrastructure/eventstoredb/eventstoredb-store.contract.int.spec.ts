import { eventStoreContract } from '#libs/testing/event-store-contract';
import { EventStoreDbServer } from '#libs/testing/eventstoredb-server/server';
import { connectEventStoreDb } from './connect-eventstoredb.js';

eventStoreContract('EventStoreDB (test server)', async () => {
  const server = await EventStoreDbServer.start();
  return {
    connect: async () => connectEventStoreDb({ url: server.url }),
    close: async () => server.stop(),
  };
});

// A server of one's own: EVENTSTORE_TEST_URL=esdb://admin:changeit@localhost:2113?tls=false
const real = process.env['EVENTSTORE_TEST_URL'];
if (real)
  eventStoreContract('EventStoreDB (EVENTSTORE_TEST_URL)', async () => ({
    connect: async () => connectEventStoreDb({ url: real }),
    close: async () => undefined,
  }));
