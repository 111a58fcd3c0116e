import type { Likeness, Projection, Row, RowChange, SqlValue, TableDefinition } from './projection';
import type { ReadModelDatabase } from './readModelDatabase';

/** A change that the tables cannot take: an unknown table, or a value that is no SQL value. */
export class InvalidRowChange extends Error {
  override readonly name = 'InvalidRowChange';
}

/** Writes the row changes of projections into their tables. */
export class RowWriter {
  readonly #tables: ReadonlyMap<string, TableDefinition>;
  /** Text of statements by the shape of their change; projections have few shapes. */
  readonly #statements = new Map<string, string>();

  constructor(
    private readonly database: ReadModelDatabase,
    projections: readonly Projection[],
  ) {
    this.#tables = new Map(projections.flatMap(({ tables }) => tables.map((table) => [table.name, table] as const)));
  }

  /** @throws InvalidRowChange, or the database's error for a broken constraint. */
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
    if (!definition) throw new InvalidRowChange(`No projection has a table ${table}; there are ${[...this.#tables.keys()].join(', ')}.`);
    return definition;
  }
}

/** The rows of a change whose values its statement takes, in the statement's order. */
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

/** Equal for two changes that have the same statement. */
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

/** Event data comes from outside the type system; a value of another type would abort the process or be stored as something else. */
function requireStorable(table: string, column: string, value: unknown): SqlValue {
  if (value === null || typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))) return value;
  throw new InvalidRowChange(`${table}.${column} takes a text, a finite number or null; it was given ${typeof value}.`);
}
