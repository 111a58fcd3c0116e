import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'libsql';
import { OpenedFile } from '../../files/openedFile';
import { type StoreProblem, type StoreProblemKind, StoreUnavailable } from '../eventStore';

/** Whether the error means that another connection has locked the file. */
export function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(?:BUSY|LOCKED)/.test(error.code);
}

const DAMAGED = /^SQLITE_(?:CORRUPT|NOTADB|IOERR_SHORT_READ|IOERR_DATA)/;

/** The kinds of problems by the errors of the system. */
const KINDS: Readonly<Record<string, StoreProblemKind>> = {
  ENOSPC: 'DISK_FULL', EDQUOT: 'DISK_FULL', EFBIG: 'DISK_FULL',
  EROFS: 'READ_ONLY', EACCES: 'READ_ONLY', EPERM: 'READ_ONLY',
  EMFILE: 'TOO_MANY_FILES', ENFILE: 'TOO_MANY_FILES',
};

/** What operators are told to do. */
const ADVICE: Readonly<Record<StoreProblemKind, string>> = {
  DISK_FULL: 'There is no space for it. Free some; the service goes on by itself.',
  READ_ONLY: 'The disk or the file is read-only for this process. Make it writable; the service goes on by itself.',
  DISK_FAILED: 'Check the disk; the service goes on by itself when it can be written.',
  TOO_MANY_FILES: 'The process has no free file descriptor. Raise the limit (ulimit -n), or end what keeps files open; the service goes on by itself.',
  FILE_LOST: 'Nothing is written any more. Stop the service, put the file back or restore it from a backup, run "verify", and start again.',
  FILE_DAMAGED: 'Stop the service, run "verify", and restore the file from a backup.',
  LOCKED: 'Another program has locked it. End that program; the service goes on by itself.',
  LOG_CONTRADICTED: 'Run "verify", which names the difference.',
  ACCESS_DENIED: 'Let the user of this process read and write it.',
};

/** How long a successful write tells that the next one will succeed, in milliseconds. */
const FRESH_MS = 10_000;

/** Bytes of the file that tells whether the disk takes more. */
const PROBE = Buffer.alloc(64 * 1024);

/** What is known about the files of an SQLite database: whether they are still the opened ones, and whether the last write succeeded. */
export class FileHealth {
  readonly #file: OpenedFile;
  readonly #writeAheadLog: OpenedFile;
  #failure: StoreProblem | null = null;
  #damage: StoreProblem | null = null;
  #writtenAt = performance.now();

  /** @param file path of the database, which is open. */
  constructor(file: string) {
    this.#file = new OpenedFile(file);
    this.#writeAheadLog = new OpenedFile(`${file}-wal`);
  }

  /** What happened to the files since they were opened; null when they are the same. */
  get lost(): StoreProblem | null {
    for (const { path, change } of [this.#file, this.#writeAheadLog].map((opened) => ({ path: opened.path, change: opened.change() }))) {
      if (change !== null) return problemOf('FILE_LOST', `${basename(path)} ${change} while the service was running.`);
    }
    return null;
  }

  /** What is wrong with the files; null while writes succeed and nothing that was read is damaged. */
  get problem(): StoreProblem | null {
    return this.lost ?? this.#damage ?? this.#failure;
  }

  /** Whether the last write succeeded, and was a short time ago. */
  get isFresh(): boolean {
    return this.#failure === null && performance.now() - this.#writtenAt < FRESH_MS;
  }

  /** Whether somebody has taken the write-ahead log, while the database itself is there. */
  get isWriteAheadLogLost(): boolean {
    return this.#file.change() === null && this.#writeAheadLog.change() !== null;
  }

  /** Whether the write-ahead log was cut off. Another connection may do that after it has copied everything into the database. */
  get isWriteAheadLogCutOff(): boolean {
    return this.#writeAheadLog.change() === 'was cut off';
  }

  get writeAheadLogSize(): number {
    return this.#writeAheadLog.size;
  }

  /** Notes that the write-ahead log has a size that this process knows of. */
  acceptWriteAheadLog(): void {
    this.#writeAheadLog.acceptSize();
  }

  /** @throws StoreUnavailable when a file is not the opened one any more. */
  requireFiles(): void {
    const { lost } = this;
    if (lost !== null) throw new StoreUnavailable(lost.message, { problem: lost });
  }

  /** Notes that a write succeeded. */
  succeeded(): void {
    this.#failure = null;
    this.#writtenAt = performance.now();
  }

  /** Notes that a write failed. Returns the error for callers. */
  failed(cause: unknown): StoreUnavailable {
    if (cause instanceof StoreUnavailable) return cause;
    const problem = this.#problemOf(cause);
    if (cause instanceof Database.SqliteError && problem.what === 'FILE_DAMAGED') this.#damage ??= problem;
    else this.#failure = problem;
    return new StoreUnavailable(`${problem.message} The same request may be sent again.`, { cause, problem });
  }

  /** Notes that something could not be read. What is damaged stays so until the next start. Returns the error for callers. */
  failedToRead(cause: unknown): StoreUnavailable {
    if (cause instanceof StoreUnavailable) return cause;
    const problem = this.#problemOf(cause);
    if (problem.what === 'FILE_DAMAGED') this.#damage ??= problem;
    return new StoreUnavailable(problem.message, { cause, problem });
  }

  /** Writes to a file of its own beside the database, as far from its beginning as the database is long, and removes it. @throws Error of the system. */
  probeDisk(): void {
    const file = join(dirname(this.#file.path), '.write-probe');
    const descriptor = openSync(file, 'w', 0o600);
    try {
      writeSync(descriptor, PROBE, 0, PROBE.length, Math.max(this.#file.size, this.#writeAheadLog.size));
    } finally {
      closeSync(descriptor);
      rmSync(file, { force: true });
    }
  }

  #problemOf(cause: unknown): StoreProblem {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return problemOf(this.#kindOf(cause), `${basename(this.#file.path)} cannot be used (${reason}).`);
  }

  #kindOf(cause: unknown): StoreProblemKind {
    if (isBusy(cause)) return 'LOCKED';
    if (!(cause instanceof Database.SqliteError)) return kindOfSystem(cause) ?? 'FILE_DAMAGED';
    if (cause.code === 'SQLITE_FULL') return 'DISK_FULL';
    if (cause.code === 'SQLITE_READONLY_DBMOVED') return 'FILE_LOST';
    if (cause.code.startsWith('SQLITE_READONLY')) return 'READ_ONLY';
    if (DAMAGED.test(cause.code)) return 'FILE_DAMAGED';
    // SQLite does not tell the error of the system. Writing to another file meets the same one.
    try {
      this.probeDisk();
    } catch (error) {
      return kindOfSystem(error) ?? 'DISK_FAILED';
    }
    return 'DISK_FAILED';
  }
}

const problemOf = (what: StoreProblemKind, happened: string): StoreProblem => ({ what, message: `${happened} ${ADVICE[what]}` });

const kindOfSystem = (error: unknown): StoreProblemKind | undefined =>
  (error instanceof Error && 'code' in error && typeof error.code === 'string' ? KINDS[error.code] : undefined);
