import { createReadStream, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { openRawLogAt } from '../compositionRoot';
import { parseConfig } from '../config';
import { bundleLines } from '../proofs/bundleLines';
import { verifyBundle, type BundleVerification } from '../proofs/bundleVerification';
import { readCheckpointLines } from '../proofs/checkpointDirectory';
import { EventTree } from '../proofs/eventTree';
import { findingLine } from '../proofs/findings';
import { verifyLog, type LogVerification } from '../proofs/logVerification';
import { CommandFailed } from './commandFailed';

interface VerifyOptions {
  readonly checkpoints?: string;
  readonly key?: readonly string[];
  readonly json?: true;
}

const EVENTS_PER_REPORT = 100_000;

/** `verify`: looks for whatever happened to a log or an evidence bundle, with no server. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('Checks a log or an evidence bundle: chains, signatures, the tree over all events, and a replay. One line a finding; exit code 1 where there is any.')
    .argument('[target]', 'a bundle, a data directory, or esdb://… of a server of events; DATA_DIR or EVENTSTORE_URL when nothing is said')
    .option('--checkpoints <dir>', 'where the signed checkpoints are; CHECKPOINT_DIR, or "checkpoints" in the data directory, when nothing is said')
    .option('--key <id...>', 'ids of the keys that may sign; any key when nothing is said; behind what is verified', keyIds)
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nA key\'s id is the SHA-256 of its SPKI. Keep it somewhere else: who can change the log may be able to sign with a key of their own.')
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
  if (target !== undefined && !isServer && !existsSync(target)) throw new Error(`There is no ${target}.`);
  if (checkpoints !== undefined && !(existsSync(checkpoints) && statSync(checkpoints).isDirectory())) throw new Error(`There is no directory ${checkpoints}.`);
  const dataDir = target === undefined || isServer ? config.dataDir : target;
  const eventStoreUrl = isServer ? target : target === undefined ? config.eventStoreUrl : null;
  const directory = checkpoints ?? (target === undefined || process.env['CHECKPOINT_DIR'] !== undefined ? config.checkpointDir : join(dataDir, 'checkpoints'));
  const log = await openRawLogAt({ dataDir, eventStoreUrl });
  // Both are read before the log, which may be written meanwhile, so that it holds all that they know.
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
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError('It is the id of a key, 64 hexadecimal digits. What is to be verified stands before --key.');
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
  const signed = checkpoints === 0 ? 'no checkpoint was signed' : `${signedEvents} of them vouched for by ${checkpoints} checkpoints of the key ${keyIds.join(', ')}`;
  return `Log ${storeId}: ${events} events, ${signed}; ${findings.length} findings.`;
}

function summaryOfBundle({ storeId, events, provenEvents, checkpoint, sealedBy, keyIds, findings }: BundleVerification): string {
  const signed = checkpoint === null ? 'no checkpoint' : `${provenEvents} of them proved to be in the log of the checkpoint of ${checkpoint.time} by the key ${keyIds.join(', ')}`;
  const sealed = sealedBy === null ? 'not sealed, so that something may be left out' : `sealed as a whole by the key ${sealedBy}`;
  return `Bundle of log ${storeId}: ${events} events, ${signed}; ${sealed}; ${findings.length} findings.`;
}
