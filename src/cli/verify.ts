import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { ReadingProgress } from '../composition/readingProgress';
import { LogDamaged, openRawLogAt } from '../composition/stores';
import { isEventStoreUrl, parseConfig } from '../config';
import type { BundleVerification } from '../proofs/verify/bundleResult';
import { readCheckpointFile, readCheckpointLines } from '../proofs/checkpoints/directory';
import type { CheckpointLine } from '../proofs/checkpoints/lines';
import { type EvidenceFile, previousBundles, type Trust, verifyBundleFile } from '../proofs/evidence/bundleFile';
import { EventTree } from '../proofs/eventTree';
import { isWhole } from '../proofs/checkpoints/keyStatement';
import { isWholeRewrite } from '../proofs/checkpoints/rewriteStatement';
import { rewriteSentence } from '../proofs/verify/rewrites';
import { keySentence } from '../proofs/verify/keys';
import { findingLine } from '../proofs/verify/findings';
import { type LogVerification, unreadableLog, verifyLog } from '../proofs/verify/log';
import { printable } from '../domain/fields';
import { certificatesIn } from '../proofs/timestamps/token';
import type { Stamped } from '../proofs/verify/timeStamps';
import type { Witnessed } from '../proofs/verify/witnesses';
import { CommandFailed, OptionUnusable } from './failures';
import { using } from './options/files';
import { keyIds } from './options/keyIds';

interface VerifyOptions {
  readonly checkpoints?: string;
  readonly previous?: readonly string[];
  readonly key?: readonly string[];
  readonly restored?: readonly number[];
  readonly witnessKey?: readonly string[];
  readonly tsaCa?: string;
  readonly json?: true;
}

/** The clock is read after so many events. */
const EVENTS_A_LOOK = 256;

/** The `verify` command: checks a log or an evidence bundle for changes. It needs no running service. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('Checks a log or an evidence bundle: hash chains, signatures, the Merkle tree over all events, and a replay. Prints one finding per line; exit code 1 when there is any.')
    .argument('[target]', 'a bundle, a data directory or esdb://… of EventStoreDB (default: DATA_DIR or EVENTSTORE_URL)')
    .option('--checkpoints <path>', 'signed checkpoints that were kept: a directory, or a file (default for a log: CHECKPOINT_DIR, or "checkpoints" in the data directory)')
    .option('--previous <bundle...>', 'older bundles of the same log that were kept; write them after the target', appended)
    .option('--key <id...>', 'ids of the trusted signing keys; write them after the target (default: any key)', keyIds)
    .option('--restored <events...>', 'numbers of events at which the log was restored, as you know: a fork from there on that an operator states is no finding; write them after the target', restoredAt)
    .option('--witness-key <id...>', 'ids of the keys of witnesses, one of which must have countersigned; write them after the target (default: none must)', keyIds)
    .option('--tsa-ca <file>', 'certificates in PEM of authorities for time stamps (RFC 3161), one of which must have stamped a checkpoint (default: none must)')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nThe id of a key is the SHA-256 of its SPKI. Keep it outside of the log: whoever can change the log may also sign with a\nkey of their own.')
    .action(verify);
}

async function verify(target: string | undefined, options: VerifyOptions): Promise<void> {
  const { verification, summary } = await verified(target, options);
  const { findings } = verification;
  if (options.json) process.stdout.write(`${JSON.stringify({ ok: findings.length === 0, ...verification })}\n`);
  else for (const finding of findings) process.stdout.write(`${printable(findingLine(finding))}\n`);
  for (const rewrite of verification.rewrites) process.stderr.write(`${printable(rewriteSentence(rewrite))}\n`);
  for (const change of verification.keyChanges) process.stderr.write(`${printable(keySentence(change))}\n`);
  process.stderr.write(`${printable(summary)}\n`);
  if (findings.length > 0) throw new CommandFailed();
}

async function verified(target: string | undefined, options: VerifyOptions): Promise<{ readonly verification: LogVerification | BundleVerification; readonly summary: string }> {
  if (target !== undefined && existsSync(target) && statSync(target).isFile()) {
    const lines = options.checkpoints === undefined ? [] : keptCheckpoints(options.checkpoints);
    const verification = await verifyBundleFile({ file: fileAt(target), checkpointLines: lines, previous: previousFiles(options), trust: trustIn(options) });
    return { verification, summary: `${summaryOfBundle(verification)}${trustOf(options)}${witnessedOf(verification.witnesses, verification.checkpoint?.events ?? 0, options)}${stampedAt(verification.timeStamp)}` };
  }
  const verification = await verifyTarget(target, options);
  return { verification, summary: `${summaryOf(verification)}${trustOf(options)}${witnessedOf(verification.witnesses, verification.events, options)}${stampedAt(verification.timeStamp)}` };
}

/** Reads the checkpoints that somebody kept. @throws OptionUnusable when there is nothing at the path that can be read, or no checkpoint in it. */
function keptCheckpoints(path: string): readonly CheckpointLine[] {
  if (!existsSync(path)) throw new OptionUnusable(`There is no directory or file ${path}. Check --checkpoints.`);
  const lines = using(path, '--checkpoints', () => (statSync(path).isDirectory() ? readCheckpointLines(path) : readCheckpointFile(path)));
  if (lines.length === 0) throw new OptionUnusable(`There is no checkpoint in ${path}. Check --checkpoints.`);
  return lines;
}

