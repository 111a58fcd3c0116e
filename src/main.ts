import { type Config, ConfigError, parseConfig } from './config';

/** The longest time between a signal and the end of the process, in milliseconds. */
const LONGEST_STOP_MS = 9_000;

/** Starts the service with the settings in the environment. Exit codes: 0 after SIGTERM or SIGINT, 1 when the start fails, 2 when a setting is invalid. */
async function main(): Promise<void> {
  // Counts when nothing keeps the process any more before the end that was intended, so that its supervisor starts it again.
  process.exitCode = 1;
  const config = configOrExit();
  // When graphql-js is loaded, NODE_ENV decides whether it uses its slow type checks.
  process.env['NODE_ENV'] = 'production';
  const [{ startService }, { createLogger }, { welcome }] = await Promise.all([import('./composition/service.js'), import('./server/logger.js'), import('./developmentWelcome.js')]);
  const logger = createLogger(config.logLevel);
  // Until the service listens there is nothing to finish.
  let stop = (): void => process.exit(0);
  let isStopping = false;
  const end = (signal: NodeJS.Signals): void => {
    if (isStopping) process.exit(1);
    isStopping = true;
    logger.info({ signal }, 'Shutting down: requests in flight are answered first. Send a signal again to stop at once.');
    stop();
  };
  process.on('SIGTERM', end).on('SIGINT', end);
  const service = await startService(config, logger);
  stop = () => {
    setTimeout(() => {
      logger.warn('The shutdown has taken too long and ends here. Nothing that was acknowledged is lost.');
      process.exit(0);
    }, LONGEST_STOP_MS);
    service.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.fatal({ err: error }, 'The shutdown failed');
        process.exit(1);
      },
    );
  };
  void service.failed.then(async (error) => {
    logger.fatal({ err: error }, 'The service cannot continue and shuts down. Start it again.');
    await service.close().catch(() => undefined);
    process.exit(1);
  });
  const { port } = service;
  const url = config.publicUrl ?? `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
  if (service.developmentTokens === null) process.stdout.write(`Listening on ${url}\n`);
  else process.stdout.write(await welcome(url, service));
}

function configOrExit(): Config {
  try {
    return parseConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`partner-access did not start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
