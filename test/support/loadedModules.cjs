// Starts the built service and prints which modules of the exporter of traces it has loaded.
const { startService } = require('../../dist/composition/service.js');
const { parseConfig } = require('../../dist/config.js');
const { createLogger } = require('../../dist/server/logger.js');

async function main() {
  const service = await startService(parseConfig(process.env), createLogger('silent'));
  const loaded = Object.keys(require.cache).filter((file) => /@opentelemetry[\\/](?!api[\\/])/.test(file));
  await service.close();
  process.stdout.write(JSON.stringify(loaded));
}

void main();
