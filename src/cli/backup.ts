import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { copyLog, copyLogFiles, openRawLogAt } from '../composition/stores';
import { isEventStoreUrl, parseConfig } from '../config';
import { readCheckpointLines } from '../proofs/checkpoints/directory';
import { findingLine } from '../proofs/verify/findings';
import { verifyLog } from '../proofs/verify/log';
import { CommandFailed, OptionUnusable } from './failures';
import { using } from './options/files';

interface BackupOptions {
  readonly out: string;
  readonly json?: true;
}

/** Whoever holds a backup must not be able to sign another history, so the key is kept apart. */
const KEY_APART = 'The key that signs checkpoints (CHECKPOINT_KEY_FILE) is not in it. Keep a copy of it elsewhere: "restore" goes on with it, and a new one has to be introduced to auditors.';

/** The `backup` command: copies the log and verifies the copy. */
export function backupCommand(): Command {
  return new Command('backup')
    .description('Copies a consistent snapshot of the log in DATA_DIR, with the encryption keys of people, secret.key and the signed checkpoints, and verifies the copy. The service may keep running. The copy is a DATA_DIR; read models are rebuilt from it.')
    .requiredOption('--out <dir>', 'target directory; it must be empty or not exist')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nThe copy contains secret.key and keys.db: store it where nobody else can read it. A person who is erased later stays\nreadable with this keys.db: after an erasure, replace older backups with a new one, or erase the person again after\nrestoring one. The key that signs checkpoints is not copied.')
    .action(backup);
}

async function backup({ out, json }: BackupOptions): Promise<void> {
  const { dataDir, eventStoreUrl, checkpointDir } = parseConfig(process.env);
  if (eventStoreUrl !== null) throw new Error('EVENTSTORE_URL is set, so the events are in EventStoreDB. Back up that server with its own tools, and keep SECRET_KEY, which it does not contain.');
  using(out, '--out', () => mkdirSync(out, { recursive: true, mode: 0o700 }));
  if (readdirSync(out).length > 0) throw new OptionUnusable(`${out} is not empty. Choose another directory.`);
  // Checkpoints first, so that the copied log contains every event that they cover.
  if (existsSync(checkpointDir)) cpSync(checkpointDir, join(out, 'checkpoints'), { recursive: true });
  if (existsSync(join(dataDir, 'secret.key'))) copyPrivately(join(dataDir, 'secret.key'), join(out, 'secret.key'));
  copyLogFiles(dataDir, out);
  const log = await openRawLogAt({ dataDir: out, eventStoreUrl: null });
  try {
    const { storeId, events, position, signedEvents, findings } = await verifyLog({
      log, checkpointLines: readCheckpointLines(join(out, 'checkpoints')), tree: null, trustedKeyIds: null, knownRestores: 'ALL', onProgress: () => undefined,
    });
    for (const finding of findings) process.stderr.write(`${findingLine(finding)}\n`);
    if (json) process.stdout.write(`${JSON.stringify({ ok: findings.length === 0, storeId, events, position, signedEvents, findings })}\n`);
    else process.stdout.write(`${out}: ${events} events up to ${position === '' ? 'the start' : position}, ${findings.length === 0 ? 'verified' : `${findings.length} findings`}.\n${KEY_APART}\n`);
    if (findings.length > 0) throw new CommandFailed();
  } finally {
    await log.close();
  }
}

function copyPrivately(from: string, to: string): void {
  copyFileSync(from, to);
  chmodSync(to, 0o600);
}

interface CopyOptions {
  readonly from: string;
  readonly to: string;
  readonly json?: true;
}

const PROGRESS_EVERY_MS = 5_000;

/** The `copy` command: copies the events of a DATA_DIR to EventStoreDB. */
export function copyCommand(): Command {
  return new Command('copy')
    .description('Copies the events of a DATA_DIR to EventStoreDB or KurrentDB. Ids, order, bytes, hashes and times stay the same. An interrupted copy continues when it is run again; at the end both logs are compared. Stop the service first.')
    .requiredOption('--from <directory>', 'the DATA_DIR with the events')
    .requiredOption('--to <url>', 'esdb://… of a server that is empty or contains the start of this copy', eventStoreUrl)
    .option('--json', 'print the result as JSON')
    .action(copy);
}

async function copy({ from, to, json }: CopyOptions): Promise<void> {
  if (!existsSync(join(from, 'events.db'))) throw new OptionUnusable(`${from} contains no file events.db. Pass the DATA_DIR of the service.`);
  let told = performance.now();
  const report = await copyLog(from, to, (events) => {
    if (performance.now() - told < PROGRESS_EVERY_MS) return;
    told = performance.now();
    process.stderr.write(`${events} events\n`);
  });
  if (existsSync(join(from, 'secret.key'))) process.stderr.write(`Set SECRET_KEY of the service to the content of ${join(from, 'secret.key')}. With another key, links and ids that exist become invalid.\n`);
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${report.events} events, ${report.alreadyThere} of them copied before. Both logs are equal.\n`);
}

function eventStoreUrl(text: string): string {
  if (!isEventStoreUrl(text)) throw new InvalidArgumentError('It must be an address such as esdb://user:password@host:2113?tls=true.');
  return text;
}
