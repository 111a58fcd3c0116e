import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { withProgress } from '../composition/readingProgress';
import { openLogToRead, openNames } from '../composition/stores';
import { type Config, parseConfig } from '../config';
import { headOf } from '../eventstore/eventStore';
import { TemporaryDirectory } from '../files/temporaryDirectory';
import { ReadModelDatabase } from '../projections/engine/database';
import { ReadModelFiles } from '../projections/engine/files';
import { liveProjections } from '../projections/allProjections';
import { replayBeside, type ReplayedProjection } from '../projections/engine/replay';
import { CommandFailed } from './failures';

/** The `replay` command: rebuilds every read model beside the live one and compares both. */
export function replayCommand(): Command {
  return new Command('replay')
    .description('Rebuilds every read model from the log in a temporary directory and compares it row by row with the live one. The service may keep running. Exit code 1 when they differ.')
    .option('--json', 'print the result as JSON')
    .action(replay);
}

async function replay({ json }: { readonly json?: true }): Promise<void> {
  const config = parseConfig(process.env);
  const file = new ReadModelFiles(config.dataDir).live;
  if (!existsSync(file)) throw new Error(`There are no read models at ${file}. Start the service once to create them.`);
  const directory = new TemporaryDirectory('replay');
  try {
    await compareWithCopy(config, file, directory, json === true);
  } finally {
    directory.remove();
  }
}

/** Compares a copy of the read models. While a transaction reads the file itself, the write-ahead log of the service grows. */
async function compareWithCopy(config: Config, file: string, directory: TemporaryDirectory, json: boolean): Promise<void> {
  const original = ReadModelDatabase.open(file);
  try {
    original.writeCopyTo(directory.file('live.db'));
  } finally {
    original.close();
  }
  const live = ReadModelDatabase.openScratch(directory.file('live.db'));
  const scratch = ReadModelDatabase.openScratch(directory.file('readmodels.db'));
  try {
    const { store: stored, storeId } = await openLogToRead(config);
    const store = await openNames(stored, config);
    const end = await headOf(stored);
    try {
      const told: typeof store = { ...store, readAll: (options) => withProgress('replaying', store.readAll(options), end) };
      const results = await replayBeside({ store: told, storeId, projections: liveProjections, live, scratch });
      print(results, json);
    } finally {
      await store.close();
      await stored.close();
    }
  } finally {
    scratch.close();
    live.close();
  }
}

function print(results: readonly ReplayedProjection[], json: boolean): void {
  const equal = results.every(({ differences }) => differences.length === 0);
  if (json) process.stdout.write(`${JSON.stringify({ equal, projections: results })}\n`);
  else for (const result of results) process.stdout.write(textOf(result));
  if (!equal) throw new CommandFailed();
}

function textOf({ projection, version, position, live, differences }: ReplayedProjection): string {
  if (differences.length === 0) return `${projection} version ${version} at ${position}: ${live?.rows ?? 0} rows, equal, ${live?.digest ?? ''}\n`;
  return [`${projection} version ${version} at ${position}: different`, ...differences.map((difference) => `  ${difference}`), ''].join('\n');
}
