import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { copyLogFiles, openRawLogAt } from '../compositionRoot';
import { parseConfig } from '../config';
import { readCheckpointLines } from '../proofs/checkpointDirectory';
import { findingLine } from '../proofs/findings';
import { verifyLog } from '../proofs/logVerification';
import { CommandFailed } from './commandFailed';

interface BackupOptions {
  readonly out: string;
  readonly json?: true;
}

/** `backup`: copies the log, and proves the copy. */
export function backupCommand(): Command {
  return new Command('backup')
    .description('Copies the log of DATA_DIR as it stands at one moment, also beside the running service, with the keys of people, secret.key and the signed checkpoints, and verifies the copy. The copy is a DATA_DIR; read models are made again from it.')
    .requiredOption('--out <dir>', 'a directory that is empty or not there yet')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nThe copy holds secret.key and keys.db: keep it where nobody else reads it. Who is erased later can still be read with\nthis keys.db: after an erasure put a new backup in the place of older ones, or erase again what you restore from one.\nThe key that signs checkpoints stays where it is.')
    .action(backup);
}

async function backup({ out, json }: BackupOptions): Promise<void> {
  const { dataDir, eventStoreUrl, checkpointDir } = parseConfig(process.env);
  if (eventStoreUrl !== null) throw new Error('The events are kept by a server of events, which has backups of its own. What it does not hold is SECRET_KEY.');
  if (existsSync(out) && readdirSync(out).length > 0) throw new Error(`${out} is not empty. Choose another directory.`);
  mkdirSync(out, { recursive: true, mode: 0o700 });
  // Checkpoints first, so that the copy of the log holds all that they vouch for.
  if (existsSync(checkpointDir)) cpSync(checkpointDir, join(out, 'checkpoints'), { recursive: true });
  if (existsSync(join(dataDir, 'secret.key'))) copyPrivately(join(dataDir, 'secret.key'), join(out, 'secret.key'));
  copyLogFiles(dataDir, out);
  const log = await openRawLogAt({ dataDir: out, eventStoreUrl: null });
  try {
    const { storeId, events, position, signedEvents, findings } = await verifyLog({
      log, checkpointLines: readCheckpointLines(join(out, 'checkpoints')), tree: null, trustedKeyIds: null, onProgress: () => undefined,
    });
    for (const finding of findings) process.stderr.write(`${findingLine(finding)}\n`);
    if (json) process.stdout.write(`${JSON.stringify({ ok: findings.length === 0, storeId, events, position, signedEvents, findings })}\n`);
    else process.stdout.write(`${out}: ${events} events up to ${position === '' ? 'the beginning' : position}, ${findings.length === 0 ? 'verified' : `${findings.length} findings`}.\n`);
    if (findings.length > 0) throw new CommandFailed();
  } finally {
    await log.close();
  }
}

function copyPrivately(from: string, to: string): void {
  copyFileSync(from, to);
  chmodSync(to, 0o600);
}
