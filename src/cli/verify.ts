import { createReadStream, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { openRawLogAt } from '../composition/stores';
import { parseConfig } from '../config';
import { bundleLines } from '../proofs/bundle';
import { type BundleVerification, verifyBundle } from '../proofs/verify/bundle';
import { readCheckpointLines } from '../proofs/checkpoints/directory';
import { EventTree } from '../proofs/eventTree';
import { findingLine } from '../proofs/verify/findings';
import { type LogVerification, verifyLog } from '../proofs/verify/log';
import { CommandFailed } from './commandFailed';

interface VerifyOptions {
  readonly checkpoints?: string;
  readonly key?: readonly string[];
  readonly json?: true;
}

const EVENTS_PER_REPORT = 100_000;

/** The `verify` command: checks a log or an evidence bundle for changes. It needs no running service. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('Checks a log or an evidence bundle: hash chains, signatures, the Merkle tree over all events, and a replay. Prints one finding per line; exit code 1 when there is any.')
    .argument('[target]', 'a bundle, a data directory or esdb://… of EventStoreDB (default: DATA_DIR or EVENTSTORE_URL)')
    .option('--checkpoints <dir>', 'directory of the signed checkpoints (default: CHECKPOINT_DIR, or "checkpoints" in the data directory)')
    .option('--key <id...>', 'ids of the trusted signing keys; write them after the target (default: any key)', keyIds)
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nThe id of a key is the SHA-256 of its SPKI. Keep it outside of the log: whoever can change the log may also sign with a\nkey of their own.')
    .action(verify);
}

async function verify(target: string | undefined, options: VerifyOptions): Promise<void> {
  const { verification, summary } = await verified(target, options);
  const { findings } = verification;
  if (options.json) process.stdout.write(`${JSON.stringify({ ok: findings.length === 0, ...verification })}\n`);
  else for (const finding of findings) process.stdout.write(`${findingLine(finding)}\n`);
  process.stderr.write(`${summary}\n`);
  if (findings.length > 0) throw new CommandFailed();
}

async function verified(target: string | undefined, options: VerifyOptions): Promise<{ readonly verification: LogVerification | BundleVerification; readonly summary: string }> {
  if (target !== undefined && existsSync(target) && statSync(target).isFile()) {
    const verification = await verifyBundle(bundleLines(bytesOf(target)), options.key ?? null);
    return { verification, summary: summaryOfBundle(verification) };
  }
  const verification = await verifyTarget(target, options);
  return { verification, summary: summaryOf(verification) };
}

async function* bytesOf(file: string): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of createReadStream(file)) if (Buffer.isBuffer(chunk)) yield chunk;
}

async function verifyTarget(target: string | undefined, { checkpoints, key }: VerifyOptions): Promise<LogVerification> {
  const isServer = target?.startsWith('esdb') === true;
  const config = parseConfig(process.env);
  if (target !== undefined && !isServer && !existsSync(target)) throw new Error(`${target} does not exist.`);
  if (checkpoints !== undefined && !(existsSync(checkpoints) && statSync(checkpoints).isDirectory())) throw new Error(`The directory ${checkpoints} does not exist.`);
  const dataDir = target === undefined || isServer ? config.dataDir : target;
  const eventStoreUrl = isServer ? target : target === undefined ? config.eventStoreUrl : null;
  const directory = checkpoints ?? (target === undefined || process.env['CHECKPOINT_DIR'] !== undefined ? config.checkpointDir : join(dataDir, 'checkpoints'));
  const log = await openRawLogAt({ dataDir, eventStoreUrl });
  // Checkpoints and tree are read first, so that a log that grows meanwhile contains every event that they cover.
  const checkpointLines = readCheckpointLines(directory);
  const tree = EventTree.openToRead(join(dataDir, 'proofs.db'), log.storeId);
  try {
    return await verifyLog({ log, checkpointLines, tree, trustedKeyIds: key ?? null, onProgress: reportEvery(EVENTS_PER_REPORT) });
  } finally {
    tree?.close();
    await log.close();
  }
}

function keyIds(text: string, others: readonly string[] = []): readonly string[] {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError('It must be the id of a key: 64 hexadecimal digits. Write the target before --key.');
  return [...others, text.toLowerCase()];
}

function reportEvery(count: number): (step: string, events: number) => void {
  const told = new Map<string, number>();
  return (step, events) => {
    if (events < (told.get(step) ?? 0) + count) return;
    told.set(step, events);
    process.stderr.write(`${step}: ${events} events\n`);
  };
}

function summaryOf({ storeId, events, checkpoints, signedEvents, keyIds, findings }: LogVerification): string {
  const signed = checkpoints === 0 ? 'there is no signed checkpoint' : `${signedEvents} of them covered by ${checkpoints} checkpoints of the key ${keyIds.join(', ')}`;
  return `Log ${storeId}: ${events} events, ${signed}; ${findings.length} findings.`;
}

function summaryOfBundle({ storeId, events, provenEvents, checkpoint, sealedBy, keyIds, findings }: BundleVerification): string {
  const signed = checkpoint === null ? 'no checkpoint' : `${provenEvents} of them proved to be in the log of the checkpoint of ${checkpoint.time}, signed by the key ${keyIds.join(', ')}`;
  const sealed = sealedBy === null ? 'not sealed, so events may have been left out' : `sealed as a whole by the key ${sealedBy}`;
  return `Bundle of log ${storeId}: ${events} events, ${signed}; ${sealed}; ${findings.length} findings.`;
}
