import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Config } from '../config';
import { copyLogFiles } from '../eventstore/copy';
import { lockDirectory } from '../eventstore/embedded/schema';
import { openLogToRead, openRawLogAt } from '../eventstore/open';
import { flushDirectory, restrictToOwner } from '../files/ownersFile';
import { Checkpointer } from '../proofs/checkpoints/checkpointer';
import { addMissingLines, CheckpointDirectory, readCheckpointLines } from '../proofs/checkpoints/directory';
import type { KeyStatement } from '../proofs/checkpoints/keyStatement';
import { type RestoringKey, restoringKey } from '../proofs/checkpoints/restoringKey';
import { EventTree } from '../proofs/eventTree';
import type { Finding } from '../proofs/verify/findings';
import { type LogVerification, verifyLog } from '../proofs/verify/log';
import { removeViews, RESTORING } from './stores';

/** What an operator asks for. */
export interface RestoreOrder {
  /** The directory that `backup` has written. */
  readonly from: string;
  /** File of the key that signed; null for that of the settings. */
  readonly keyFile: string | null;
  /** True when the key is lost, and a new one takes its place. */
  readonly newKey: boolean;
  readonly operator: string;
  readonly reason: string;
}

/** The result of a restore. */
export interface RestoreReport {
  readonly storeId: string;
  readonly events: number;
  /** What the operator states, with the key that signs from now on. */
  readonly statement: KeyStatement;
  /** Directory with the files that were there before; null when there were none. */
  readonly before: string | null;
}

/** The backup is not whole, or does not fit what was signed of the log. */
export class UnfitBackup extends Error {
  override readonly name = 'UnfitBackup';

  constructor(readonly findings: readonly Finding[]) {
    super('The backup was not restored, and nothing was changed: it is not what was signed of this log.');
  }
}

const LOG_FILES = ['events.db', 'keys.db', 'proofs.db'].flatMap((name) => ['', '-wal', '-shm'].map((suffix) => `${name}${suffix}`));
const SECRET = 'secret.key';

/**
 * Puts the log of a backup in the place of that in `DATA_DIR`, and states so for auditors. Whatever was there is moved to a directory beside it.
 * Nothing is changed before the backup has been verified. An interrupted restore keeps the service from starting, and is completed by restoring again.
 * @throws UnfitBackup. @throws Error when a service uses `DATA_DIR`, or the key is missing or another one.
 */
export async function restoreLog(config: Config, order: RestoreOrder): Promise<RestoreReport> {
  const { dataDir } = config;
  if (config.eventStoreUrl !== null) throw new Error('EVENTSTORE_URL is set, so the events are in EventStoreDB. Restore that server with its own tools.');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = lockDirectory(resolve(dataDir));
  const staged = join(dataDir, RESTORING);
  // An interrupted restore may have taken files away already: then the service must not start before one is done.
  let mayStart = !existsSync(staged);
  try {
    stage(config, order.from, staged);
    const { statement, key } = await verified(config, order, staged);
    mayStart = false;
    const before = moveAside(config, staged, key);
    key.put(config.checkpointKeyFile);
    addMissingLines(join(staged, 'checkpoints'), config.checkpointDir);
    removeViews(dataDir);
    for (const name of readdirSync(staged)) if (name !== 'checkpoints') renameSync(join(staged, name), join(dataDir, name));
    flushDirectory(dataDir);
    mayStart = true;
    return { storeId: statement.storeId, events: statement.events, statement, before };
  } finally {
    if (mayStart) rmSync(staged, { recursive: true, force: true });
    lock.release();
  }
}

/** Copies the backup beside the log. */
function stage({ checkpointDir }: Config, from: string, staged: string): void {
  mkdirSync(staged, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(staged)) rmSync(join(staged, name), { recursive: true });
  mkdirSync(join(staged, 'checkpoints'), { mode: 0o700 });
  copyLogFiles(from, staged);
  if (existsSync(join(from, SECRET))) cpSync(join(from, SECRET), join(staged, SECRET));
  restrictToOwner(join(staged, SECRET));
  for (const directory of [checkpointDir, join(from, 'checkpoints')]) {
    if (existsSync(directory) && statSync(directory).isDirectory()) addMissingLines(directory, join(staged, 'checkpoints'));
  }
}

interface Verified {
  readonly statement: KeyStatement;
  readonly key: RestoringKey;
}

/** Verifies the copy with all checkpoints that are known of its log, and makes the operator's statement. @throws UnfitBackup */
async function verified({ checkpointKeyFile }: Config, order: RestoreOrder, staged: string): Promise<Verified> {
  const log = await openLogToRead({ dataDir: staged, eventStoreUrl: null });
  const tree = EventTree.open('', log.storeId);
  try {
    const checkpoints = new CheckpointDirectory(join(staged, 'checkpoints'), log.storeId);
    const known = checkpoints.all();
    const key = restoringKey({ file: order.keyFile ?? checkpointKeyFile, newKey: order.newKey }, checkpoints);
    // Without what was signed: the log of a backup may end before that.
    const unsigned = new CheckpointDirectory(join(staged, 'none'), log.storeId);
    const checkpointer = new Checkpointer({ ...log, tree, checkpoints: unsigned, key: null, now: () => '', everyEvents: Infinity, everyMs: Infinity, report: () => undefined });
    await checkpointer.takeAll();
    if (tree.size === 0) throw new Error(`The log in ${order.from} has no event.`);
    const latest = known.map(({ statement }) => statement.time).sort().at(-1) ?? '';
    const now = new Date().toISOString();
    const statement = key.restored({
      storeId: log.storeId, events: tree.size, position: tree.position, root: tree.root(tree.size).toString('hex'), signedEvents: known.at(-1)?.statement.events ?? 0,
      // No earlier than what it gives up.
      time: latest > now ? latest : now, operator: order.operator, reason: order.reason,
    });
    checkpoints.addKeyStatement(statement);
    const { findings } = await verification(staged);
    if (findings.length > 0) throw new UnfitBackup(findings);
    return { statement: statement.statement, key };
  } finally {
    tree.close();
    await log.store.close();
  }
}

async function verification(staged: string): Promise<LogVerification> {
  const raw = await openRawLogAt({ dataDir: staged, eventStoreUrl: null });
  try {
    const checkpointLines = readCheckpointLines(join(staged, 'checkpoints'));
    return await verifyLog({ log: raw, checkpointLines, tree: null, trustedKeyIds: null, knownRestores: 'ALL', onProgress: () => undefined });
  } finally {
    await raw.close();
  }
}

/** Moves the files that the backup replaces to a directory of their own. Returns it, null when there are none. */
function moveAside({ dataDir, checkpointKeyFile }: Config, staged: string, key: RestoringKey): string | null {
  const names = [...LOG_FILES, ...(existsSync(join(staged, SECRET)) ? [SECRET] : [])].filter((name) => existsSync(join(dataDir, name)));
  const isKeyReplaced = existsSync(checkpointKeyFile) && key.replaces(checkpointKeyFile);
  if (names.length === 0 && !isKeyReplaced) return null;
  const before = join(dataDir, `before-restore-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`);
  mkdirSync(before, { recursive: true, mode: 0o700 });
  for (const name of names) renameSync(join(dataDir, name), join(before, name));
  if (isKeyReplaced) cpSync(checkpointKeyFile, join(before, 'checkpoint.key'));
  flushDirectory(dataDir);
  return before;
}