/** What to say of the signatures when no key was named. */
const trustOf = ({ key }: VerifyOptions): string => (key === undefined ? ' No key was named, so anybody may have signed: pass the id that you kept with --key.' : '');

/** What to say of the witnesses who have seen the log. @param all number of events of the log, or of that of the checkpoint of a bundle. */
function witnessedOf(witnesses: readonly Witnessed[], all: number, { witnessKey }: VerifyOptions): string {
  const seen = witnesses.map(({ keyId, events, time }) => ` A witness with the key ${keyId}${witnessKey?.includes(keyId) === false ? ', which was not named,' : ''} saw the first ${events} of ${all} events at ${time}.`);
  return `${seen.join('')}${witnesses.length > 0 && witnessKey === undefined ? ' No key of a witness was named, so anybody may have countersigned: pass the id that you kept with --witness-key.' : ''}`;
}

/** What to say of the time stamp. */
const stampedAt = (stamp: Stamped | null): string => (stamp === null ? '' : ` ${stamp.authority} stamped the first ${stamp.events} events at ${stamp.time}${stamp.isTrusted === null ? '; the authority was not checked: pass its certificate with --tsa-ca' : ''}.`);

function authoritiesIn(file: string | undefined): Trust['authorities'] {
  return file === undefined ? null : using(file, '--tsa-ca', () => certificatesIn(readFileSync(file, 'utf8')));
}

/** @throws OptionUnusable when one of them does not exist. */
function previousFiles({ previous = [] }: VerifyOptions): readonly EvidenceFile[] {
  for (const file of previous) if (!existsSync(file) || !statSync(file).isFile()) throw new OptionUnusable(`There is no bundle ${file}. Check --previous.`);
  return previous.map(fileAt);
}

const fileAt = (path: string): EvidenceFile => ({ name: basename(path), bytes: () => bytesOf(path) });

const trustIn = ({ key, restored = [], witnessKey, tsaCa }: VerifyOptions): Trust =>
  ({ trustedKeyIds: key ?? null, knownRestores: restored, witnessKeyIds: witnessKey ?? null, authorities: authoritiesIn(tsaCa) });

async function* bytesOf(file: string): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of createReadStream(file)) if (Buffer.isBuffer(chunk)) yield chunk;
}

