import type { SqlValue, TableDefinition } from './projection';
import type { ReadModelDatabase } from './readModelDatabase';

/** Values in one statement: binding them costs most, and many statements cost more than long ones up to here. */
const VALUES_A_STATEMENT = 1_000;

/** Writes rows, in the order given, in the place of those with the same keys. @throws the database's error for a broken constraint. */
export function storeRows(database: ReadModelDatabase, { name, columns }: TableDefinition, rows: readonly (readonly SqlValue[])[]): void {
  const width = Object.keys(columns).length;
  inParts(rows, width, (part) => {
    database.run(`INSERT OR REPLACE INTO ${name} (${Object.keys(columns).join(', ')}) VALUES ${placeholders(width, part.length)}`, part.flat());
  });
}

/** Removes the rows with these keys, each with its values in the order of the primary key. */
export function removeRows(database: ReadModelDatabase, { name, primaryKey }: TableDefinition, keys: readonly (readonly SqlValue[])[]): void {
  inParts(keys, primaryKey.length, (part) => {
    database.run(`DELETE FROM ${name} WHERE (${primaryKey.join(', ')}) IN (VALUES ${placeholders(primaryKey.length, part.length)})`, part.flat());
  });
}

function inParts<T>(rows: readonly T[], width: number, write: (part: readonly T[]) => void): void {
  const length = Math.max(1, Math.floor(VALUES_A_STATEMENT / width));
  for (let start = 0; start < rows.length; start += length) write(rows.slice(start, start + length));
}

const placeholders = (width: number, rows: number): string => Array.from({ length: rows }, () => `(${Array.from({ length: width }, () => '?').join(', ')})`).join(', ');
