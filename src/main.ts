import { ConfigError, parseConfig, type Config } from './config';

/** Starts the service from the environment. Exit codes: 0 after a signal to end, 1 a start that failed, 2 settings that cannot be. */
async function main(): Promise<void> {
  const config = configOrExit();
  // graphql-js decides when it is loaded whether it checks types the slow way.
  process.env['NODE_ENV'] = 'production';
  const [{ startService }, { createLogger }, { welcome }] = await Promise.all([import('./compositionRoot.js'), import('./server/logger.js'), import('./developmentWelcome.js')]);
  const logger = createLogger(config.logLevel);
  const service = await startService(config, logger);
  const end = (signal: NodeJS.Signals): void => {
    process.once(signal, () => process.exit(1));
    logger.info({ signal }, 'Ending: what is in flight is finished first');
    service.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.fatal({ err: error }, 'The service did not end well');
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', end).once('SIGINT', end);
  void service.failed.then(async (error) => {
    logger.fatal({ err: error }, 'The service cannot go on');
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
