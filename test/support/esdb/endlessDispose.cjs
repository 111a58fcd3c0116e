// Loaded before the service. A server may let go of its connections before the client has noted that its streams ended; `dispose` then waits
// while no connection keeps the process.
const { EventStoreDBClient } = require('@eventstore/db-client');

const connect = EventStoreDBClient.connectionString;
EventStoreDBClient.connectionString = (...given) => Object.assign(connect(...given), { dispose: () => new Promise(() => undefined) });
