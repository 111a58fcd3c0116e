import { START, type LogPosition, type StoredEvent } from '../eventstore/eventStore';
import type { Projection } from './projection';
import type { ReadModelDatabase } from './readModelDatabase';
import { prepareTables, writeCheckpoints } from './readModelTables';
import { InvalidRowChange, RowWriter } from './rowWriter';

/** How far a projection is. */
export interface ProjectionProgress {
  readonly projection: Projection;
  readonly position: LogPosition;
  /** why it has stopped; undefined while it runs. */
  readonly error?: string;
}

/** An event that a projection cannot take, or whose rows its tables cannot. */
class UnprojectableEvent extends Error {
  override readonly name = 'UnprojectableEvent';

  constructor(
    readonly projection: string,
    readonly event: StoredEvent,
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
    this.#progress = this.#applyExcept(events, new Map());
    return this.#progress.filter((one, index) => one.error !== undefined && before[index]?.error === undefined);
  }

  /** Where an event cannot be applied everything is done again without it: that is rare, and a savepoint for each projection each time is not cheap. */
  #applyExcept(events: readonly StoredEvent[], refused: ReadonlyMap<string, UnprojectableEvent>): readonly ProjectionProgress[] {
    try {
      return this.database.transaction(() => {
        const after = this.#progress.map((one) => (one.error === undefined ? this.#applyTo(one, events, refused.get(one.projection.name)) : one));
        writeCheckpoints(this.database, after.filter((one, index) => one.position !== this.#progress[index]?.position));
        return after;
      });
    } catch (error) {
      if (!(error instanceof UnprojectableEvent)) throw error;
      return this.#applyExcept(events, new Map([...refused, [error.projection, error]]));
    }
  }

  #applyTo({ projection, position: seen }: ProjectionProgress, events: readonly StoredEvent[], refused: UnprojectableEvent | undefined): ProjectionProgress {
    let position = seen;
    for (const event of events) {
      if (event.position <= position) continue;
      if (event === refused?.event) return { projection, position, error: refused.message };
      if (projection.streamPrefixes.some((prefix) => event.stream.startsWith(prefix))) this.#project(projection, event);
      position = event.position;
    }
    return { projection, position };
  }

  #project(projection: Projection, event: StoredEvent): void {
    let changes;
    try {
      changes = projection.apply(event);
    } catch (error) {
      throw new UnprojectableEvent(projection.name, event, error);
    }
    for (const change of changes) {
      try {
        this.#writer.write(change);
      } catch (error) {
        throw isAboutRows(error) ? new UnprojectableEvent(projection.name, event, error) : error;
      }
    }
  }
}

/** Whether the database refused what was to be written, rather than being unable to write. */
export function isAboutRows(error: unknown): boolean {
  if (error instanceof InvalidRowChange) return true;
  const code: unknown = error instanceof Error && 'code' in error ? error.code : '';
  return typeof code === 'string' && /^SQLITE_(CONSTRAINT|MISMATCH|ERROR|RANGE|TOOBIG)/.test(code);
}
