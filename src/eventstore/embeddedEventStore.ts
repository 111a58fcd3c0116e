import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type Database from 'libsql';
import { checkAppend } from './appendChecks';
import { Arrivals } from './arrivals';
import { EmbeddedAppends, prepareAppend } from './embeddedAppends';
import { EmbeddedReads } from './embeddedReads';
import { openEventDatabase } from './embeddedSchema';
import { EventCodec } from './eventCodec';
import {
  StoreUnavailable,
  type AppendResult,
  type EventBatch,
  type EventStore,
  type EventToAppend,
  type LogPosition,
  type ReadAllOptions,
  type ReadStreamOptions,
  type StoredEvent,
} from './eventStore';
import { GroupCommit } from './groupCommit';
import { parsePosition } from './logPosition';
import { lockDirectory, type ProcessLock } from './processLock';

export interface EmbeddedEventStoreOptions {
  /** Reads beside a process that writes: no lock, no appends, no subscriptions. */
  readonly readOnly?: boolean;
}

export interface EmbeddedStatistics {
  /** appends that wrote events, since the store was opened. */
  readonly appends: number;
  /** transactions that these needed. */
  readonly commits: number;
}

/** The event log in one SQLite file, `events.db`, of which one process at a time is the writer. */
export class EmbeddedEventStore implements EventStore {
  private readonly codec = new EventCodec();
  private readonly arrivals = new Arrivals();
  private readonly reads: EmbeddedReads;
  private readonly group: GroupCommit;
  private open = true;
  /** number of the last position that is committed. */
  private lastPosition: number;

  private constructor(
    private readonly database: Database.Database,
    /** UUID of this log; it stays the same as long as the file does. */
    readonly storeId: string,
    private readonly lock: ProcessLock | null,
  ) {
    this.reads = new EmbeddedReads(database, this.codec, () => { this.requireOpen(); });
    this.lastPosition = this.reads.lastPosition();
    this.group = new GroupCommit(database, new EmbeddedAppends(database), (position) => {
      this.lastPosition = parsePosition(position);
      this.arrivals.announce();
    });
  }

  /**
   * Opens the log in a directory; makes both when they are not there (the directory with mode 700).
   * @throws Error that says what to do: another process holds the directory, or the file is foreign, newer, or (readOnly) missing.
   */
  static open(directory: string, options: EmbeddedEventStoreOptions = {}): EmbeddedEventStore {
    const readOnly = options.readOnly ?? false;
    const path = resolve(directory);
    if (!readOnly) makeDirectory(path);
    const lock = readOnly ? null : lockDirectory(path);
    try {
      const { database, storeId } = openEventDatabase(join(path, 'events.db'), readOnly);
      return new EmbeddedEventStore(database, storeId, lock);
    } catch (error) {
      lock?.release();
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.open;
  }

  /** Whether reads are answered: as long as it is open. */
  answers(): Promise<boolean> {
    return Promise.resolve(this.isOpen);
  }

  get statistics(): EmbeddedStatistics {
    return { appends: this.group.appends, commits: this.group.commits };
  }

  /**
   * @inheritdoc
   * @throws RangeError when an id stands in another stream already.
   */
  async append(stream: string, events: readonly EventToAppend[], expectedRevision: number): Promise<AppendResult> {
    this.requireOpen();
    if (this.lock === null) throw new StoreUnavailable('this event store was opened to be read only');
    checkAppend(stream, events, expectedRevision);
    return await this.group.add(prepareAppend(this.codec, stream, events, expectedRevision));
  }

  /** @inheritdoc @throws StoreUnavailable when the store is closed. @throws RangeError for options out of range. */
  readStream(stream: string, options: ReadStreamOptions = {}): AsyncIterable<StoredEvent> {
    return this.reads.stream(stream, options);
  }

  /** @inheritdoc @throws StoreUnavailable when the store is closed. @throws RangeError for options out of range. */
  readAll(options: ReadAllOptions = {}): AsyncIterable<StoredEvent> {
    return this.reads.all(options);
  }

  /** @inheritdoc @throws StoreUnavailable when the store is closed meanwhile, or cannot know of live events (readOnly). */
  async *subscribeAll(after: LogPosition, signal: AbortSignal): AsyncGenerator<EventBatch, void, undefined> {
    if (this.lock === null) throw new StoreUnavailable('an event store that was opened to be read only has no live events; read them with readAll');
    let position = parsePosition(after);
    let behind = true;
    while (!signal.aborted) {
      const events = this.reads.pageAfter(position);
      const last = events.at(-1);
      if (last !== undefined) position = parsePosition(last.position);
      const caughtUp = position >= this.lastPosition;
      if (last !== undefined || behind) yield { events, caughtUp };
      behind = !caughtUp;
      if (behind) await nextTurn();
      else await this.arrivals.next(() => this.lastPosition > position || !this.open, signal);
    }
  }

  /** Writes the appends that wait, ends subscriptions (with StoreUnavailable) and frees the directory. */
  async close(): Promise<void> {
    if (!this.open) return;
    this.group.finish();
    this.open = false;
    this.arrivals.announce();
    try {
      // Moves what is left of the write-ahead log into the file, so that the file alone is the whole log.
      if (this.lock !== null) this.database.pragma('wal_checkpoint(TRUNCATE)');
    } finally {
      this.database.close();
      this.lock?.release();
    }
  }

  private requireOpen(): void {
    if (!this.open) throw new StoreUnavailable('the event store is closed');
  }
}

/** The new directory's own entry is flushed too, or a loss of power could take it with all that is in it. */
function makeDirectory(path: string): void {
  const first = mkdirSync(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  const parent = openSync(dirname(first), 'r');
  try {
    fsyncSync(parent);
  } finally {
    closeSync(parent);
  }
}
