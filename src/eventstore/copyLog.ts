import { copyEventLog, type CopyReport } from './copyEventLog';
import { EmbeddedEventStore } from './embeddedEventStore';
import { EventStoreDbEventStore } from './eventStoreDbEventStore';

/**
 * Copies the events of a DATA_DIR that no service uses to a server of events; see `copyEventLog`.
 * @param onProgress is told how many events the server holds.
 * @throws Error when a process holds the directory. @throws StoreUnavailable when the server cannot be reached.
 */
export async function copyLog(fromDataDir: string, toUrl: string, onProgress: (events: number) => void): Promise<CopyReport> {
  const source = EmbeddedEventStore.open(fromDataDir);
  const target = new EventStoreDbEventStore({ url: toUrl });
  try {
    return await copyEventLog(source, target, onProgress);
  } finally {
    await target.close();
    await source.close();
  }
}
