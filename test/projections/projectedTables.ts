import type { StoredEvent } from '../../src/eventstore/eventStore';
import type { Projection } from '../../src/projections/engine/projection';
import { ProjectionRunner } from '../../src/projections/engine/runner';
import { ReadModelDatabase } from '../../src/projections/engine/database';
import { readModelProjections } from '../../src/projections/allProjections';
import { readModelsOver, type ReadModels } from '../../src/projections/readModels';

/** Read models in memory, filled from events, with a clock that the test sets. */
export class ProjectedTables {
  readonly database = ReadModelDatabase.open(':memory:');
  readonly readModels: ReadModels;
  readonly #runner = new ProjectionRunner(this.database, readModelProjections, '');
  now: string;

  private constructor(now: string) {
    this.now = now;
    this.readModels = readModelsOver(this.database, () => this.now);
  }

  /** Fills the tables from events. @throws Error when a projection cannot apply one of them. */
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

/** Every row of every table of the projections, sorted by content, without counts of 0: they mean the same as missing ones. */
export function contentOf(database: ReadModelDatabase, projections: readonly Projection[] = readModelProjections): Record<string, string[]> {
  const tables = projections.flatMap((projection) => projection.tables);
  const counting = new Set(tables.flatMap(({ counted }) => counted?.table ?? []));
  const rowsOf = (name: string): object[] => database.all(`SELECT * FROM ${name} ${counting.has(name) ? 'WHERE number <> 0' : ''}`);
  return Object.fromEntries(tables.map(({ name }) => [name, rowsOf(name).map((row) => JSON.stringify(row)).sort()]));
}
