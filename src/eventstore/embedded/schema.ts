import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { randomUUID } from 'node:crypto';
import { createPrivately } from '../../files/ownersFile';
import { requireOwnObjects } from './foreignObjects';

/** A lock on a directory. The operating system releases it when the process ends, for whatever reason. */
export interface ProcessLock {
  release(): void;
}

/**
 * Locks the directory for this process, or fails at once. The lock is an exclusive SQLite transaction on `events.lock`.
 * @throws Error that names the directory when another process holds the lock.
 */
export function lockDirectory(directory: string): ProcessLock {
  const file = join(directory, 'events.lock');
  createPrivately(file);
  const database = new Database(file);
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw lockFailure(directory, file, cause);
  }
  return {
    release() {
      database.exec('ROLLBACK');
      database.close();
    },
  };
}

function lockFailure(directory: string, file: string, cause: unknown): Error {
  if (cause instanceof Database.SqliteError && cause.code === 'SQLITE_BUSY') {
    return new Error(
      `the data directory ${directory} is in use by another process (or by this one, twice); stop the other process, or set another DATA_DIR`,
      { cause },
    );
  }
  return new Error(`the lock file ${file} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}

/** The file is there, and does not hold the event store that was written to it. */
export class LogDamaged extends Error {
  override readonly name = 'LogDamaged';
}

/** Marks the file as an event store of this program: "PAev" in ASCII. */
const APPLICATION_ID = 0x50416576;
const FORMAT_VERSION = 1;
/** How long a statement waits for another process that uses the file, in milliseconds. This process is blocked meanwhile. */
const BUSY_MS = 1000;

/** The tables of the event file. Nothing else belongs in it: a trigger could change or drop events. */
export const CREATE = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    stream TEXT NOT NULL,
    revision INTEGER NOT NULL,
    type TEXT NOT NULL,
    schema_version INTEGER NOT NULL,
    occurred_at TEXT NOT NULL,
    data TEXT NOT NULL,
    metadata TEXT NOT NULL,
    hash TEXT NOT NULL,
    UNIQUE (stream, revision)
  ) STRICT;
`;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface EventDatabase {
  readonly database: Database.Database;
  /** UUID of the log, created with the file. Read models remember which log they were filled from. */
  readonly storeId: string;
}

/**
 * Opens the event file. Creates it when it does not exist, unless `readOnly`. Every commit is flushed to disk before it
 * returns (WAL, synchronous=FULL).
 * @throws Error that says what to do when the file is missing (readOnly), foreign, or of a newer version, or when somebody has
 * added objects to it (unless readOnly, so that they can be named).
 */
export function openEventDatabase(file: string, readOnly: boolean): EventDatabase {
  if (readOnly && !existsSync(file)) throw new Error(`there is no event store at ${file}; check DATA_DIR`);
  if (!readOnly) createPrivately(file);
  const database = openDatabase(file, BUSY_MS);
  try {
    const isNew = checkFormat(database, file);
    if (isNew && readOnly) throw new LogDamaged(`the event store at ${file} is empty; restore it from a backup, or check DATA_DIR`);
    if (readOnly) {
      database.pragma('query_only = ON');
    } else {
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = FULL');
      // Ids are random, so each event touches another page of their index. Checkpointing less often than every 1,000 pages
      // (the default) and caching more pages raises the append rate by half.
      database.pragma('wal_autocheckpoint = 4000');
      database.pragma('cache_size = -16000');
      // A burst can make the write-ahead log long. It is truncated to this size when it restarts.
      database.pragma('journal_size_limit = 67108864');
      if (isNew) create(database);
      else requireOwnObjects(database, CREATE, file);
    }
    return { database, storeId: readStoreId(database, file) };
  } catch (error) {
    database.close();
    if (!(error instanceof Database.SqliteError)) throw error;
    const message = `the event store ${file} cannot be opened (${error.message}).`;
    if (error.code === 'SQLITE_CORRUPT') throw new LogDamaged(`${message} It is damaged: restore it from a backup.`, { cause: error });
    throw new Error(`${message} Check the disk, and who may use the file.`, { cause: error });
  }
}

/** Opens a connection. @throws Error that names the file when it cannot be opened, such as a directory in its place. */
export function openDatabase(file: string, timeout: number): Database.Database {
  try {
    return new Database(file, { timeout });
  } catch (cause) {
    throw new Error(`${file} cannot be opened: it is no file, or this process may not read and write it. Check its owner and mode, or restore it from a backup.`, { cause });
  }
}

/** Returns whether the file is empty, so that an event store can be created in it. Writes nothing. */
function checkFormat(database: Database.Database, file: string): boolean {
  const applicationId = readNumber(database, file, 'PRAGMA application_id');
  const version = readNumber(database, file, 'PRAGMA user_version');
  if (applicationId === 0 && version === 0 && readNumber(database, file, 'SELECT count(*) FROM sqlite_schema') === 0) return true;
  if (applicationId !== APPLICATION_ID) {
    throw new LogDamaged(`${file} is an SQLite file, but not an event store of this program; move it away, or choose another DATA_DIR`);
  }
  if (version !== FORMAT_VERSION) {
    throw new Error(
      `the event store ${file} has format version ${version}, and this program knows ${FORMAT_VERSION}; run the version of the program that wrote it, or a newer one`,
    );
  }
  return false;
}

function create(database: Database.Database): void {
  database.transaction(() => {
    database.exec(CREATE);
    database.prepare("INSERT INTO meta (key, value) VALUES ('store_id', ?)").run(randomUUID());
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT_VERSION}`);
  })();
}

function readStoreId(database: Database.Database, file: string): string {
  const row = readFirst(database, file, "SELECT CAST(value AS BLOB) FROM meta WHERE key = 'store_id'");
  if (!Buffer.isBuffer(row) || !UUID.test(row.toString())) throw new LogDamaged(`the event store ${file} has lost its id (table meta); restore it from a backup`);
  return row.toString();
}

function readNumber(database: Database.Database, file: string, sql: string): number {
  const value = readFirst(database, file, sql);
  if (typeof value !== 'number') throw new Error(`${file} does not answer ${sql}`);
  return value;
}

function readFirst(database: Database.Database, file: string, sql: string): unknown {
  try {
    const [row] = database.prepare(sql).raw(true).all();
    return Array.isArray(row) ? row[0] : undefined;
  } catch (cause) {
    if (cause instanceof Database.SqliteError && cause.code === 'SQLITE_NOTADB') {
      throw new LogDamaged(`${file} is not an SQLite file; move it away, or choose another DATA_DIR`, { cause });
    }
    const message = `the event store ${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`;
    // A table that is not there is an error of the statement.
    if (cause instanceof Database.SqliteError && (cause.code.startsWith('SQLITE_CORRUPT') || cause.code === 'SQLITE_ERROR')) throw new LogDamaged(message, { cause });
    throw new Error(message, { cause });
  }
}
