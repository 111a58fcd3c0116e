import { type EventStore, type LogPosition, START, type StoredEvent } from '../../eventstore/eventStore';
import type { Projection } from './projection';
import { isAboutRows, ProjectionRunner } from './runner';
import { BESIDE, ReadModelDatabase } from './database';
import { completeTables, deriveTables, erasuresSeen, recreateTables, removeReadModelFile, setErasuresSeen, UNFINISHED, writeCheckpoints } from './files';
import { RowFold } from './fold';
import { UnfoldableChange } from './tableLayout';
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { drive, type ProjectionEngine } from './drive';

/** Rows held in memory per table; a row takes about 1 kB. When the number is reached, rows not used recently are written. */
const MAX_ROWS = 50_000;

/**
 * Fills projections from the log's first event, into tables that nobody reads before `finish`. It changes rows in memory,
 * writes many with one statement, and creates the indexes at the end. The result equals that of `ProjectionRunner`.
 *
 * A projection that throws, or has a change that its tables might reject, is left out: its tables are empty and its
 * checkpoint is `START`, so that `ProjectionRunner` can apply the log to it event by event.
 */
export class ProjectionFill implements ProjectionEngine {
  #filling: readonly Filling[];
  readonly #leftOut: Projection[] = [];
  #position: LogPosition = START;

  /**
   * Recreates the tables of the projections. The database is incomplete until `finish` has ended; remove its file when
   * that does not happen.
   * @param maxRows maximum number of rows held in memory per table.
   */
  constructor(
    private readonly database: ReadModelDatabase,
    projections: readonly Projection[],
    private readonly storeId: string,
    maxRows = MAX_ROWS,
  ) {
    for (const projection of projections) recreateTables(database, projection, storeId, true);
    this.#filling = projections.map((projection) => ({ projection, rows: new RowFold(database, projection, maxRows) }));
  }

  /** Applies events that follow the last ones. @throws Error when the database fails. */
  apply(events: readonly StoredEvent[]): void {
    for (const filling of this.#filling) this.#attempt(filling, () => { take(filling, events); });
    this.#position = events.at(-1)?.position ?? this.#position;
  }

  /** Writes all rows, indexes, triggers and checkpoints. @throws Error when the database fails. */
  *finish(): Generator<void, void, undefined> {
    for (const filling of this.#filling) {
      const steps = this.#stepsToFinish(filling);
      while (this.#attempt(filling, () => steps.next().done) === false) yield;
    }
    this.database.transaction(() => { writeCheckpoints(this.database, this.#filling.map(({ projection }) => ({ projection, position: this.#position }))); });
  }

  /** The projections that were left out; complete once `finish` has ended. */
  get leftOut(): readonly Projection[] {
    return this.#leftOut;
  }

  *#stepsToFinish({ projection, rows }: Filling): Generator<void, void, undefined> {
    yield* rows.finish();
    yield* deriveTables(this.database, projection);
    completeTables(this.database, projection);
  }

  /** Returns the result of `work`, or undefined when the projection was left out because of it. */
  #attempt<T>(filling: Filling, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!isRefused(error)) throw error;
      this.#leaveOut(filling);
      return undefined;
    }
  }

  #leaveOut(filling: Filling): void {
    this.#filling = this.#filling.filter((one) => one !== filling);
    this.#leftOut.push(filling.projection);
    recreateTables(this.database, filling.projection, this.storeId, false);
  }
}

/** A projection and its rows in memory. */
export interface Filling {
  readonly projection: Projection;
  readonly rows: RowFold;
}

/** Applies the events of a projection's streams to its rows in memory. */
export function take({ projection, rows }: Filling, events: readonly StoredEvent[]): void {
  for (const event of events) {
    if (!projection.streamPrefixes.some((prefix) => event.stream.startsWith(prefix))) continue;
    for (const change of changesOf(projection, event)) rows.write(change);
    rows.makeRoom();
  }
}

/** The projection threw on an event. */
class Refused extends Error {}

function changesOf(projection: Projection, event: StoredEvent): ReturnType<Projection['apply']> {
  try {
    return projection.apply(event);
  } catch (error) {
    throw new Refused('', { cause: error });
  }
}

/** Whether an event or a change was refused that `ProjectionRunner` has to judge. */
export const isRefused = (error: unknown): boolean => error instanceof Refused || error instanceof UnfoldableChange || isAboutRows(error);

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
}

