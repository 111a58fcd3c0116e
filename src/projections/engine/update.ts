import type { StoredEvent } from '../../eventstore/eventStore';
import type { ReadModelDatabase } from './database';
import type { ProjectionEngine } from './drive';
import { type Filling, take } from './fill';
import { prepareTables } from './files';
import { RowFold } from './fold';
import type { Projection } from './projection';

/** Rows held in memory per projection. A row takes about 1 kB. */
const MAX_ROWS = 10_000;

/**
 * Applies many events to tables that nobody else writes meanwhile. It changes rows in memory and writes each changed row once,
 * which takes a fraction of the time of `ProjectionRunner`, with the same result. Checkpoints stay as they are.
 */
export class ProjectionUpdate implements ProjectionEngine {
  readonly #filling: readonly Filling[];

  /** Creates the tables if they are missing. */
  constructor(database: ReadModelDatabase, projections: readonly Projection[]) {
    prepareTables(database, projections, '');
    this.#filling = projections.map((projection) => ({ projection, rows: new RowFold(database, projection, Infinity, true) }));
  }

  /** Whether so many rows are held in memory that they should be written (`finish`) before more events are applied. */
  get isFull(): boolean {
    return this.#filling.some(({ rows }) => rows.held >= MAX_ROWS);
  }

  /** Applies events that follow the last ones. @throws Error for which `isRefused` is true when a projection throws or a table might reject a row. */
  apply(events: readonly StoredEvent[]): void {
    for (const filling of this.#filling) take(filling, events);
  }

  /** Writes the rows that have changed. More events may follow. */
  *finish(): Generator<void, void, undefined> {
    for (const { rows } of this.#filling) yield* rows.finish();
  }
}
