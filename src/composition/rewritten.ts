import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Config } from '../config';
import { EmbeddedKeyStore } from '../eventstore/embedded/keyStore';
import { lockDirectory } from '../eventstore/embedded/schema';
import { EmbeddedEventStore } from '../eventstore/embedded/store';
import { headOf, type LogPosition } from '../eventstore/eventStore';
import { flushDirectory, moveOver } from '../files/ownersFile';
import { addMissingLines } from '../proofs/checkpoints/directory';
import { REWRITTEN } from './stores';
import type { FieldCounts } from './traces';

/** Why a log on EventStoreDB is not written anew, and what can be done instead. */
export const NOT_ON_A_SERVER = 'On EventStoreDB no log is written anew: its server decides at which position an event stands, and checkpoints and proofs are about positions. Only the DATA_DIR that a log is copied from can be written anew, before the copy. Limit who may read the server, and note what stays: "Erasure on EventStoreDB" in docs/retention.md says how.';

/** The log cannot be written anew here. */
export class NotRewritable extends Error {
  override readonly name = 'NotRewritable';
}

/** The result of writing a log anew. */
export interface RewriteReport {
  /** UUID of the log from now on. */
  readonly storeId: string;
  readonly previousStoreId: string;
  /** Number of events that hold less than before. */
  readonly events: number;
  /** What was removed: fields, with the number of events. */
  readonly removed: FieldCounts;
  /** What names the person still, since programs rely on it: fields, with the number of events. */
  readonly left: FieldCounts;
  readonly leftEvents: number;
}

/** A log that was written anew for an erasure. */
export interface Rewritten {
  /** The n of "erased person #n". */
  readonly number: number;
  /** Ids of the keys that the erasure destroys. */
  readonly keyIds: readonly string[];
  readonly report: RewriteReport;
}

/** The directory in `DATA_DIR` in which a new log is made. What a crash leaves in it is of no use. */
export const WORKSHOP = 'rewrite';
/** File in the directory of a new log with what is to be done when it takes the place of the old one. */
const ORDER = 'erasure.json';
/** Directory in that of a new log with the signed statement about it, and its first checkpoint. */
export const STAGED_CHECKPOINTS = 'checkpoints';

/**
 * Puts a new log, which is whole and closed, in the place of that of `DATA_DIR`, and destroys the keys of the person whom it does not name any more. From
 * when the directory of the new log has its final name on, the service does not start before this is done, and `finishRewrite` completes it after a crash.
 * @param workshop the directory of the new log, with its statement and checkpoint in `STAGED_CHECKPOINTS`. @param head position of the last event that was written anew.
 * @throws NotRewritable, Error when another process uses the old log. Nothing has changed then.
 */
export async function putInPlace(config: Config, workshop: string, head: LogPosition, rewritten: Rewritten): Promise<void> {
  const { dataDir } = config;
  writeFileSync(join(workshop, ORDER), JSON.stringify(rewritten), { mode: 0o600, flush: true });
  flushDirectory(workshop);
  const lock = lockDirectory(resolve(dataDir));
  try {
    await requireEnd(dataDir, head);
    for (const directory of [dataDir, workshop]) requireNoReader(directory);
    renameSync(workshop, join(dataDir, REWRITTEN));
    flushDirectory(dataDir);
    await finish(config);
  } finally {
    lock.release();
  }
}

/**
 * Completes what an interrupted `putInPlace` has left; null when there is nothing to complete.
 * @throws NotRewritable, Error when another process uses the old log. @throws StoreUnavailable
 */
export async function finishRewrite(config: Config): Promise<Rewritten | null> {
  const { dataDir, eventStoreUrl } = config;
  if (eventStoreUrl !== null || !existsSync(join(dataDir, REWRITTEN))) return null;
  const lock = lockDirectory(resolve(dataDir));
  try {
    return await finish(config);
  } finally {
    lock.release();
  }
}

/** Each step may have been done before. */
async function finish({ dataDir, checkpointDir }: Config): Promise<Rewritten> {
  const staged = join(dataDir, REWRITTEN);
  const rewritten = JSON.parse(readFileSync(join(staged, ORDER), 'utf8')) as Rewritten;
  const [file, next] = [join(dataDir, 'events.db'), join(staged, 'events.db')];
  const keys = EmbeddedKeyStore.open(dataDir);
  try {
    await keys.erase(rewritten.keyIds);
  } finally {
    await keys.close();
  }
  // The statement comes first: nobody sees the new log without it.
  addMissingLines(join(staged, STAGED_CHECKPOINTS), checkpointDir);
  if (existsSync(next)) {
    requireNoReader(dataDir);
    for (const suffix of ['-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
    moveOver(next, file);
  }
  for (const name of ['proofs.db', 'proofs.db-wal', 'proofs.db-shm']) rmSync(join(dataDir, name), { force: true });
  // Without its final name, nothing is to be done any more, also when not all of it is removed.
  renameSync(staged, join(dataDir, WORKSHOP));
  flushDirectory(dataDir);
  rmSync(join(dataDir, WORKSHOP), { recursive: true });
  return rewritten;
}

/** A write-ahead log with contents would be taken for that of the new file. It is empty unless somebody else reads. */
function requireNoReader(directory: string): void {
  const file = join(directory, 'events.db-wal');
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0) throw new NotRewritable(`${file} is there: another process reads the log. Stop it, and run the command again.`);
}

async function requireEnd(dataDir: string, head: LogPosition): Promise<void> {
  const log = EmbeddedEventStore.open(dataDir, { readOnly: true });
  try {
    if ((await headOf(log)) !== head) throw new NotRewritable('The old log was written to meanwhile. Run the command again.');
  } finally {
    await log.close();
  }
}
