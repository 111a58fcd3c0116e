import { createHash, randomUUID } from 'node:crypto';
import { constants, mkdirSync, rmSync, statSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KeyedMutex } from '../../concurrency';
import { ReadModelDatabase } from '../engine/database';
import { type FoldProgress, type IsUpTo, NOTHING } from './fold';
import { type PastLooks, TooManyLooks } from './rows';

/** Minimum number of events between two snapshots of the same streams that a fold keeps on its way. To write one takes as long as to fold some hundred events. */
const MIN_EVENTS_BETWEEN = 1_000;
/** The same, as a fraction of all events before the second one. */
const MIN_FRACTION_BETWEEN = 1 / 4;

/** Size of all snapshots. Above it the least recently used ones are removed. */
const MAX_BYTES = 1024 * 1024 * 1024;

/** Share of all snapshots above which a fold keeps none on its way, only its result. */
const LARGE = 1 / 32;

/** Size above which a fold goes on in the file of a snapshot that was read once, rather than in a copy. */
const COPIED_BYTES = 8 * 1024 * 1024;

/** Snapshots that stay open while nobody reads them. */
const MAX_OPEN = 8;

/** Looks into the past of the same streams at a time, of which one folds, and those of all streams. */
const MAX_LOOKS = 100;
const MAX_LOOKS_TOGETHER = 1_000;
const MAX_WAIT_MS = 20_000;

/** Moments that are known to be those of one snapshot. */
const MAX_MOMENTS = 100;

/** The read models of some streams after some of their events, in a file that does not change. */
export interface Snapshot {
  readonly key: string;
  readonly file: string;
  readonly bytes: number;
  readonly progress: FoldProgress;
  /** Whether a fold can go on from here. */
  readonly isPrefix: boolean;
  /** By moment that was asked for: the streams without an event beyond it, of which later events may belong to it. */
  readonly moments: Map<string, readonly string[]>;
  /** Open while it is read, and some time longer. */
  database: ReadModelDatabase | null;
  readers: number;
  /** How often it was asked for; 0 for one that a fold kept on its way. */
  asked: number;
}

/** A new file of read models that is being folded. */
export interface Unfinished {
  readonly file: string;
  readonly database: ReadModelDatabase;
  /** The events that the file holds already. */
  readonly begun: FoldProgress;
}

/**
 * A cache of folds of the past, as SQLite files. Who asks for a moment that has been folded reads the same file; another moment
 * continues a copy of the latest snapshot before it. The total size is bounded; the least recently used snapshots are removed
 * first. When a file is missing or cannot be written, folds only take longer.
 */
export class PastSnapshots {
  /** All snapshots, least recently used first. */
  readonly #snapshots = new Set<Snapshot>();
  readonly #folding = new KeyedMutex(() => this.#refusal('of this app '), { callers: MAX_LOOKS, waitMs: MAX_WAIT_MS });
  #looking = 0;
  #refused = 0;
  #bytes = 0;

  /**
   * @param directory used by this process alone; its content is removed.
   * @param copiedBytes size above which a snapshot that was asked for once is gone on with, rather than copied.
   * @param minEventsBetween minimum number of events between two snapshots of the same streams that a fold keeps on its way.
   */
  constructor(
    private readonly directory: string,
    private readonly maxBytes = MAX_BYTES,
    private readonly copiedBytes = COPIED_BYTES,
    private readonly minEventsBetween = MIN_EVENTS_BETWEEN,
  ) {
    try {
      rmSync(directory, { recursive: true, force: true });
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    } catch {
      // Without a directory, the past is folded in memory.
    }
  }

  /** True when a fold of `count` events is worth keeping after one of `countBefore` events. */
  isDue(count: number, countBefore: number): boolean {
    return count - countBefore >= Math.max(this.minEventsBetween, count * MIN_FRACTION_BETWEEN);
  }

