import { createHash, randomUUID } from 'node:crypto';
import { constants, copyFileSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LogPosition } from '../eventstore/eventStore';
import { ReadModelDatabase } from './readModelDatabase';

/** How far a fold of some streams has come. */
export interface FoldProgress {
  /** how many events it took in. */
  readonly count: number;
  /** of the last one. */
  readonly position: LogPosition;
  /** the greatest `occurredAt` among all of them. */
  readonly latest: string;
  /** the app's own time: the greatest `occurredAt` among those that count for it; null when none does. */
  readonly ownLatest: string | null;
  /** the last revision of each stream that has one. */
  readonly revisions: ReadonlyMap<string, number>;
}

interface Snapshot extends FoldProgress {
  readonly file: string;
  readonly bytes: number;
}

/** Snapshots are at least so many events apart, and an n-th part of what is before them. */
const LEAST_EVENTS_BETWEEN = 250;
const PART_BETWEEN = 1 / 10;

const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Folds of the past that were stopped at some event and kept, as SQLite files, so that the next look at the same streams
 * begins at the last one before its moment and not at the streams' beginning. A fold that continues one gets a copy of
 * its own. Their number is bounded by their size; those not used for longest go first. Nothing is lost with them: where a
 * file is gone or cannot be written, a fold begins earlier.
 */
export class PastSnapshots {
  /** by streams; the streams used last stand at the end. */
  readonly #snapshots = new Map<string, readonly Snapshot[]>();
  #bytes = 0;

  /** @param directory is this process's own: what is left in it from before is removed. */
  constructor(
    private readonly directory: string,
    private readonly maxBytes = MAX_BYTES,
  ) {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  /** Whether a fold that took in `count` events is to be kept, where the last one that was kept had `countBefore`. */
  static isDue(count: number, countBefore: number): boolean {
    return count - countBefore >= Math.max(LEAST_EVENTS_BETWEEN, count * PART_BETWEEN);
  }

  /** How far the fold of the streams was at their latest snapshot of which everything is wanted, and a copy of it to go on with; undefined when there is none. */
  latest(streams: readonly string[], isWanted: (progress: FoldProgress) => boolean): { readonly database: ReadModelDatabase; readonly progress: FoldProgress } | undefined {
    const key = keyOf(streams);
    const progress = this.#use(key).findLast(isWanted);
    if (!progress) return undefined;
    const copy = this.#newFile('copy');
    try {
      copyFileSync(progress.file, copy, constants.COPYFILE_FICLONE);
      return { database: ReadModelDatabase.openScratch(copy), progress };
    } catch {
      this.#forget(key);
      return undefined;
    } finally {
      // An open file stays readable without its name, and nothing is left behind when the process ends.
      removeFile(copy);
    }
  }

  /** Keeps the fold as it is now, if it can. */
  keep(streams: readonly string[], database: ReadModelDatabase, progress: FoldProgress): void {
    const key = keyOf(streams);
    const kept = this.#use(key);
    if (kept.some(({ count }) => count === progress.count)) return;
    const file = this.#newFile('snapshot');
    let bytes: number;
    try {
      database.writeCopyTo(file);
      bytes = statSync(file).size;
    } catch {
      removeFile(file);
      return;
    }
    this.#bytes += bytes;
    const snapshot = { ...progress, revisions: new Map(progress.revisions), file, bytes };
    this.#snapshots.set(key, [...kept, snapshot].sort((a, b) => a.count - b.count));
    this.#makeRoom();
  }

  /** Forgets everything; to be called when something must not be readable any more. */
  clear(): void {
    for (const key of [...this.#snapshots.keys()]) this.#forget(key);
  }

  /** Forgets everything, and removes the directory. */
  close(): void {
    this.clear();
    rmSync(this.directory, { recursive: true, force: true });
  }

  #use(key: string): readonly Snapshot[] {
    const snapshots = this.#snapshots.get(key) ?? [];
    this.#snapshots.delete(key);
    if (snapshots.length > 0) this.#snapshots.set(key, snapshots);
    return snapshots;
  }

  #makeRoom(): void {
    for (const key of [...this.#snapshots.keys()]) {
      if (this.#bytes <= this.maxBytes) return;
      this.#forget(key);
    }
  }

  #forget(key: string): void {
    for (const { file, bytes } of this.#snapshots.get(key) ?? []) {
      removeFile(file);
      this.#bytes -= bytes;
    }
    this.#snapshots.delete(key);
  }

  #newFile(kind: string): string {
    return join(this.directory, `${kind}-${randomUUID()}.db`);
  }
}

/** Some systems keep a file that is open; then it goes with the directory. */
function removeFile(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    return;
  }
}

const keyOf = (streams: readonly string[]): string => createHash('sha256').update(JSON.stringify([...streams].sort())).digest('base64url');
