import { setImmediate as nextTurn } from 'node:timers/promises';
import { START, type LogPosition, type StoredEvent } from '../eventstore/eventStore';
import type { Projection } from './projection';
import { isAboutRows } from './projectionRunner';
import type { ReadModelDatabase } from './readModelDatabase';
import { completeTables, makeTablesAnew, writeCheckpoints } from './readModelTables';
import { RowFold } from './rowFold';
import { UnfoldableChange } from './tableLayout';

/** Rows of each table that are held in memory; a row is about 1 kB. */
const MAX_ROWS = 50_000;

/**
 * Fills projections from the log's first event on into tables that nobody reads before `finish`: rows are changed in
 * memory, written many at once, and get their indexes at the end. What comes of it is what `ProjectionRunner` makes.
 *
 * A projection that stops, or has a change that its tables might refuse, is left at its beginning with empty tables, so
 * that the runner decides about it event by event.
 */
export class ProjectionFill {
  #filling: readonly Filling[];
  readonly #leftOut: Projection[] = [];
  #position: LogPosition = START;

  /**
   * Makes the tables of the projections anew. Nothing is whole in the database before `finish`: a file is to be removed
   * where it does not come to that.
   * @param maxRows so many rows of each table are held.
   */
  constructor(
    private readonly database: ReadModelDatabase,
    projections: readonly Projection[],
    private readonly storeId: string,
    maxRows = MAX_ROWS,
  ) {
    for (const projection of projections) makeTablesAnew(database, projection, storeId, true);
    this.#filling = projections.map((projection) => ({ projection, rows: new RowFold(database, projection, maxRows) }));
  }

  /** Takes in events that follow the last ones. @throws Error when the database fails. */
  apply(events: readonly StoredEvent[]): void {
    for (const filling of this.#filling) this.#attempt(filling, () => { take(filling, events); });
    this.#position = events.at(-1)?.position ?? this.#position;
  }

  /**
   * Writes everything, with checkpoints; in between other work has its turn.
   * @returns the projections that were left at their beginning.
   * @throws Error when the database fails.
   */
  async finish(): Promise<readonly Projection[]> {
    for (const filling of this.#filling) {
      const steps = this.#stepsToFinish(filling);
      while (this.#attempt(filling, () => steps.next().done) === false) await nextTurn();
    }
    this.database.transaction(() => { writeCheckpoints(this.database, this.#filling.map(({ projection }) => ({ projection, position: this.#position }))); });
    return this.#leftOut;
  }

  *#stepsToFinish({ projection, rows }: Filling): Generator<void, void, undefined> {
    yield* rows.finish();
    completeTables(this.database, projection);
  }

  /** What the work gives, or undefined where the projection was left out. */
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
    makeTablesAnew(this.database, filling.projection, this.storeId, false);
  }
}

interface Filling {
  readonly projection: Projection;
  readonly rows: RowFold;
}

function take({ projection, rows }: Filling, events: readonly StoredEvent[]): void {
  for (const event of events) {
    if (!projection.streamPrefixes.some((prefix) => event.stream.startsWith(prefix))) continue;
    for (const change of changesOf(projection, event)) rows.write(change);
    rows.makeRoom();
  }
}

/** Why a projection stops, or may stop. */
class Refused extends Error {}

function changesOf(projection: Projection, event: StoredEvent): ReturnType<Projection['apply']> {
  try {
    return projection.apply(event);
  } catch (error) {
    throw new Refused('', { cause: error });
  }
}

const isRefused = (error: unknown): boolean => error instanceof Refused || error instanceof UnfoldableChange || isAboutRows(error);
