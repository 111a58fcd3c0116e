import { createWriteStream, existsSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Writable } from 'node:stream';
import { once } from 'node:events';
import { Command, InvalidArgumentError, Option } from 'commander';
import { openLogToRead } from '../compositionRoot';
import { parseConfig, type Config } from '../config';
import { CheckpointDirectory } from '../proofs/checkpointDirectory';
import { CheckpointKey } from '../proofs/checkpointKey';
import { Checkpointer } from '../proofs/checkpointer';
import type { SignedCheckpoint } from '../proofs/checkpointStatement';
import { csvExport } from '../proofs/csvExport';
import { EventTree } from '../proofs/eventTree';
import { evidenceBundle, type BundleSource } from '../proofs/evidenceBundle';
import { exportedEvents, type ExportSelection } from '../proofs/exportedEvents';
import { followedEvents } from '../proofs/followedEvents';
import { DateTimeISO } from '../resolvers/scalars';

interface ExportOptions {
  readonly app?: string;
  readonly from?: string;
  readonly to?: string;
  readonly out?: string;
  readonly format: 'ndjson' | 'csv';
  readonly checkpoint?: string;
  readonly follow?: true;
  readonly after?: string;
}

interface Signing {
  readonly checkpointDir: string;
  readonly key: CheckpointKey | null;
}

type Log = Awaited<ReturnType<typeof openLogToRead>>;

/** `export`: gives the history away, with what proves it, or as it happens. */
export function exportCommand(): Command {
  return new Command('export')
    .description('Writes an app\'s history as an evidence bundle: CloudEvents 1.0, one a line, each with the proof that it stands in the log of the signed checkpoint in the last line. The same question about the same checkpoint gives the same bytes.')
    .option('--app <id>', 'the app; every event of the log when nothing is said')
    .option('--from <time>', 'only events from this time on, for example 2026-01-31T00:00:00Z', moment)
    .option('--to <time>', 'only events before this time', moment)
    .option('--out <file>', 'where to; standard output when nothing is said')
    .addOption(new Option('--format <format>', 'ndjson, or csv for a spreadsheet, without proofs').choices(['ndjson', 'csv']).default('ndjson'))
    .option('--checkpoint <position>', 'prove by the checkpoint at this position, instead of the latest one')
    .option('--follow', 'write events as they happen, without proofs, until it is stopped')
    .option('--after <position>', 'with --follow: only what comes after this position')
    .action(exportEvents);
}

async function exportEvents(options: ExportOptions): Promise<void> {
  const config = parseConfig(process.env);
  if (options.out !== undefined && existsSync(options.out)) throw new Error(`${options.out} is there already. Choose another file.`);
  const log = await openLogToRead(config);
  const out = options.out === undefined ? process.stdout : createWriteStream(options.out, { flags: 'wx', mode: 0o600 });
  try {
    const written = await writeAll(out, textOf(options, config, log));
    if (out !== process.stdout) {
      out.end();
      await finished(out);
    }
    process.stderr.write(`${written} lines.\n`);
  } finally {
    await log.store.close();
  }
}

async function* textOf(options: ExportOptions, config: Config, log: Log): AsyncGenerator<string, void, undefined> {
  const { app: appId = null, from = null, to = null, format, follow, after = '' } = options;
  if (follow) {
    for await (const line of followedEvents(log, { appId, after }, untilStopped())) yield `${line}\n`;
  } else if (format === 'csv') {
    yield* csvExport(log.store, { appId, from, to });
  } else {
    const selection = { appId, from, to };
    const tree = EventTree.open(':memory:', log.storeId);
    const key = existsSync(config.checkpointKeyFile) ? CheckpointKey.loadOrCreate(config.checkpointKeyFile) : null;
    if (!key) process.stderr.write(`The bundle is not sealed: there is no key at ${config.checkpointKeyFile}.\n`);
    try {
      const source: BundleSource = { ...log, tree, key, checkpoint: await checkpointOf(options.checkpoint, selection, { checkpointDir: config.checkpointDir, key }, log, tree) };
      for await (const line of evidenceBundle(source, selection)) yield `${line}\n`;
    } finally {
      tree.close();
    }
  }
}

/** The checkpoint that was asked for, or the latest, which is signed now where it does not cover what is exported and the key is at hand. */
async function checkpointOf(position: string | undefined, selection: ExportSelection, { checkpointDir, key }: Signing, { store, storeId }: Log, tree: EventTree): Promise<SignedCheckpoint | null> {
  const checkpoints = new CheckpointDirectory(checkpointDir, storeId);
  const options = { store, storeId, tree, checkpoints, now: () => new Date().toISOString(), everyEvents: Infinity, everyMs: Infinity, report: () => undefined };
  const checkpointer = new Checkpointer({ ...options, key });
  const latest = await checkpointer.takeAll();
  if (position === undefined) return ((latest?.statement.position ?? '') < (await lastPosition(store, selection)) ? checkpointer.sign() : latest) ?? null;
  const found = checkpoints.all().find(({ statement }) => statement.position === position);
  if (!found) throw new Error(`No checkpoint was signed at position ${position}; there are ${checkpoints.all().map(({ statement }) => statement.position).slice(-20).join(', ') || 'none'}.`);
  return found;
}

async function lastPosition(store: Log['store'], selection: ExportSelection): Promise<string> {
  let last = '';
  for await (const { event } of exportedEvents(store, selection)) last = event.position;
  return last;
}

/** Writes as fast as they are taken. @returns how many texts. */
async function writeAll(out: Writable, texts: AsyncIterable<string>): Promise<number> {
  let written = 0;
  for await (const text of texts) {
    written += 1;
    if (!out.write(text)) await once(out, 'drain');
  }
  return written;
}

/** Aborts when the process is asked to end, or nobody reads any more. */
function untilStopped(): AbortSignal {
  const stopped = new AbortController();
  const stop = (): void => { stopped.abort(); };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  process.stdout.once('error', stop);
  return stopped.signal;
}

function moment(text: string): string {
  try {
    return DateTimeISO.parseValue(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  } catch {
    throw new InvalidArgumentError('It is a time such as 2026-01-31T00:00:00Z, or a day such as 2026-01-31.');
  }
}
