import { domainEventOf, type Likeness, type Projection, type Row, type RowChange, type SqlValue, type TableDefinition } from './projection';
import { holderOf, OTHERS } from './changeSubjects';
import type { ReadModelDatabase } from './database';
import { type LogPosition, START, type StoredEvent } from '../../eventstore/eventStore';
import type { ProjectionEngine } from './drive';
import { prepareTables, writeCheckpoints } from './files';
import { normalizeKeapId } from '../../domain/keapId';
import { appIdOfHistory, MAIL_PREFIX, PERSON_PREFIX } from '../../domain/streams';

/** A row change with an unknown table or a value of a type that SQLite does not store. */
class InvalidRowChange extends Error {
  override readonly name = 'InvalidRowChange';
}

/** Writes the row changes of projections to their tables, one statement per change. */
export class RowWriter {
  readonly #tables: ReadonlyMap<string, TableDefinition>;
  /** SQL by the shape of a change. Projections have few shapes. */
  readonly #statements = new Map<string, string>();

  constructor(
    private readonly database: ReadModelDatabase,
    projections: readonly Projection[],
  ) {
    this.#tables = new Map(projections.flatMap(({ tables }) => tables.map((table) => [table.name, table] as const)));
  }

  /** Writes one row change. @throws InvalidRowChange; the database's error for a violated constraint. */
  write(change: RowChange): void {
    const rows = rowsOf(change);
    const shape = shapeOf(change, rows);
    let sql = this.#statements.get(shape);
    if (sql === undefined) {
      sql = this.#statementOf(change);
      this.#statements.set(shape, sql);
    }
    this.database.run(sql, valuesOf(change.table, rows));
  }

  #statementOf(change: RowChange): string {
    const { table } = change;
    const key = this.#definition(table).primaryKey;
    switch (change.kind) {
      case 'upsert': {
        const kept = (column: string): string => (change.keep?.includes(column) ? `coalesce(excluded.${column}, ${table}.${column})` : `excluded.${column}`);
        const sets = Object.keys(change.row).filter((column) => !key.includes(column)).map((column) => `${column} = ${kept(column)}`);
        return insertion(table, key, Object.keys(change.row), sets);
      }
      case 'increment': {
        const columns = Object.keys(change.by);
        return insertion(table, key, [...Object.keys(change.key), ...columns], columns.map((column) => `${column} = ${table}.${column} + excluded.${column}`));
      }
      case 'update':
        return `UPDATE ${table} SET ${equalities(change.set, ', ')} WHERE ${equalities(change.where, ' AND ')}${likeness(change.like)}`;
      case 'copy': {
        const { where, from, columns } = change;
        return `UPDATE ${table} SET ${columns.map((column) => `${column} = source.${column}`).join(', ')} FROM ${from.table} AS source
          WHERE ${equalities(where, ' AND ', `${table}.`)} AND ${equalities(from.key, ' AND ', 'source.')}`;
      }
      case 'delete': {
        const unless = change.unless ? ` AND NOT (${equalities(change.unless, ' AND ')})` : '';
        return `DELETE FROM ${table} WHERE ${equalities(change.where, ' AND ')}${likeness(change.like)}${unless}`;
      }
    }
  }

  #definition(table: string): TableDefinition {
    const definition = this.#tables.get(table);
    if (!definition) throw new InvalidRowChange(`No projection has a table ${table}; the tables are ${[...this.#tables.keys()].join(', ')}.`);
    return definition;
  }
}

/** The parts of a change whose values are parameters of its statement, in the statement's order. */
function rowsOf(change: RowChange): readonly Row[] {
  switch (change.kind) {
    case 'upsert':
      return [change.row];
    case 'increment':
      return [change.key, change.by];
    case 'update':
      return [change.set, change.where, change.like?.key ?? {}];
    case 'copy':
      return [change.where, change.from.key];
    case 'delete':
      return [change.where, change.like?.key ?? {}, change.unless ?? {}];
  }
}

/** Returns the same text for changes that have the same statement. */
function shapeOf(change: RowChange, rows: readonly Row[]): string {
  let shape = `${change.kind} ${change.table}`;
  for (const row of rows) {
    shape += '|';
    for (const column in row) shape += ` ${column}`;
  }
  if (change.kind === 'upsert') return `${shape}| ${change.keep?.join(' ') ?? ''}`;
  if (change.kind === 'copy') return `${shape}| ${change.from.table} ${change.columns.join(' ')}`;
  if (change.kind === 'increment') return shape;
  return `${shape}| ${change.like?.table ?? ''} ${change.like?.column ?? ''}`;
}

function valuesOf(table: string, rows: readonly Row[]): readonly SqlValue[] {
  const values: SqlValue[] = [];
  for (const row of rows) for (const column in row) values.push(requireStorable(table, column, row[column]));
  return values;
}

const insertion = (table: string, key: readonly string[], columns: readonly string[], sets: readonly string[]): string =>
  `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
    ON CONFLICT (${key.join(', ')}) DO ${sets.length === 0 ? 'NOTHING' : `UPDATE SET ${sets.join(', ')}`}`;

const equalities = (row: Row, separator: string, qualifier = ''): string => Object.keys(row).map((column) => `${qualifier}${column} = ?`).join(separator);

const likeness = (like: Likeness | undefined): string =>
  like ? ` AND ${like.column} = (SELECT ${like.column} FROM ${like.table} WHERE ${equalities(like.key, ' AND ')})` : '';

