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
  /** Names of the projections of the part. */
  readonly names: readonly string[];
  readonly storeId: string;
  /** Number of erasures of people before this fill; recorded in the file. */
  readonly erasures: number;
  /** Position of the last event to apply. */
  readonly until: LogPosition;
  /** Path of the file that the thread fills. */
  readonly file: string;
}

/** Another thread that fills a part. */
export interface FillThread {
  /** Resolves when the part is filled. Rejects when the thread has failed or was stopped. */
  readonly filled: Promise<void>;
  /** Position of the last event that the thread is known to have applied. */
  readonly position: LogPosition;
  /** Copies the tables in the file `from`, as they are at one moment, into the file `into`, which nobody has open. Rejects when the thread has failed or was stopped. */
  copy(from: string, into: string): Promise<void>;
  /** Ends the thread, if it has not ended. */
  stop(): Promise<void>;
}

/** Starts other threads to fill read models. */
export interface FillThreads {
  /** Names of the projections that another thread fills beside this one, before anything is answered: about half of the work. */
  readonly beside: readonly string[];
  /** Names of the projections that other threads fill while the others answer; one list for each thread. */
  readonly behind: readonly (readonly string[])[];
  /** Whether a log up to this position is long enough for a thread. */
  readonly pays: (until: LogPosition) => boolean;
  /** Whether threads have cores of their own. */
  readonly isParallel: boolean;
  readonly start: (part: PartToFill) => FillThread;
  /** Called with the error of a thread that failed. The projections are filled without it then. */
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
  readonly threads?: FillThreads | null;
}

/**
 * Writes a file of read models from the log. The file gets its name when it is complete; the next attempt removes what a
 * killed one has left. Yields to the event loop, except while an index is created.
 * @returns false when the signal aborted before the file was complete.
 * @throws StoreUnavailable; Error when the file cannot be written.
 */
export async function fillReadModels(request: FillRequest, signal: AbortSignal): Promise<boolean> {
  const { projections, file, threads } = request;
  const unfinished = file + UNFINISHED;
  try {
    const filled = (threads && (await fillWithThread(request, threads, signal))) ?? (await fillFile(request, projections, unfinished, { signal }));
    if (!filled) return false;
    finish(unfinished, file);
    return true;
  } finally {
    for (const left of [unfinished, besideFile(file)]) rmSync(left, { force: true });
  }
}

/** Flushes a file that is complete, and gives it its name. */
export function finish(unfinished: string, file: string): void {
  flush(unfinished);
  for (const suffix of ['', ...BESIDE]) rmSync(file + suffix, { force: true });
  renameSync(unfinished, file);
}

/** Fills the file together with another thread. Returns null when there is none, or when it has failed. */
async function fillWithThread(request: FillRequest, { beside, behind, pays, isParallel, start, failed }: FillThreads, signal: AbortSignal): Promise<boolean | null> {
  const { storeId, erasures, until, file } = request;
  if (isAborted(signal)) return false;
  if (!isParallel || !pays(until)) return null;
  const filledBehind = behind.flat();
  // What is filled behind is as much as the rest, so it is the other half where everything is wanted at once.
  const names = new Set(request.projections.some(({ name }) => filledBehind.includes(name)) ? filledBehind : beside);
  const part = { names: [...names], storeId, erasures, until, file: besideFile(file) };
  const thread = start(part);
  const stop = (): void => { void thread.stop(); };
  signal.addEventListener('abort', stop);
  const unfinished = file + UNFINISHED;
  try {
    const [own, filled] = await Promise.all([
      fillFile(request, request.projections.filter(({ name }) => !names.has(name)), unfinished, { signal }),
      thread.filled.then(() => null, (error: unknown) => ({ error })),
    ]);
    if (!own) return false;
    if (filled !== null) throw filled.error;
    await thread.copy(part.file, unfinished);
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
async function fillFile({ store, storeId, erasures, until }: Omit<FillRequest, 'projections'>, projections: readonly Projection[], file: string, { signal, onProgress }: { readonly signal?: AbortSignal; readonly onProgress?: (position: LogPosition) => void }): Promise<boolean> {
  rmSync(file, { force: true });
  const database = ReadModelDatabase.openScratch(file);
  try {
    setErasuresSeen(database, erasures);
    const fill = new ProjectionFill(database, projections, storeId);
    if (!(await drive(store.readAll(), fill, { until, ...(signal && { signal }), ...(onProgress && { onProgress: () => { onProgress(fill.position); } }) }))) return false;
    database.release();
    return true;
  } finally {
    database.close();
  }
}

/** Fills a part, in the thread that calls it. @param onProgress called after each batch with the position of its last event. @throws StoreUnavailable; Error when the file cannot be written. */
export async function fillPart(store: Pick<EventStore, 'readAll'>, projections: readonly Projection[], part: PartToFill, onProgress?: (position: LogPosition) => void): Promise<void> {
  await fillFile({ ...part, store }, projections.filter(({ name }) => part.names.includes(name)), part.file, { ...(onProgress && { onProgress }) });
}

/** Copies the tables in a file, as they are at one moment, into a file that nobody has open. @throws Error when a file cannot be read or written. */
export function copyTables(from: string, into: string): void {
  const database = ReadModelDatabase.openScratch(into, { create: false });
  try {
    // A file that is attached while the lock is exclusive would be locked in the same way, and others may be using it.
    database.release();
    takeTables(database, from);
  } finally {
    database.close();
  }
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