/**
 * Writes a file of read models from the log. The file gets its name when it is complete; the next attempt removes what a
 * killed one has left. Yields to the event loop, except while an index is created.
 * @returns false when the signal aborted before the file was complete.
 * @throws StoreUnavailable; Error when the file cannot be written.
 */
export async function fillReadModels({ store, storeId, erasures, projections, file, until }: FillRequest, signal: AbortSignal): Promise<boolean> {
  const unfinished = file + UNFINISHED;
  rmSync(unfinished, { force: true });
  try {
    const database = ReadModelDatabase.openScratch(unfinished);
    try {
      setErasuresSeen(database, erasures);
      if (!(await drive(store.readAll(), new ProjectionFill(database, projections, storeId), { until, signal }))) return false;
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

/** Flushes a file that was written without waiting for the disk. */
function flush(file: string): void {
  const descriptor = openSync(file, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

interface RebuildRequest {
  readonly store: EventStore;
  readonly storeId: string;
  readonly projections: readonly Projection[];
  /** The live read models. */
  readonly database: ReadModelDatabase;
  /** Path of the file for the new read models. A file left by an earlier attempt is continued. */
  readonly file: string;
  /** Greatest position of the live projections, which the new ones must reach. */
  readonly livePosition: () => LogPosition;
  /** Fills a new file many times as fast, while the process hardly answers requests. */
  readonly atOnce: boolean;
  /** Number of erasures of people before the live read models were filled; read from their file when absent. */
  readonly erasures?: number;
  /** Called in the same turn of the event loop in which the new read models become live. */
  readonly onReplaced: () => void;
}

/** Events per transaction; few enough that requests hardly wait for one. */
const EVENTS_PER_TRANSACTION = 64;

/** A projection stopped, so that the new read models cannot be completed. */
export class RebuildFailed extends Error {
  override readonly name = 'RebuildFailed';
}

/**
 * Fills new read models beside the live ones and replaces these, within one turn of the event loop, as soon as the new ones
 * have reached the same position.
 * @returns false when the signal aborted before that.
 * @throws RebuildFailed; StoreUnavailable; both leave the live read models unchanged.
 */
export async function rebuildReadModels({ store, storeId, projections, database, file, livePosition, atOnce, erasures = erasuresSeen(database), onReplaced }: RebuildRequest, signal: AbortSignal): Promise<boolean> {
  if (atOnce && !existsSync(file)) {
    if (!(await fillReadModels({ store, storeId, erasures, projections, file, until: livePosition() }, signal))) return false;
  }
  const next = openNext(file, erasures);
  let replaced = false;
  try {
    const runner = new ProjectionRunner(next, projections, storeId);
    const apply = (events: readonly StoredEvent[]): void => {
      const [stopped] = runner.apply(events);
      if (stopped) throw new RebuildFailed(`${stopped.projection.name} version ${stopped.projection.version} cannot be rebuilt: ${stopped.error ?? ''}`);
    };
    // Comparison and exchange are synchronous, so that nobody applies an event to the old read models in between.
    const replace = (): boolean => {
      if (runner.position < livePosition()) return false;
      database.exchangeWith(next);
      onReplaced();
      return (replaced = true);
    };
    await drive(store.subscribeAll(runner.position, signal), { apply }, { batch: EVENTS_PER_TRANSACTION, signal, isDone: replace });
    return replaced;
  } finally {
    next.close();
  }
}

/** Opens the file for the new read models. A file begun before the latest erasure may hold the erased person, and is recreated. */
function openNext(file: string, erasures: number): ReadModelDatabase {
  const found = ReadModelDatabase.open(file);
  if (erasuresSeen(found) === erasures) return found;
  found.close();
  removeReadModelFile(file);
  const next = ReadModelDatabase.open(file);
  setErasuresSeen(next, erasures);
  return next;
}
