import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { copyLog } from '../compositionRoot';
import { isEventStoreUrl } from '../config';

interface CopyOptions {
  readonly from: string;
  readonly to: string;
  readonly json?: true;
}

const PROGRESS_EVERY_MS = 5_000;

/** `copy`: moves the events of a DATA_DIR to EventStoreDB. */
export function copyCommand(): Command {
  return new Command('copy')
    .description('Copies the events of a DATA_DIR to EventStoreDB or KurrentDB: ids, order, bytes, hashes and times stay. Run again, it goes on where it was; at its end both are compared. The service has to be stopped meanwhile.')
    .requiredOption('--from <directory>', 'the DATA_DIR that holds the events')
    .requiredOption('--to <url>', 'esdb://… of a server that holds nothing, or the beginning of this copy', eventStoreUrl)
    .option('--json', 'print the result as JSON')
    .action(copy);
}

async function copy({ from, to, json }: CopyOptions): Promise<void> {
  if (!existsSync(join(from, 'events.db'))) throw new Error(`There are no events in ${from}: it has no file events.db.`);
  let told = performance.now();
  const report = await copyLog(from, to, (events) => {
    if (performance.now() - told < PROGRESS_EVERY_MS) return;
    told = performance.now();
    process.stderr.write(`${events} events\n`);
  });
  if (existsSync(join(from, 'secret.key'))) process.stderr.write(`Give the service SECRET_KEY as it stands in ${join(from, 'secret.key')}, or links and ids that were made before fit no more.\n`);
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${report.events} events, ${report.alreadyThere} of them already there. Both logs are equal.\n`);
}

function eventStoreUrl(text: string): string {
  if (!isEventStoreUrl(text)) throw new InvalidArgumentError('It is an address such as esdb://user:password@host:2113?tls=true.');
  return text;
}
