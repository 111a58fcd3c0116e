import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { openEventDatabase } from './embeddedSchema';
import { createPrivately } from './processLock';

/** A moment's wait for the service that holds the keys. */
const BUSY_MS = 5_000;

/**
 * Writes the events of a directory, as they stand at one moment, and the keys of the people in them into another
 * directory, also while the service writes.
 * @throws Error when there is no event store, or a file is there already or cannot be written.
 */
export function copyLogFiles(directory: string, targetDirectory: string): void {
  copyTo(join(targetDirectory, 'events.db'), openEventDatabase(join(directory, 'events.db'), true).database);
  // Behind the events: a key is there before the first event that needs it.
  const keys = join(directory, 'keys.db');
  if (existsSync(keys)) copyTo(join(targetDirectory, 'keys.db'), new Database(keys, { timeout: BUSY_MS }));
  flush(targetDirectory);
}

function copyTo(target: string, database: Database.Database): void {
  try {
    createPrivately(target);
    // Nothing else is written: the pragma that keeps readers from writing would keep them from this too.
    database.pragma('query_only = OFF');
    database.prepare('VACUUM INTO ?').run(target);
  } finally {
    database.close();
  }
  flush(target);
}

function flush(path: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