/** Event data is not type-checked, and the driver aborts the process on some types and converts others. */
function requireStorable(table: string, column: string, value: unknown): SqlValue {
  if (value === null || typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))) return value;
  throw new InvalidRowChange(`${table}.${column} accepts a string, a finite number or null, not a ${typeof value}.`);
}

/** Progress of one projection. */
export interface ProjectionProgress {
  readonly projection: Projection;
  readonly position: LogPosition;
  /** Why the projection has stopped; undefined while it runs. */
  readonly error?: string;
}

/** The smallest position of the projections; `START` when there are none. */
export function smallestPosition([first, ...others]: readonly ProjectionProgress[]): LogPosition {
  return others.reduce((least, { position }) => (position < least ? position : least), first?.position ?? START);
}

/** An event that a projection cannot apply, or whose rows its tables reject. */
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

/** What was applied and is not committed yet. */
interface Uncommitted {
  /** The progress before it. */
  readonly since: readonly ProjectionProgress[];
  readonly events: readonly StoredEvent[];
  /** The event before which a projection stops, by the name of the projection. */
  readonly refused: ReadonlyMap<string, UnprojectableEvent>;
}

/** Applies events to projections and writes rows and checkpoints in one transaction. A projection that fails stops alone. */
export class ProjectionRunner implements ProjectionEngine {
  readonly #writer: RowWriter;
  #progress: readonly ProjectionProgress[];
  #uncommitted: Uncommitted | null = null;

  /** Creates tables that are missing, and recreates those of another version or another store. */
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

  /** Position up to which all projections have applied the log. */
  get position(): LogPosition {
    return smallestPosition(this.#progress);
  }

  /** Clears the errors of stopped projections, so that the next `apply` tries again. */
  restart(): void {
    this.#progress = this.#progress.map(({ projection, position }) => ({ projection, position }));
  }

  /** Number of events that were applied and are not committed yet. */
  get uncommitted(): number {
    return this.#uncommitted?.events.length ?? 0;
  }

  /**
   * Applies events, in log order, to every running projection that has not applied them yet. A projection that cannot
   * apply an event stops before it; the others continue.
   * @returns the projections that stopped during this call.
   * @throws Error when the database fails; then nothing has changed.
   */
  apply(events: readonly StoredEvent[]): readonly ProjectionProgress[] {
    const stopped = this.applyAhead(events);
    this.commit();
    return stopped;
  }

  /**
   * Applies events as `apply` does, and leaves the transaction open. This connection reads their rows at once, others read them after `commit`.
   * @throws Error when the database fails; then everything that was not committed is undone.
   */
  applyAhead(events: readonly StoredEvent[]): readonly ProjectionProgress[] {
    const before = this.#progress;
    this.#markChanged(events);
    this.#applyExcept(events, this.#uncommitted?.refused ?? new Map());
    return this.#progress.filter((one, index) => one.error !== undefined && before[index]?.error === undefined);
  }

  /** Commits what was applied ahead, with the checkpoints. @throws Error when the database fails; then all of it is undone. */
  commit(): void {
    if (this.#uncommitted === null) return;
    try {
      const { since } = this.#uncommitted;
      writeCheckpoints(this.database, this.#progress.filter((one, index) => one.position !== since[index]?.position));
      this.database.commit();
      this.#uncommitted = null;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  /** Marks what the events are about as changed: apps, holders of Keap IDs, or others. */
  #markChanged(events: readonly StoredEvent[]): void {
    for (const event of events) {
      const { stream } = event;
      const appId = stream.startsWith(MAIL_PREFIX) ? stream.slice(MAIL_PREFIX.length) : appIdOfHistory(event);
      if (appId !== undefined) this.database.markChanged(appId);
      else this.database.markChanged(stream.startsWith(PERSON_PREFIX) ? boundHolderOf(event) : OTHERS);
    }
  }

  /** Repeats the whole transaction without events that failed. Failures are rare, and a savepoint per projection is not cheap. */
  #applyExcept(events: readonly StoredEvent[], refused: ReadonlyMap<string, UnprojectableEvent>): void {
    const begun = this.#uncommitted ?? this.#begun(refused);
    const uncommitted = (this.#uncommitted = { ...begun, events: [...begun.events, ...events] });
    try {
      this.#progress = this.#progress.map((one) => (one.error === undefined ? this.#applyTo(one, events, refused.get(one.projection.name)) : one));
    } catch (error) {
      this.#rollBack();
      if (!(error instanceof UnprojectableEvent)) throw error;
      this.#applyExcept(uncommitted.events, new Map([...refused, [error.projection, error]]));
    }
  }

  #begun(refused: ReadonlyMap<string, UnprojectableEvent>): Uncommitted {
    this.database.begin();
    return { since: this.#progress, events: [], refused };
  }

  /** Undoes what was not committed, which may have been read. */
  #rollBack(): void {
    this.#progress = this.#uncommitted?.since ?? this.#progress;
    this.#uncommitted = null;
    this.database.markChanged(null);
    this.database.rollBack();
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

/** Tells an error about the rows themselves from a database that cannot write. */
export function isAboutRows(error: unknown): boolean {
  if (error instanceof InvalidRowChange) return true;
  const code: unknown = error instanceof Error && 'code' in error ? error.code : '';
  return typeof code === 'string' && /^SQLITE_(CONSTRAINT|MISMATCH|ERROR|RANGE|TOOBIG)/.test(code);
}

/** The Keap ID that the event binds, as the subject of changes; null for an event that does not name it. */
function boundHolderOf(event: StoredEvent): string | null {
  const domainEvent = domainEventOf(event);
  return domainEvent?.type === 'KeapIdBound' ? holderOf(normalizeKeapId(domainEvent.data.person.keapId)) : null;
}
