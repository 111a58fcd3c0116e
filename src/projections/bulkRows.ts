import type { SqlValue, TableDefinition } from './projection';
import type { ReadModelDatabase } from './readModelDatabase';

/** Values in one statement: binding them costs most, and many statements cost more than long ones up to here. */
const VALUES_A_STATEMENT = 300;

/** Writes rows into a table and removes them, many with one statement. */
export class BulkRows {
  readonly #storing: BulkStatement;
  readonly #removing: BulkStatement;

  constructor(database: ReadModelDatabase, { name, columns, primaryKey }: TableDefinition) {
    const all = Object.keys(columns);
    this.#storing = new BulkStatement(database, all.length, (values) => `INSERT OR REPLACE INTO ${name} (${all.join(', ')}) VALUES ${values}`);
    this.#removing = new BulkStatement(database, primaryKey.length, (values) => `DELETE FROM ${name} WHERE (${primaryKey.join(', ')}) IN (VALUES ${values})`);
  }

  /** Writes rows, in the order given, in the place of those with the same keys. @throws the database's error for a broken constraint. */
  store(rows: readonly (readonly SqlValue[])[]): void {
    this.#storing.run(rows);
  }

  /** Removes the rows with these keys, each with its values in the order of the primary key. */
  remove(keys: readonly (readonly SqlValue[])[]): void {
    this.#removing.run(keys);
  }
}

/** A statement for any number of rows. */
class BulkStatement {
  readonly #rows: number;
  /** The text for as many rows as one statement takes is long, and needed often. */
  readonly #full: string;

  constructor(
    private readonly database: ReadModelDatabase,
    private readonly width: number,
    private readonly textOf: (values: string) => string,
  ) {
    this.#rows = Math.max(1, Math.floor(VALUES_A_STATEMENT / width));
    this.#full = this.#text(this.#rows);
  }

  run(rows: readonly (readonly SqlValue[])[]): void {
    for (let start = 0; start < rows.length; start += this.#rows) {
      const end = Math.min(rows.length, start + this.#rows);
      const values: SqlValue[] = [];
      for (let index = start; index < end; index += 1) for (const value of rows[index] ?? []) values.push(value);
      this.database.run(end - start === this.#rows ? this.#full : this.#text(end - start), values);
    }
  }

  #text(rows: number): string {
    const row = `(${Array<string>(this.width).fill('?').join(', ')})`;
    return this.textOf(Array<string>(rows).fill(row).join(', '));
  }
}
