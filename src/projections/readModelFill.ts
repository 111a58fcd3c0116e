import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventStore, LogPosition, StoredEvent } from '../eventstore/eventStore';
import type { Projection } from './projection';
import { ProjectionFill } from './projectionFill';
import { ReadModelDatabase } from './readModelDatabase';
import { BESIDE, UNFINISHED } from './readModelFiles';
import { setErasuresSeen } from './readModelOrigin';

export interface FillRequest {
  readonly store: EventStore;
  readonly storeId: string;
  /** how many people were erased before this; what the file says of itself. */
  readonly erasures: number;
  readonly projections: readonly Projection[];
  /** whatever stands there is replaced; nobody has it open. */
  readonly file: string;
  /** how far the log is read. */
  readonly until: LogPosition;
}

const EVENTS_AT_ONCE = 256;

/**
 * Makes a file of read models from the log. It has its name only when it is whole; what an attempt that was killed has left
 * is removed by the next one. Other work of the process has its turn in between, but has to wait while an index is made.
 * @returns whether it was made; false when the signal aborted before.
 * @throws StoreUnavailable; Error when the file cannot be written.
 */
export async function fillReadModels({ store, storeId, erasures, projections, file, until }: FillRequest, signal: AbortSignal): Promise<boolean> {
  const unfinished = file + UNFINISHED;
  rmSync(unfinished, { force: true });
  try {
    const database = ReadModelDatabase.openScratch(unfinished);
    try {
      setErasuresSeen(database, erasures);
      const fill = new ProjectionFill(database, projections, storeId);
      for await (const events of batchesOf(store, until)) {
        if (signal.aborted) return false;
        fill.apply(events);
        await nextTurn();
      }
      await fill.finish();
      database.release();
    } finally {
      database.close();
    }
    flush(unfinished);
    for (const suffix of ['', ...BESIDE]) rmSync(file + suffix, { force: true });
    renameSync(unfinished, file);
    return true;
  } finally {
    rmSync(unfinished, { force: true });
  }
}

/** The log's events up to a position, in order, some at once. @throws StoreUnavailable */
export async function* batchesOf(store: EventStore, until: LogPosition): AsyncGenerator<readonly StoredEvent[], void, undefined> {
  let batch: StoredEvent[] = [];
  for await (const event of store.readAll()) {
    if (event.position > until) break;
    batch.push(event);
    if (batch.length < EVENTS_AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** The file was written without waiting for the disk. */
function flush(file: string): void {
  const descriptor = openSync(file, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
