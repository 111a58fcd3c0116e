import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { copyEventLog, type CopyReport } from './copyEventLog';
import { copyKeys } from './copyKeys';
import { EmbeddedEventStore } from './embeddedEventStore';
import { EmbeddedKeyStore } from './embeddedKeyStore';
import { EventStoreDbEventStore } from './eventStoreDbEventStore';
import { EventStoreDbKeyStore } from './eventStoreDbKeyStore';

/**
 * Copies the events of a DATA_DIR that no service uses to a server of events, and the keys of people before them; see `copyEventLog`.
 * @param onProgress is told how many events the server holds.
 * @throws Error when a process holds the directory. @throws StoreUnavailable when the server cannot be reached.
 */
export async function copyLog(fromDataDir: string, toUrl: string, onProgress: (events: number) => void): Promise<CopyReport> {
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
  const source = EmbeddedKeyStore.open(fromDataDir, { readOnly: true });
  const target = new EventStoreDbKeyStore({ url: toUrl });
  try {
    await copyKeys(source.all(), target);
  } finally {
    await target.close();
    await source.close();
  }
}
