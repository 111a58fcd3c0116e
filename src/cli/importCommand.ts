import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError } from 'commander';
import type { LineSource } from '../application/historyImport';
import { openMembership } from '../compositionRoot';
import { parseConfig } from '../config';
import { createLogger } from '../server/logger';

interface ImportOptions {
  readonly app: string;
  readonly name: string;
  readonly owner: string;
  readonly licences: number;
  readonly json?: true;
}

const READ_MODELS_WAIT_MS = 600_000;

/** `import`: takes a recorded history of an app's partners in. */
export function importCommand(): Command {
  return new Command('import')
    .description('Takes a recorded history of an app\'s partners in, one JSON object a line. The same file again adds only what is missing.')
    .requiredOption('--app <id>', 'the app, 2 to 40 of a-z, 0-9 and -')
    .requiredOption('--name <name>', 'its name, where it has to be registered')
    .requiredOption('--owner <keapId>', 'Keap ID of its owner, where it has to be registered')
    .option('--licences <number>', 'its licences, where it has to be registered', wholeNumber, 1)
    .option('--json', 'print the result as JSON')
    .argument('<file>', 'lines such as {"at":"2024-01-31T12:00:00Z","keapId":"coach@example.com","change":"joined","role":"STANDARD"}; change is joined, left or role; role is ADMIN or STANDARD, and absent for left')
    .action(importFile);
}

async function importFile(file: string, { app, name, owner, licences, json }: ImportOptions): Promise<void> {
  if (!existsSync(file)) throw new Error(`There is no file ${file}.`);
  const config = parseConfig(process.env);
  const membership = await openMembership(config, createLogger(config.logLevel));
  const bar = new SingleBar({ format: 'importing {bar} {value}/{total} changes', stream: process.stderr, noTTYOutput: true, notTTYSchedule: 10_000, clearOnComplete: false });
  try {
    const report = await membership.historyImport.run({ appId: app, name, owner, licences }, linesOf(file), (done, total) => {
      if (done === 1) bar.start(total, done);
      else bar.update(done);
    });
    await membership.caughtUp(READ_MODELS_WAIT_MS);
    bar.stop();
    const { changes, alreadyThere } = report;
    process.stdout.write(json ? `${JSON.stringify({ appId: app, changes, alreadyThere })}\n` : `${app}: ${changes} changes, ${alreadyThere} of them already there.\n`);
  } finally {
    bar.stop();
    await membership.close();
  }
}

const linesOf = (file: string): LineSource => () => createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity });

function wholeNumber(text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError('It is a whole number from 1 to 1,000,000.');
  return Number(text);
}
