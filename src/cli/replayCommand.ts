import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { openLogToRead, openNames } from '../compositionRoot';
import { parseConfig } from '../config';
import { ReadModelDatabase } from '../projections/readModelDatabase';
import { ReadModelFiles } from '../projections/readModelFiles';
import { liveProjections } from '../projections/readModelProjections';
import { replayBeside, type ReplayedProjection } from '../projections/replay';
import { CommandFailed } from './commandFailed';

const EVENTS_PER_REPORT = 51_200;

/** `replay`: makes every read model anew and compares it with the live one. */
export function replayCommand(): Command {
  return new Command('replay')
    .description('Makes every read model anew from the log, beside the live one and the running service, and compares them row by row. Exit code 1 where they differ.')
    .option('--json', 'print the result as JSON')
    .action(replay);
}

async function replay({ json }: { readonly json?: true }): Promise<void> {
  const config = parseConfig(process.env);
  const live = ReadModelDatabase.openSnapshot(new ReadModelFiles(config.dataDir).live);
  const directory = mkdtempSync(join(tmpdir(), 'partner-access-replay-'));
  const scratch = ReadModelDatabase.openScratch(join(directory, 'readmodels.db'));
  try {
    const { store: stored, storeId } = await openLogToRead(config);
    const store = openNames(stored, config);
    try {
      const results = await replayBeside({
        store, storeId, projections: liveProjections, live, scratch,
        onProgress: (events) => { if (events % EVENTS_PER_REPORT === 0) process.stderr.write(`${events} events\n`); },
      });
      print(results, json === true);
    } finally {
      await store.close();
      await stored.close();
    }
  } finally {
    scratch.close();
    live.close();
    rmSync(directory, { recursive: true, force: true });
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
