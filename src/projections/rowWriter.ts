import type { Likeness, Projection, Row, RowChange, SqlValue, TableDefinition } from './projection';
import type { ReadModelDatabase } from './readModelDatabase';

/** A change that the tables cannot take: an unknown table, or a value that is no SQL value. */
export class InvalidRowChange extends Error {
  override readonly name = 'InvalidRowChange';
}

/** Writes the row changes of projections into their tables. */
export class RowWriter {
  readonly #tables: ReadonlyMap<string, TableDefinition>;

  constructor(
    private readonly database: ReadModelDatabase,
    projections: readonly Projection[],
  ) {
    this.#tables = new Map(projections.flatMap(({ tables }) => tables.map((table) => [table.name, table] as const)));
  }

  /** @throws InvalidRowChange, or the database's error for a broken constraint. */
  write(change: RowChange): void {
    switch (change.kind) {
      case 'upsert':
        return this.#upsert(change.table, change.row, change.keep ?? []);
      case 'update':
        return this.#run(
          `UPDATE ${change.table} SET ${assignments(change.set, ', ')} WHERE ${assignments(change.where, ' AND ')}${likeness(change.like)}`,
          change.table, change.set, change.where, change.like?.key ?? {},
        );
      case 'copy':
        return this.#copy(change);
      case 'increment':
        return this.#increment(change.table, change.key, change.by);
      case 'delete': {
        const unless = change.unless ? ` AND NOT (${assignments(change.unless, ' AND ')})` : '';
        return this.#run(
          `DELETE FROM ${change.table} WHERE ${assignments(change.where, ' AND ')}${likeness(change.like)}${unless}`,
          change.table, change.where, change.like?.key ?? {}, change.unless ?? {},
        );
      }
    }
  }

  #upsert(table: string, row: Row, keep: readonly string[]): void {
    const key = this.#definition(table).primaryKey;
    const sets = Object.keys(row)
      .filter((column) => !key.includes(column))
      .map((column) => `${column} = ${keep.includes(column) ? `coalesce(excluded.${column}, ${table}.${column})` : `excluded.${column}`}`);
    this.#insert(table, row, sets);
  }

  #increment(table: string, key: Row, by: Readonly<Record<string, number>>): void {
    this.#insert(table, { ...key, ...by }, Object.keys(by).map((column) => `${column} = ${table}.${column} + excluded.${column}`));
  }

  #insert(table: string, row: Row, sets: readonly string[]): void {
    const columns = Object.keys(row);
    const key = this.#definition(table).primaryKey.join(', ');
    this.#run(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')}) ON CONFLICT (${key}) DO ${sets.length === 0 ? 'NOTHING' : `UPDATE SET ${sets.join(', ')}`}`,
      table, row,
    );
  }

  #copy({ table, where, from, columns }: Extract<RowChange, { kind: 'copy' }>): void {
    const qualified = (name: string, row: Row): string => Object.keys(row).map((column) => `${name}.${column} = ?`).join(' AND ');
    this.#run(
      `UPDATE ${table} SET ${columns.map((column) => `${column} = source.${column}`).join(', ')} FROM ${from.table} AS source WHERE ${qualified(table, where)} AND ${qualified('source', from.key)}`,
      table, where, from.key,
    );
  }

  #run(sql: string, table: string, ...rows: readonly Row[]): void {
    this.database.run(sql, rows.flatMap((row) => Object.entries(row).map(([column, value]) => requireStorable(table, column, value))));
  }

  #definition(table: string): TableDefinition {
    const definition = this.#tables.get(table);
    if (!definition) throw new InvalidRowChange(`No projection has a table ${table}; there are ${[...this.#tables.keys()].join(', ')}.`);
    return definition;
  }
}

const assignments = (row: Row, separator: string): string => Object.keys(row).map((column) => `${column} = ?`).join(separator);

const likeness = (like: Likeness | undefined): string =>
  like ? ` AND ${like.column} = (SELECT ${like.column} FROM ${like.table} WHERE ${assignments(like.key, ' AND ')})` : '';

/** Event data comes from outside the type system; a value of another type would abort the process or be stored as something else. */
function requireStorable(table: string, column: string, value: unknown): SqlValue {
  if (value === null || typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))) return value;
  throw new InvalidRowChange(`${table}.${column} takes a text, a finite number or null; it was given ${typeof value}.`);
}
