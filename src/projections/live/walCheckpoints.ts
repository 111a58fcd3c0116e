import { existsSync } from 'node:fs';
import AsyncDatabase from 'libsql/promise';

/** Events after which the write-ahead log is copied: about a quarter of what SQLite lets come together before a commit copies it. */
const EVERY_EVENTS = 128;

/**
 * Copies the write-ahead log into the file from time to time, in a thread of the driver. SQLite copies it within a commit when it has grown, which would
 * hold up the event loop for as long as the disk takes; what was copied before is not copied again.
 */
export class WalCheckpoints {
  #events = 0;
  #running: Promise<void> | null = null;

  /** Counts events whose rows were committed to the file, and begins to copy when there are enough of them. */
  committed(file: string, events: number): void {
    this.#events += events;
    // A file that somebody has taken away is not created again by this.
    if (this.#events < EVERY_EVENTS || this.#running !== null || !existsSync(file)) return;
    this.#events = 0;
    this.#running = copyWriteAheadLog(file).finally(() => { this.#running = null; });
  }

  /** Resolves when nothing is being copied. */
  async ended(): Promise<void> {
    await this.#running;
  }
}

async function copyWriteAheadLog(file: string): Promise<void> {
  try {
    const database = new AsyncDatabase(file, {});
    try {
      await database.exec('PRAGMA wal_checkpoint(PASSIVE)');
    } finally {
      database.close();
    }
  } catch {
    // Commits go on without it. One that cannot be made reports why.
  }
}
