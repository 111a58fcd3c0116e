import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';

/** A lock on a directory that the operating system frees when the process ends, however it ends. */
export interface ProcessLock {
  release(): void;
}

/**
 * Takes the directory for this process, or fails at once. The lock is an exclusive SQLite transaction on `events.lock`.
 * @throws Error that names the directory when somebody holds it already.
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

/** Creates an empty file that only its owner may read, unless it is there. SQLite gives the files beside it the same mode. */
export function createPrivately(file: string): void {
  if (existsSync(file)) return;
  closeSync(openSync(file, 'a', 0o600));
}

function lockFailure(directory: string, file: string, cause: unknown): Error {
  if (cause instanceof Database.SqliteError && cause.code === 'SQLITE_BUSY') {
    return new Error(
      `the data directory ${directory} is in use by another process (or by this one, twice); stop that one first, or give this one a DATA_DIR of its own`,
      { cause },
    );
  }
  return new Error(`the lock file ${file} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