  /** The callers of `oneAtATime`. */
  get looks(): PastLooks {
    return { open: this.#looking, refused: this.#refused };
  }

  /**
   * Runs one fold of the same streams at a time, so that several callers who ask for one moment fold it once.
   * @throws TooManyLooks for the 101st caller with the same streams, for the 1,001st of all, and after 20 seconds of waiting.
   */
  async oneAtATime<T>(streams: readonly string[], work: () => Promise<T>): Promise<T> {
    if (this.#looking >= MAX_LOOKS_TOGETHER) throw this.#refusal('');
    this.#looking += 1;
    try {
      return await this.#folding.run(keyOf(streams), work);
    } finally {
      this.#looking -= 1;
    }
  }

  /** Returns the latest snapshot of the streams whose events `isUpTo` accepts; undefined when there is none. @param toContinue whether a fold is to go on from there. */
  latest(streams: readonly string[], isUpTo: IsUpTo, toContinue: boolean): Snapshot | undefined {
    const key = keyOf(streams);
    let found: Snapshot | undefined;
    for (const snapshot of this.#snapshots) {
      const { progress, isPrefix } = snapshot;
      if (snapshot.key === key && (isPrefix || !toContinue) && isUpTo(progress.position, progress.latest) && progress.count >= (found?.progress.count ?? 0)) found = snapshot;
    }
    return found;
  }

  /** Opens a snapshot, which stays until `release`; undefined when its file is missing. */
  open(snapshot: Snapshot): ReadModelDatabase | undefined {
    try {
      snapshot.database ??= ReadModelDatabase.openScratch(snapshot.file, { create: false });
      this.#watch(snapshot);
    } catch {
      this.#remove(snapshot);
      return undefined;
    }
    snapshot.readers += 1;
    snapshot.asked += 1;
    this.#use(snapshot);
    return snapshot.database;
  }

  /** Ends one reading of a snapshot. */
  release(snapshot: Snapshot): void {
    snapshot.readers -= 1;
    if (!this.#snapshots.has(snapshot)) this.#close(snapshot);
    const idle = [...this.#snapshots].filter(({ database, readers }) => database !== null && readers === 0);
    for (const one of idle.slice(0, -MAX_OPEN)) this.#close(one);
    this.#makeRoom();
  }

  /**
   * Creates a file to fold into: a copy of the snapshot, or an empty one without it or where its file is missing. A large snapshot that was asked for once
   * is not copied but gone on with. Undefined when no file can be written.
   */
  async begin(from: Snapshot | undefined): Promise<Unfinished | undefined> {
    if (from && from.asked === 1 && from.readers === 0 && from.bytes > this.copiedBytes && from.database) {
      this.#snapshots.delete(from);
      this.#bytes -= from.bytes;
      return { file: from.file, database: from.database, begun: from.progress };
    }
    const file = this.#newFile();
    try {
      if (from) {
        this.#use(from);
        await copyFile(from.file, file, constants.COPYFILE_FICLONE);
      }
      return { file, database: ReadModelDatabase.openScratch(file), begun: from?.progress ?? NOTHING };
    } catch {
      removeFile(file);
      if (!from) return undefined;
      this.#remove(from);
      return this.begin(undefined);
    }
  }

  /** Keeps a copy of a file that is being folded, unless it is large or cannot be written. */
  async keepCopy(streams: readonly string[], { file }: Unfinished, progress: FoldProgress): Promise<void> {
    const copy = this.#newFile();
    try {
      if (statSync(file).size > this.maxBytes * LARGE) return;
      await copyFile(file, copy, constants.COPYFILE_FICLONE);
      this.#add(streams, copy, { progress, isPrefix: true }, null);
    } catch {
      removeFile(copy);
    }
  }

  /** Keeps a folded file, which nobody may change from now on. It is open as by `open`. */
  keep(streams: readonly string[], { file, database }: Unfinished, folded: Pick<Snapshot, 'progress' | 'isPrefix'>): Snapshot {
    return this.#add(streams, file, folded, database);
  }

  /** Removes a snapshot from which a fold cannot go on, because its file is damaged. */
  forget(snapshot: Snapshot): void {
    this.#remove(snapshot);
  }

  /** Removes a file that was not folded to the end. */
  discard({ file, database }: Unfinished): void {
    database.close();
    removeFile(file);
  }

  /** Remembers that a moment is that of a snapshot, and in which streams later events may belong to it. */
  note({ moments }: Snapshot, moment: string, unended: readonly string[]): void {
    if (moments.size >= MAX_MOMENTS) moments.clear();
    moments.set(moment, unended);
  }

  /** Removes all snapshots. Call it when a person was erased. */
  clear(): void {
    for (const snapshot of [...this.#snapshots]) this.#remove(snapshot);
  }

  /** Removes all snapshots and the directory. */
  close(): void {
    this.clear();
    removeFile(this.directory);
  }

  #refusal(whose: string): TooManyLooks {
    this.#refused += 1;
    return new TooManyLooks(`Too many requests look into the past ${whose}at the same time. Send the same request again.`);
  }

  #add(streams: readonly string[], file: string, { progress, isPrefix }: Pick<Snapshot, 'progress' | 'isPrefix'>, database: ReadModelDatabase | null): Snapshot {
    const bytes = sizeOf(file);
    const snapshot: Snapshot = { key: keyOf(streams), file, bytes, progress, isPrefix, moments: new Map(), database, readers: 0, asked: 0 };
    if (database) [snapshot.readers, snapshot.asked] = [1, 1];
    this.#watch(snapshot);
    this.#snapshots.add(snapshot);
    this.#bytes += bytes;
    this.#makeRoom();
    return snapshot;
  }

  /** A file that turns out to be damaged is not read again. */
  #watch(snapshot: Snapshot): void {
    snapshot.database?.onDamage(() => { this.#remove(snapshot); });
  }

  #use(snapshot: Snapshot): void {
    if (this.#snapshots.delete(snapshot)) this.#snapshots.add(snapshot);
  }

  /** Removes snapshots that nobody reads, but never the last one used. */
  #makeRoom(): void {
    for (const snapshot of [...this.#snapshots].slice(0, -1)) {
      if (this.#bytes <= this.maxBytes) return;
      if (snapshot.readers === 0) this.#remove(snapshot);
    }
  }

  #remove(snapshot: Snapshot): void {
    if (!this.#snapshots.delete(snapshot)) return;
    this.#bytes -= snapshot.bytes;
    removeFile(snapshot.file);
    if (snapshot.readers === 0) this.#close(snapshot);
  }

  #close(snapshot: Snapshot): void {
    if (snapshot.readers > 0) return;
    snapshot.database?.close();
    snapshot.database = null;
  }

  #newFile(): string {
    return join(this.directory, `snapshot-${randomUUID()}.db`);
  }
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}

/** Some systems do not remove an open file; it is then removed with the directory, or at the next start. */
function removeFile(file: string): void {
  try {
    rmSync(file, { recursive: true, force: true });
  } catch {
    return;
  }
}

const keyOf = (streams: readonly string[]): string => createHash('sha256').update(JSON.stringify([...streams].sort())).digest('base64url');
