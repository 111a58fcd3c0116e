import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import Database from 'libsql';
import { createPrivately } from './processLock';

/** "PAev" in ASCII: marks the file as an event store of this program. */
const APPLICATION_ID = 0x50416576;
const FORMAT_VERSION = 1;
/** How long a statement waits for another process that reads or inspects the file; it blocks this one meanwhile. */
const BUSY_MS = 1000;

const CREATE = `
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

export interface EventDatabase {
  readonly database: Database.Database;
  /** UUID made when the file was; read models remember whose events they have seen. */
  readonly storeId: string;
}

/**
 * Opens the event file; makes it when it is not there, unless `readOnly`. Every commit is flushed to the disk before it
 * returns (WAL, synchronous=FULL).
 * @throws Error that says what to do when the file is missing (readOnly), foreign, or of a newer version.
 */
export function openEventDatabase(file: string, readOnly: boolean): EventDatabase {
  if (readOnly && !existsSync(file)) throw new Error(`there is no event store at ${file}; check DATA_DIR`);
  if (!readOnly) createPrivately(file);
  const database = new Database(file, { timeout: BUSY_MS });
  try {
    const isNew = checkFormat(database, file);
    if (isNew && readOnly) throw new Error(`the event store at ${file} is empty; start the service once, or check DATA_DIR`);
    if (readOnly) {
      database.pragma('query_only = ON');
    } else {
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = FULL');
      // Ids are random, so that each event touches a page of its own in their index. Moving pages into the file less often
      // than every 1,000 (the default) and keeping more of them at hand is worth half as many appends again.
      database.pragma('wal_autocheckpoint = 4000');
      database.pragma('cache_size = -16000');
      // A burst may make the write-ahead log long; it is cut to this when it starts anew.
      database.pragma('journal_size_limit = 67108864');
      if (isNew) create(database);
    }
    return { database, storeId: readStoreId(database, file) };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** @returns whether the file is empty, so that it may become an event store. Writes nothing. */
function checkFormat(database: Database.Database, file: string): boolean {
  const applicationId = readNumber(database, file, 'PRAGMA application_id');
  const version = readNumber(database, file, 'PRAGMA user_version');
  if (applicationId === 0 && version === 0 && readNumber(database, file, 'SELECT count(*) FROM sqlite_schema') === 0) return true;
  if (applicationId !== APPLICATION_ID) {
    throw new Error(`${file} is an SQLite file, but not an event store of this program; move it away, or choose another DATA_DIR`);
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
  const row = readFirst(database, file, "SELECT value FROM meta WHERE key = 'store_id'");
  if (typeof row !== 'string') throw new Error(`the event store ${file} has lost its id (table meta); restore it from a backup`);
  return row;
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
      throw new Error(`${file} is not an SQLite file; move it away, or choose another DATA_DIR`, { cause });
    }
    throw new Error(`the event store ${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
