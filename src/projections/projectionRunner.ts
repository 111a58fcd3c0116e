import { START, type LogPosition, type StoredEvent } from '../eventstore/eventStore';
import type { Projection } from './projection';
import type { ReadModelDatabase } from './readModelDatabase';
import { prepareTables, writeCheckpoint } from './readModelTables';
import { InvalidRowChange, RowWriter } from './rowWriter';

/** How far a projection is. */
export interface ProjectionProgress {
  readonly projection: Projection;
  readonly position: LogPosition;
  /** why it has stopped; undefined while it runs. */
  readonly error?: string;
}

/** An event that its projection cannot take, or whose rows its tables cannot. */
class UnprojectableEvent extends Error {
  override readonly name = 'UnprojectableEvent';

  constructor(
    readonly index: number,
    event: StoredEvent,
    cause: unknown,
  ) {
    const { revision, stream, position, type } = event;
    super(`${type} at revision ${revision} of ${stream} (position ${position}) cannot be applied: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Applies events to projections, rows and checkpoints in one transaction, each projection for itself. */
export class ProjectionRunner {
  readonly #writer: RowWriter;
  #progress: readonly ProjectionProgress[];

  /** Makes the tables where they are missing, of another version or of another store. */
  constructor(
    private readonly database: ReadModelDatabase,
    projections: readonly Projection[],
    storeId: string,
  ) {
    const checkpoints = prepareTables(database, projections, storeId);
    this.#writer = new RowWriter(database, projections);
    this.#progress = projections.map((projection) => ({ projection, position: checkpoints.get(projection.name) ?? START }));
  }

  get progress(): readonly ProjectionProgress[] {
    return this.#progress;
  }

  /** Lets stopped projections try again. */
  restart(): void {
    this.#progress = this.#progress.map(({ projection, position }) => ({ projection, position }));
  }

  /**
   * Applies the events, in log order, to every running projection that has not seen them. A projection that cannot take
   * one stops before it; the others go on.
   * @returns the projections that have stopped.
   * @throws Error when the database fails; then nothing has changed.
   */
  apply(events: readonly StoredEvent[]): readonly ProjectionProgress[] {
    const before = this.#progress;
    const after = this.database.transaction(() => before.map((one) => (one.error === undefined ? this.#applyTo(one, events) : one)));
    this.#progress = after;
    return after.filter((one, index) => one.error !== undefined && before[index]?.error === undefined);
  }

  #applyTo(progress: ProjectionProgress, events: readonly StoredEvent[]): ProjectionProgress {
    const unseen = events.filter(({ position }) => position > progress.position);
    try {
      return this.#attempt(progress, unseen);
    } catch (error) {
      if (!(error instanceof UnprojectableEvent)) throw error;
      return { ...this.#attempt(progress, unseen.slice(0, error.index)), error: error.message };
    }
  }

  #attempt(progress: ProjectionProgress, events: readonly StoredEvent[]): ProjectionProgress {
    const last = events.at(-1);
    if (last === undefined) return progress;
    const { projection } = progress;
    this.database.execute('SAVEPOINT one_projection');
    try {
      events.forEach((event, index) => { this.#project(projection, event, index); });
      writeCheckpoint(this.database, projection.name, last.position);
    } catch (error) {
      this.database.execute('ROLLBACK TO one_projection; RELEASE one_projection');
      throw error;
    }
    this.database.execute('RELEASE one_projection');
    return { projection, position: last.position };
  }

  #project(projection: Projection, event: StoredEvent, index: number): void {
    if (!projection.streamPrefixes.some((prefix) => event.stream.startsWith(prefix))) return;
    let changes;
    try {
      changes = projection.apply(event);
    } catch (error) {
      throw new UnprojectableEvent(index, event, error);
    }
    for (const change of changes) {
      try {
        this.#writer.write(change);
      } catch (error) {
        throw isAboutRows(error) ? new UnprojectableEvent(index, event, error) : error;
      }
    }
  }
}

/** Whether the database refused what was to be written, rather than being unable to write. */
function isAboutRows(error: unknown): boolean {
  if (error instanceof InvalidRowChange) return true;
  const code: unknown = error instanceof Error && 'code' in error ? error.code : '';
  return typeof code === 'string' && /^SQLITE_(CONSTRAINT|MISMATCH|ERROR|RANGE|TOOBIG)/.test(code);
}
