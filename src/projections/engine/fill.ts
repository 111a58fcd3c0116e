import { type LogPosition, START, type StoredEvent } from '../../eventstore/eventStore';
import type { Projection } from './projection';
import { isAboutRows } from './runner';
import type { ReadModelDatabase } from './database';
import { completeTables, deriveTables, recreateTables, writeCheckpoints } from './files';
import { RowFold } from './fold';
import { UnfoldableChange } from './tableLayout';
import type { ProjectionEngine } from './drive';

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

  /** Position of the last event that was applied. */
  get position(): LogPosition {
    return this.#position;
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
