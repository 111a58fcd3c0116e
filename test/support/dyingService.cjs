// The built service. It kills its own process right after the first append that contains an event of the type in KILL_AFTER_EVENT.
const { startService } = require('../../dist/composition/service.js');
const { parseConfig } = require('../../dist/config.js');
const { createLogger } = require('../../dist/server/logger.js');

async function main() {
  const { port, membership } = await startService(parseConfig(process.env), createLogger('error'));
  const append = membership.store.append.bind(membership.store);
  membership.store.append = async (stream, events, revision) => {
    const result = await append(stream, events, revision);
    if (events.some(({ type }) => type === process.env.KILL_AFTER_EVENT)) process.kill(process.pid, 'SIGKILL');
    return result;
  };
  process.stdout.write(`Listening on http://127.0.0.1:${port}\n`);
}

main().catch((error) => {
  process.stderr.write(String(error));
  process.exit(1);
});
