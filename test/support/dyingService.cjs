// The built service, which kills its own process between the closing and the departure of a leave or a removal.
const { startService } = require('../../dist/compositionRoot.js');
const { parseConfig } = require('../../dist/config.js');
const { createLogger } = require('../../dist/server/logger.js');

async function main() {
  const afterClosing = () => new Promise(() => process.kill(process.pid, 'SIGKILL'));
  const { port } = await startService(parseConfig(process.env), createLogger('error'), { afterClosing });
  process.stdout.write(`Listening on http://127.0.0.1:${port}\n`);
}

main().catch((error) => {
  process.stderr.write(String(error));
  process.exit(1);
});
