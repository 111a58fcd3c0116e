import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type Database from 'libsql';
import { Signal } from '../../concurrency';
import { checkAppend } from '../appendChecks';
import { EmbeddedAppends, prepareAppend } from './appends';
import { FileHealth, isBusy } from './fileHealth';
import { GroupCommit } from './groupCommit';
import { EmbeddedReads } from './reads';
import { lockDirectory, openEventDatabase, type ProcessLock } from './schema';
import { EventCodec } from '../eventCodec';
import { type AppendResult, type EventBatch, type EventLog, type EventToAppend, type LogPosition, parsePosition, type ReadAllOptions, type ReadStreamOptions, type StoredEvent, type StoreProblem, StoreUnavailable, type WriteStatistics } from '../eventStore';

export interface EmbeddedEventStoreOptions {
  /** Opens the log beside the process that writes it: without a lock, appends or subscriptions. */
  readonly readOnly?: boolean;
}

/** Size of a write-ahead log that is emptied at the next probe, in bytes. */
const LARGE_WAL_BYTES = 32 * 1024 * 1024;

/** The event log in one SQLite file, `events.db`, to which one process at a time may write. */
export class EmbeddedEventStore implements EventLog {
  private readonly codec = new EventCodec();
  private readonly arrivals = new Signal();
  private readonly reads: EmbeddedReads;
  private readonly group: GroupCommit;
  private open = true;
  /** Stays pending: the lock keeps other processes from the file. */
  readonly replaced = new Promise<never>(() => undefined);
  /** Number of the last committed position. */
  private lastPosition: number;

  private constructor(
    private readonly database: Database.Database,
    /** UUID of this log, which never changes. */
    readonly storeId: string,
    private readonly lock: ProcessLock | null,
    private readonly health: FileHealth,
  ) {
    this.reads = new EmbeddedReads(database, this.codec, health, () => { this.requireOpen(); });
    this.lastPosition = this.reads.lastPosition();
    this.group = new GroupCommit(database, new EmbeddedAppends(database, health), health, (position) => {
      this.lastPosition = parsePosition(position);
      this.arrivals.notify();
    });
  }

  /**
   * Opens the log of a directory. Creates both when they do not exist (the directory with mode 700).
   * @throws Error that says what to do: another process uses the directory, or the file is foreign, newer, or (readOnly) missing.
   */
  static open(directory: string, options: EmbeddedEventStoreOptions = {}): EmbeddedEventStore {
    const readOnly = options.readOnly ?? false;
    const path = resolve(directory);
    if (!readOnly) createDirectory(path);
    const lock = readOnly ? null : lockDirectory(path);
    try {
      const file = join(path, 'events.db');
      const { database, storeId } = openEventDatabase(file, readOnly);
      // From here on, whoever waits for a lock waits without blocking the process.
      if (!readOnly) database.pragma('busy_timeout = 0');
      return new EmbeddedEventStore(database, storeId, lock, new FileHealth(file));
    } catch (error) {
      lock?.release();
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.open;
  }

  get exclusive(): boolean {
    return this.lock !== null;
  }

  readonly isAway = false;

  /** Calls nobody: a store in this process is never away. */
  onAway(): () => void {
    return () => undefined;
  }

  /** @inheritdoc */
  onIdentified(listener: (storeId: string) => void): void {
    listener(this.storeId);
  }

  /** Resolves to whether the store is open. */
  answers(): Promise<boolean> {
    return Promise.resolve(this.isOpen);
  }

  get problem(): StoreProblem | null {
    return this.lock === null ? null : this.health.problem;
  }

  /** @inheritdoc */
  probe(): void {
    if (!this.open || this.lock === null) return;
    try {
      if (this.health.writeAheadLogSize > LARGE_WAL_BYTES) this.emptyWriteAheadLog();
      if (this.health.isWriteAheadLogLost) this.database.pragma('wal_checkpoint(PASSIVE)');
      if (this.health.isWriteAheadLogCutOff) this.health.acceptWriteAheadLog();
      this.health.requireFiles();
      if (this.health.isFresh) return;
      this.group.probe();
      this.health.probeDisk();
      this.health.succeeded();
    } catch (error) {
      // A lock that is held for a moment is no problem; an append that meets it waits.
      if (!isBusy(error)) this.health.failed(error);
    }
  }

  get statistics(): WriteStatistics {
    return { appends: this.group.appends, commits: this.group.commits };
  }

  /**
   * @inheritdoc
   * @throws RangeError when an id is used in another stream.
   */
  async append(stream: string, events: readonly EventToAppend[], expectedRevision: number): Promise<AppendResult> {
    this.requireOpen();
    if (this.lock === null) throw new StoreUnavailable('this event store was opened read-only');
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

  /** @inheritdoc @throws StoreUnavailable when the store is closed, or was opened read-only. */
  async *subscribeAll(after: LogPosition, signal: AbortSignal): AsyncGenerator<EventBatch, void, undefined> {
    if (this.lock === null) throw new StoreUnavailable('an event store that was opened read-only has no live events; use readAll');
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
      else await this.arrivals.wait({ until: () => this.lastPosition > position || !this.open, signal });
    }
  }

  /** Writes the waiting appends, ends subscriptions with StoreUnavailable and unlocks the directory. */
  async close(): Promise<void> {
    if (!this.open) return;
    this.group.finish();
    this.open = false;
    this.arrivals.notify();
    try {
      // Moves the write-ahead log into the file, so that the file alone is the whole log.
      if (this.lock !== null) this.database.pragma('wal_checkpoint(TRUNCATE)');
    } finally {
      this.database.close();
      this.lock?.release();
    }
  }

  /** Does nothing while somebody still reads it. */
  private emptyWriteAheadLog(): void {
    this.database.pragma('wal_checkpoint(TRUNCATE)');
    this.health.acceptWriteAheadLog();
  }

  private requireOpen(): void {
    if (!this.open) throw new StoreUnavailable('the event store is closed');
  }
}

/** Creates a directory and flushes its entry, which a loss of power could remove otherwise. */
function createDirectory(path: string): void {
  const first = mkdirSync(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  const parent = openSync(dirname(first), 'r');
  try {
    fsyncSync(parent);
  } finally {
    closeSync(parent);
  }
}
