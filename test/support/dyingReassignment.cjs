// The built service, which kills its own process right after the first append that hands contacts from one user to another.
const { startService } = require('../../dist/compositionRoot.js');
const { parseConfig } = require('../../dist/config.js');
const { createLogger } = require('../../dist/server/logger.js');

async function main() {
  const { port, membership } = await startService(parseConfig(process.env), createLogger('error'));
  const append = membership.store.append.bind(membership.store);
  membership.store.append = async (stream, events, revision) => {
    const result = await append(stream, events, revision);
    if (events.some(({ type }) => type === 'ContactsReassigned')) process.kill(process.pid, 'SIGKILL');
    return result;
  };
  process.stdout.write(`Listening on http://127.0.0.1:${port}\n`);
}

main().catch((error) => {
  process.stderr.write(String(error));
  process.exit(1);
});
