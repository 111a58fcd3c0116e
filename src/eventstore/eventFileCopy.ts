import { closeSync, fsyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { openEventDatabase } from './embeddedSchema';
import { createPrivately } from './processLock';

/**
 * Writes the event file of a directory, as it stands at one moment, into another directory, also while the service writes.
 * @throws Error when there is no event store, or the target is there already or cannot be written.
 */
export function copyEventFile(directory: string, targetDirectory: string): void {
  const target = join(targetDirectory, 'events.db');
  const { database } = openEventDatabase(join(directory, 'events.db'), true);
  try {
    createPrivately(target);
    // Nothing else is written: the pragma that keeps readers from writing would keep them from this too.
    database.pragma('query_only = OFF');
    database.prepare('VACUUM INTO ?').run(target);
  } finally {
    database.close();
  }
  flush(target);
  flush(targetDirectory);
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
