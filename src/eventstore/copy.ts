import { copyEventLog, CopyMismatch, type CopyReport } from './copyEventLog';
import { EmbeddedKeyStore, type KeptEntry } from './embedded/keyStore';
import type { KeyStore } from './people/keyStore';
import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedEventStore } from './embedded/store';
import Database from 'libsql';
import { createPrivately } from '../files/ownersFile';
import { openEventDatabase } from './embedded/schema';

/** Keys that are written at the same time. */
const CONCURRENT_KEYS = 32;

/**
 * Copies wrapped keys to another key store. Keys that exist there already are kept. Both stores must use the same SECRET_KEY.
 * @throws CopyMismatch when the target holds different keys.
 */
export async function copyKeys(entries: Iterable<KeptEntry>, target: KeyStore): Promise<void> {
  let waiting: Promise<void>[] = [];
  for (const entry of entries) {
    const ordered = !('wrapped' in entry);
    if (ordered || waiting.length >= CONCURRENT_KEYS) {
      await Promise.all(waiting);
      waiting = [];
    }
    const copied = copy(entry, target);
    if (ordered) await copied;
    else waiting.push(copied);
  }
  await Promise.all(waiting);
}

async function copy(entry: KeptEntry, target: KeyStore): Promise<void> {
  if ('check' in entry) {
    if ((await target.keepCheck(entry.check)) !== entry.check) throw new CopyMismatch('The keys at the target were encrypted with another SECRET_KEY. Copy with the SECRET_KEY of the target, or to an empty target.');
  } else if ('ring' in entry) {
    if (!(await target.keepRing(entry.ring, null)) && (await target.ring()) !== entry.ring) throw new CopyMismatch('SECRET_KEY was exchanged at the source or the target alone. Copy to an empty target.');
  } else if ('wrapped' in entry) {
    const kept = await target.add(entry.id, entry.wrapped);
    if (!('wrapped' in kept) || kept.wrapped !== entry.wrapped) throw new CopyMismatch(`The key ${entry.id} differs between the target and the source.`);
  } else if ((await target.erase(entry.ids)) !== entry.erasedAs) {
    throw new CopyMismatch('The target and the source disagree on who was erased.');
  }
}

/**
 * Copies the events of a DATA_DIR, which no service may be using, to EventStoreDB. The keys of people are copied before them. See `copyEventLog`.
 * @param onProgress called with the number of events that the server holds.
 * @throws Error when a process uses the directory. @throws StoreUnavailable when the server cannot be reached.
 */
export async function copyLog(fromDataDir: string, toUrl: string, onProgress: (events: number) => void): Promise<CopyReport> {
  const { EventStoreDbEventStore } = await import('./eventStoreDb/store.js');
  const source = EmbeddedEventStore.open(fromDataDir);
  const target = new EventStoreDbEventStore({ url: toUrl });
  try {
    await copyKeysOf(fromDataDir, toUrl);
    return await copyEventLog(source, target, onProgress);
  } finally {
    await target.close();
    await source.close();
  }
}

async function copyKeysOf(fromDataDir: string, toUrl: string): Promise<void> {
  if (!existsSync(join(fromDataDir, 'keys.db'))) return;
  const { EventStoreDbKeyStore } = await import('./eventStoreDb/keyStore.js');
  const source = EmbeddedKeyStore.open(fromDataDir, { readOnly: true });
  const target = new EventStoreDbKeyStore({ url: toUrl });
  try {
    await copyKeys(source.all(), target);
  } finally {
    await target.close();
    await source.close();
  }
}

/** How long the copy waits for a service that is writing keys, in milliseconds. Then it fails. */
const BUSY_MS = 5_000;

/**
 * Copies a consistent snapshot of a directory's events, and the keys of the people in them, to another directory. The
 * service may go on writing.
 * @throws Error when there is no event store, or a target file exists already or cannot be written.
 */
export function copyLogFiles(directory: string, targetDirectory: string): void {
  copyTo(join(targetDirectory, 'events.db'), openEventDatabase(join(directory, 'events.db'), true).database);
  // Keys are copied after the events: a key exists before the first event that needs it.
  const keys = join(directory, 'keys.db');
  if (existsSync(keys)) copyTo(join(targetDirectory, 'keys.db'), new Database(keys, { timeout: BUSY_MS }));
  flush(targetDirectory);
}

function copyTo(target: string, database: Database.Database): void {
  try {
    createPrivately(target);
    // VACUUM INTO counts as a write, which `query_only` would refuse. Nothing else is written.
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
