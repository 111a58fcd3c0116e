import type Database from 'libsql';
import { type AppendResult, type LogPosition, START, StoreUnavailable } from '../eventStore';
import { type EmbeddedAppends, isRefusal, type PreparedAppend } from './appends';
import { type FileHealth, isBusy } from './fileHealth';

/** How long appends wait for another program that has locked the file, and how often they try, in milliseconds. */
const LOCK_WAIT_MS = 5_000;
const LOCK_RETRY_MS = 25;

/** Appends that may wait. One more is refused with StoreUnavailable. */
const MAX_WAITING = 10_000;
/** Bytes of appends that may wait. An append beyond that is refused with StoreUnavailable. */
const MAX_WAITING_BYTES = 256 * 1024 * 1024;
/** A transaction takes no further append beyond these limits, so that reads can run between two transactions. */
const MAX_GROUP = 1_000;
const MAX_GROUP_BYTES = 16 * 1024 * 1024;

interface Waiting {
  readonly append: PreparedAppend;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Puts all appends of one turn of the event loop into one transaction, so that they share one flush to disk. Each append
 * succeeds or fails by itself. When the database fails, the whole group fails.
 */
export class GroupCommit {
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  /** Takes back the next turn; null when none is planned. */
  private cancelTurn: (() => void) | null = null;
  /** When the waiting appends give up on a lock, on the monotonic clock; null while nobody holds one. */
  private giveUpAt: number | null = null;
  private readonly begin: Database.Statement;
  private readonly end: Database.Statement;
  /** Number of appends that wrote something. */
  appends = 0;
  /** Number of transactions that wrote something. */
  commits = 0;

  /** @param onCommitted called with the log's last position after each transaction that wrote something. It must not throw. */
  constructor(
    private readonly database: Database.Database,
    private readonly writer: EmbeddedAppends,
    private readonly health: FileHealth,
    private readonly onCommitted: (position: LogPosition) => void,
  ) {
    this.begin = database.prepare('BEGIN IMMEDIATE');
    this.end = database.prepare('COMMIT');
  }

  /** @throws StoreUnavailable when too much is waiting, or the transaction fails. */
  add(append: PreparedAppend): Promise<AppendResult> {
    if (this.waiting.length >= MAX_WAITING) throw new StoreUnavailable(`${MAX_WAITING} appends are already waiting; send this one again in a moment`);
    if (this.waitingBytes + append.bytes > MAX_WAITING_BYTES) {
      throw new StoreUnavailable(`${MAX_WAITING_BYTES} bytes of appends are already waiting; send this one again in a moment`);
    }
    this.waitingBytes += append.bytes;
    return new Promise((resolve, reject) => {
      this.waiting.push({ append, resolve, reject });
      this.schedule();
    });
  }

  /** Writes all waiting appends at once. */
  finish(): void {
    this.cancelTurn?.();
    this.cancelTurn = null;
    while (this.waiting.length > 0) {
      const refused = this.begun();
      const group = this.takeGroup();
      if (refused === null) this.commit(group);
      else this.fail(group, refused);
    }
  }

  /** Writes a page that changes nothing. @throws the database's error. */
  probe(): void {
    this.begin.run();
    try {
      this.database.exec("UPDATE meta SET value = value WHERE key = 'store_id'");
      this.end.run();
    } catch (error) {
      this.rollBack();
      throw error;
    }
  }

  private schedule(): void {
    if (this.cancelTurn !== null) return;
    const turn = setImmediate(() => { this.take(); });
    this.cancelTurn = () => { clearImmediate(turn); };
  }

  /** Writes the next group. While another program has locked the file, other work runs, and this tries again. */
  private take(): void {
    this.cancelTurn = null;
    const refused = this.begun();
    if (isBusy(refused)) {
      this.giveUpAt ??= performance.now() + LOCK_WAIT_MS;
      if (performance.now() < this.giveUpAt) {
        const turn = setTimeout(() => { this.take(); }, LOCK_RETRY_MS);
        this.cancelTurn = () => { clearTimeout(turn); };
        return;
      }
    }
    this.giveUpAt = null;
    const group = this.takeGroup();
    if (refused === null) this.commit(group);
    else this.fail(group, refused);
    if (this.waiting.length > 0) this.schedule();
  }

  /** Begins a transaction. Returns the error when there is none. */
  private begun(): unknown {
    try {
      this.health.requireFiles();
      this.begin.run();
      return null;
    } catch (error) {
      return error;
    }
  }

  private takeGroup(): Waiting[] {
    let size = 0;
    let bytes = 0;
    for (const { append } of this.waiting) {
      if (size >= MAX_GROUP || bytes >= MAX_GROUP_BYTES) break;
      size += 1;
      bytes += append.bytes;
    }
    this.waitingBytes -= bytes;
    return this.waiting.splice(0, size);
  }

  /** Writes a group in the transaction that has begun. */
  private commit(group: readonly Waiting[]): void {
    const settle: (() => void)[] = [];
    let appends = 0;
    let events = 0;
    let lastPosition = START;
    try {
      const before = this.writer.lastPosition();
      for (const one of group) {
        const position = this.write(one, settle);
        if (position === null) continue;
        appends += 1;
        events += one.append.events.length;
        lastPosition = position;
      }
      this.writer.requireWritten(before, events);
      this.end.run();
      this.health.acceptWriteAheadLog();
      this.health.requireFiles();
    } catch (cause) {
      this.fail(group, cause);
      return;
    }
    this.health.succeeded();
    this.appends += appends;
    if (appends > 0) {
      this.commits += 1;
      this.onCommitted(lastPosition);
    }
    for (const answer of settle) answer();
  }

  /** Returns the last position written, null when nothing was written. */
  private write({ append, resolve, reject }: Waiting, settle: (() => void)[]): LogPosition | null {
    try {
      const { result, written } = this.writer.write(append);
      settle.push(() => { resolve(result); });
      return written > 0 ? result.position : null;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      settle.push(() => { reject(error); });
      return null;
    }
  }

  private fail(group: readonly Waiting[], cause: unknown): void {
    if (this.database.inTransaction) this.rollBack();
    const error = this.health.failed(cause);
    for (const { reject } of group) reject(error);
  }

  private rollBack(): void {
    try {
      this.database.exec('ROLLBACK');
    } catch {
      // SQLite has already rolled back. The error to report is the one that led here.
    }
  }
}
