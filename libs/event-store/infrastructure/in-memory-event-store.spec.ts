import { eventStoreContract } from '#libs/testing/event-store-contract';
import { InMemoryEventStore } from './in-memory-event-store.js';

eventStoreContract('memory', async () => {
  const store = new InMemoryEventStore();
  return { connect: async () => store.connect(), close: () => store.close() };
});