async function verifyTarget(target: string | undefined, options: VerifyOptions): Promise<LogVerification> {
  const { checkpoints, key, witnessKey } = options;
  const isServer = target?.startsWith('esdb') === true;
  const config = parseConfig(process.env);
  if (isServer && !isEventStoreUrl(target)) throw new OptionUnusable('The address must be such as esdb://user:password@host:2113?tls=true.');
  if (target !== undefined && !isServer && !existsSync(target)) throw new OptionUnusable(`${target} does not exist.`);
  if (target !== undefined && !isServer && !existsSync(join(target, 'events.db'))) throw new OptionUnusable(`${target} contains no file events.db. Pass a DATA_DIR, a backup or a bundle.`);
  const dataDir = target === undefined || isServer ? config.dataDir : target;
  const eventStoreUrl = isServer ? target : target === undefined ? config.eventStoreUrl : null;
  const directory = target === undefined || process.env['CHECKPOINT_DIR'] !== undefined ? config.checkpointDir : join(dataDir, 'checkpoints');
  const log = await openRawLogAt({ dataDir, eventStoreUrl }).catch((error: unknown) => {
    if (error instanceof LogDamaged) return error;
    throw error;
  });
  if (log instanceof LogDamaged) return unreadableLog(log.message);
  // Checkpoints and tree are read first, so that a log that grows meanwhile contains every event that they cover.
  // What the service states about its keys, and how its log was made of another one, counts in any case; the checkpoints that it keeps count where no others are named.
  const own = readCheckpointLines(directory);
  const lines = checkpoints === undefined ? own : [...keptCheckpoints(checkpoints), ...own.filter(({ keyStatement, rewrite }) => (keyStatement && isWhole(keyStatement)) || (rewrite && isWholeRewrite(rewrite)))];
  const tree = EventTree.openToRead(join(dataDir, 'proofs.db'), log.storeId);
  try {
    const previous = await previousBundles(previousFiles(options), lines, trustIn(options));
    const checkpointLines = [...lines, ...previous.checkpointLines];
    const verification = await verifyLog({ log, checkpointLines, tree, trustedKeyIds: key ?? null, knownRestores: previous.knownRestores, witnessKeyIds: witnessKey ?? null, authorities: previous.authorities, onProgress: told() });
    return { ...verification, findings: [...previous.findings, ...verification.findings] };
  } finally {
    tree?.close();
    await log.close();
  }
}

const appended = (file: string, others: readonly string[] | undefined): readonly string[] => [...(others ?? []), file];

function restoredAt(text: string, others: readonly number[] = []): readonly number[] {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('It must be a number of events, as a finding LOG_RESTORED names it. Write the target before --restored.');
  return [...others, Number(text)];
}

/** Tells how far each step is. */
function told(): (step: string, events: number, part: number | null) => void {
  const steps = new Map<string, ReadingProgress>();
  return (step, events, part) => {
    const progress = steps.get(step) ?? new ReadingProgress(step);
    steps.set(step, progress);
    if (events % EVENTS_A_LOOK === 0) progress.at(events, part);
  };
}

function summaryOf({ storeId, events, checkpoints, signedEvents, keyIds, findings }: LogVerification): string {
  if (storeId === '') return `The log cannot be read; ${findings.length} findings.`;
  const signed = checkpoints === 0 ? 'there is no signed checkpoint' : `${signedEvents} of them covered by ${checkpoints} checkpoints of the key ${keyIds.join(', ')}`;
  return `Log ${storeId}: ${events} events, ${signed}; ${findings.length} findings.`;
}

function summaryOfBundle({ storeId, events, provenEvents, checkpoint, sealedBy, keyIds, comparedCheckpoints, otherCheckpoints, review, findings }: BundleVerification): string {
  const signed = checkpoint === null ? 'no checkpoint' : `${provenEvents} of them proved to be in the log of the checkpoint of ${checkpoint.time}, signed by the key ${keyIds.join(', ')}`;
  const later = checkpoint !== null && provenEvents < events ? `; ${events - provenEvents} are later than the checkpoint, and nothing proves them` : '';
  const sealed = sealedBy === null ? 'not sealed, so events may have been left out' : `sealed as a whole by the key ${sealedBy}`;
  const kept = comparedCheckpoints + otherCheckpoints === 0 ? '' : `; compared with ${comparedCheckpoints} of ${comparedCheckpoints + otherCheckpoints} checkpoints that were kept`;
  return `Bundle of log ${storeId}: ${events} events, ${signed}${later}; ${sealed}${kept}${review === null ? '' : `; ${summaryOfReview(review)}`}; ${findings.length} findings.`;
}

const summaryOfReview = ({ reviewId, app, people, kept, removed, finishedAt, finishedBy }: NonNullable<BundleVerification['review']>): string =>
  `access review ${reviewId} of ${app}: ${people} people, ${kept} keep their access and ${removed} do not, signed off at ${finishedAt} by ${finishedBy.keapId ?? finishedBy.actorId}`;
