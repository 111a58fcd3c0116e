import type Database from 'libsql';
import { isRefusal, type EmbeddedAppends, type PreparedAppend } from './embeddedAppends';
import { START, StoreUnavailable, type AppendResult, type LogPosition } from './eventStore';

/** Most appends that wait for their turn, and most bytes of them. */
const MAX_WAITING = 10_000;
const MAX_WAITING_BYTES = 256 * 1024 * 1024;
/** A transaction takes no further append beyond these, so that reads get their turn between two. */
const MAX_GROUP = 1_000;
const MAX_GROUP_BYTES = 16 * 1024 * 1024;

interface Waiting {
  readonly append: PreparedAppend;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Puts all appends of one turn of the event loop into one transaction, so that they share one flush of the disk. Each
 * append succeeds or fails by itself; only a database that fails takes the whole group with it.
 */
export class GroupCommit {
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private turn: NodeJS.Immediate | null = null;
  private readonly begin: Database.Statement;
  private readonly end: Database.Statement;
  /** appends that wrote something. */
  appends = 0;
  /** transactions that wrote something. */
  commits = 0;

  /** @param onCommitted told the log's last position after each transaction that wrote something. It must not throw. */
  constructor(
    private readonly database: Database.Database,
    private readonly writer: EmbeddedAppends,
    private readonly onCommitted: (position: LogPosition) => void,
  ) {
    this.begin = database.prepare('BEGIN IMMEDIATE');
    this.end = database.prepare('COMMIT');
  }

  /** @throws StoreUnavailable when too much is waiting, or the transaction fails. */
  add(append: PreparedAppend): Promise<AppendResult> {
    if (this.waiting.length >= MAX_WAITING) throw new StoreUnavailable(`${MAX_WAITING} appends are waiting already; send this one again a little later`);
    if (this.waitingBytes + append.bytes > MAX_WAITING_BYTES) {
      throw new StoreUnavailable(`${MAX_WAITING_BYTES} bytes of appends are waiting already; send this one again a little later`);
    }
    this.waitingBytes += append.bytes;
    return new Promise((resolve, reject) => {
      this.waiting.push({ append, resolve, reject });
      this.schedule();
    });
  }

  /** Writes at once all that waits. */
  finish(): void {
    while (this.waiting.length > 0) this.commit(this.takeGroup());
    if (this.turn !== null) clearImmediate(this.turn);
    this.turn = null;
  }

  private schedule(): void {
    this.turn ??= setImmediate(() => {
      this.turn = null;
      this.commit(this.takeGroup());
      if (this.waiting.length > 0) this.schedule();
    });
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

  private commit(group: readonly Waiting[]): void {
    const settle: (() => void)[] = [];
    let appends = 0;
    let lastPosition = START;
    try {
      this.begin.run();
      for (const one of group) {
        const position = this.write(one, settle);
        if (position === null) continue;
        appends += 1;
        lastPosition = position;
      }
      this.end.run();
    } catch (cause) {
      this.fail(group, cause);
      return;
    }
    this.appends += appends;
    if (appends > 0) {
      this.commits += 1;
      this.onCommitted(lastPosition);
    }
    for (const answer of settle) answer();
  }

  /** @returns the last position written; null when nothing was. */
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
    const reason = cause instanceof Error ? cause.message : String(cause);
    const error = new StoreUnavailable(`the event store could not be written (${reason}); the same append may be sent again`, { cause });
    for (const { reject } of group) reject(error);
  }

  private rollBack(): void {
    try {
      this.database.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back by itself; what is to be reported is the error that led here.
    }
  }
}
