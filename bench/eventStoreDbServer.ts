import { EsdbServer } from '../test/support/esdb/esdbServer';

// The tests' server of EventStoreDB's protocol, in a process of its own.
EsdbServer.start().then(
  ({ port }) => process.stdout.write(`Listening on http://127.0.0.1:${port}\n`),
  (error: unknown) => {
    process.stderr.write(String(error));
    process.exit(1);
  },
);
