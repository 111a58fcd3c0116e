import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { isAborted } from '../../concurrency';
import type { EventStore, LogPosition } from '../../eventstore/eventStore';
import { BESIDE, ReadModelDatabase } from './database';
import { drive } from './drive';
import { besideFile, setErasuresSeen, takeTables, UNFINISHED } from './files';
import { ProjectionFill } from './fill';
import type { Projection } from './projection';

/** The part of the read models that another thread fills. */
export interface PartToFill {
  readonly storeId: string;
  /** Position of the last event to apply. */
  readonly until: LogPosition;
  /** Path of the file that the thread fills. */
  readonly file: string;
}

/** Another thread that fills a part. */
export interface FillThread {
  /** Resolves when the part is filled. Rejects when the thread has failed or was stopped. */
  readonly filled: Promise<void>;
  /** Moves the filled tables into another file, which nobody has open. Rejects when the thread has failed or was stopped. */
  moveInto(file: string): Promise<void>;
  /** Ends the thread, if it has not ended. */
  stop(): Promise<void>;
}

/** Starts other threads to fill read models. */
export interface FillBeside {
  /** The projections that another thread fills. */
  readonly projections: readonly Projection[];
  /** Starts a thread; returns null where it would not pay. */
  readonly start: (part: PartToFill) => FillThread | null;
  /** Called with the error of a thread that failed. This thread fills all projections then. */
  readonly failed: (error: unknown) => void;
}

interface FillRequest {
  readonly store: Pick<EventStore, 'readAll'>;
  readonly storeId: string;
  /** Number of erasures of people before this fill; recorded in the file. */
  readonly erasures: number;
  readonly projections: readonly Projection[];
  /** Path of the file to write. An existing file is replaced; nobody may have it open. */
  readonly file: string;
  /** Position of the last event to apply. */
  readonly until: LogPosition;
  /** Lets another thread fill some of the projections; null or absent to fill all in this thread. */
  readonly beside?: FillBeside | null;
}

/**
 * Writes a file of read models from the log. The file gets its name when it is complete; the next attempt removes what a
 * killed one has left. Yields to the event loop, except while an index is created.
 * @returns false when the signal aborted before the file was complete.
 * @throws StoreUnavailable; Error when the file cannot be written.
 */
export async function fillReadModels(request: FillRequest, signal: AbortSignal): Promise<boolean> {
  const { projections, file, beside } = request;
  const unfinished = file + UNFINISHED;
  try {
    const filled = (beside && (await fillWithThread(request, beside, signal))) ?? (await fillFile(request, projections, unfinished, signal));
    if (!filled) return false;
    flush(unfinished);
    for (const suffix of ['', ...BESIDE]) rmSync(file + suffix, { force: true });
    renameSync(unfinished, file);
    return true;
  } finally {
    for (const left of [unfinished, besideFile(file)]) rmSync(left, { force: true });
  }
}

/** Fills the file together with another thread. Returns null when there is none, or when it has failed. */
async function fillWithThread(request: FillRequest, { projections, start, failed }: FillBeside, signal: AbortSignal): Promise<boolean | null> {
  const { storeId, until, file } = request;
  if (isAborted(signal)) return false;
  const thread = start({ storeId, until, file: besideFile(file) });
  if (thread === null) return null;
  const stop = (): void => { void thread.stop(); };
  signal.addEventListener('abort', stop);
  const names = new Set(projections.map(({ name }) => name));
  const unfinished = file + UNFINISHED;
  try {
    const [own, filled] = await Promise.all([
      fillFile(request, request.projections.filter(({ name }) => !names.has(name)), unfinished, signal),
      thread.filled.then(() => null, (error: unknown) => ({ error })),
    ]);
    if (!own) return false;
    if (filled !== null) throw filled.error;
    await thread.moveInto(unfinished);
    return true;
  } catch (error) {
    if (isAborted(signal)) return false;
    failed(error);
    return null;
  } finally {
    signal.removeEventListener('abort', stop);
    await thread.stop();
  }
}

/** Writes a file with the tables of these projections. An existing file is replaced. @returns false when the signal aborted first. @throws StoreUnavailable; Error when the file cannot be written. */
async function fillFile({ store, storeId, erasures, until }: Omit<FillRequest, 'projections'>, projections: readonly Projection[], file: string, signal?: AbortSignal): Promise<boolean> {
  rmSync(file, { force: true });
  const database = ReadModelDatabase.openScratch(file);
  try {
    setErasuresSeen(database, erasures);
    if (!(await drive(store.readAll(), new ProjectionFill(database, projections, storeId), { until, ...(signal && { signal }) }))) return false;
    database.release();
    return true;
  } finally {
    database.close();
  }
}

/** Fills a part, in the thread that calls it. @throws StoreUnavailable; Error when the file cannot be written. */
export async function fillPart(store: Pick<EventStore, 'readAll'>, projections: readonly Projection[], part: PartToFill): Promise<void> {
  await fillFile({ ...part, store, erasures: 0 }, projections, part.file);
}

/** Moves the tables of a part into a file that nobody has open, and removes the file of the part. @throws Error when a file cannot be read or written. */
export function movePart(part: string, file: string): void {
  const database = ReadModelDatabase.openScratch(file, { create: false });
  try {
    takeTables(database, part);
    database.release();
  } finally {
    database.close();
  }
  rmSync(part);
}

/** Flushes a file that was written without waiting for the disk. */
function flush(file: string): void {
  const descriptor = openSync(file, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
