import type { StoredEvent } from '../../src/eventstore/eventStore';
import type { Projection } from '../../src/projections/projection';
import { ProjectionRunner } from '../../src/projections/projectionRunner';
import { ReadModelDatabase } from '../../src/projections/readModelDatabase';
import { readModelProjections } from '../../src/projections/readModelProjections';
import { readModelsOver, type ReadModels } from '../../src/projections/readModels';

/** Read models in memory, filled from events, with a clock that is set by hand. */
export class ProjectedTables {
  readonly database = ReadModelDatabase.open(':memory:');
  readonly readModels: ReadModels;
  readonly #runner = new ProjectionRunner(this.database, readModelProjections, '');
  now: string;

  private constructor(now: string) {
    this.now = now;
    this.readModels = readModelsOver(this.database, () => this.now);
  }

  /** The tables after these events. @throws Error when a projection cannot take one of them. */
  static of(events: readonly StoredEvent[], now: string): ProjectedTables {
    const tables = new ProjectedTables(now);
    tables.apply(events);
    return tables;
  }

  apply(events: readonly StoredEvent[]): void {
    const [stopped] = this.#runner.apply(events);
    if (stopped) throw new Error(stopped.error);
  }

  close(): void {
    this.database.close();
  }
}

/** Every row of every table of the projections, in an order that depends on nothing but the rows. */
export function contentOf(database: ReadModelDatabase, projections: readonly Projection[] = readModelProjections): Record<string, string[]> {
  return Object.fromEntries(
    projections.flatMap(({ tables }) => tables.map(({ name }) => [name, database.all(`SELECT * FROM ${name}`).map((row) => JSON.stringify(row)).sort()])),
  );
}
