import { EventStoreDbEventStore } from '../../../src/eventstore/eventStoreDb/store';
import { EsdbServer } from '../../support/esdb/esdbServer';
import { eventStoreContract } from '../eventStoreContract';

const { EVENTSTORE_TEST_URL: realServer = '' } = process.env;

eventStoreContract('EventStoreDB', async () => {
  const server = realServer === '' ? await EsdbServer.start() : null;
  const url = server?.url ?? realServer;
  let store = new EventStoreDbEventStore({ url });
  return {
    store,
    reopen: async () => {
      await store.close();
      store = new EventStoreDbEventStore({ url });
      return store;
    },
    dispose: async () => {
      await store.close();
      await server?.stop();
    },
  };
});
