import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { tablePrefix, type Projection, type SqlValue, type TableDefinition } from './projection';
import type { ReadModelDatabase } from './readModelDatabase';
import { walkedRows } from './walkedRows';

export interface RowsDigest {
  /** number of rows. */
  readonly rows: number;
  /** hex SHA-256. */
  readonly digest: string;
}

/**
 * One digest over every row of a projection: SHA-256 over lines of JSON, for each table by name its columns, then its rows
 * in the order of their keys. It is the same wherever the rows are the same, whatever release filled the tables.
 */
export async function digestOf(database: ReadModelDatabase, projection: Projection): Promise<RowsDigest> {
  const digest = createHash('sha256');
  let rows = 0;
  for (const table of tablesOf(projection)) {
    digest.update(`${JSON.stringify([shortName(projection, table), Object.keys(table.columns)])}\n`);
    for (const page of walkedRows(database, table)) {
      for (const row of page) digest.update(`${rowText(table, row)}\n`);
      rows += page.length;
      await nextTurn();
    }
  }
  return { rows, digest: digest.digest('hex') };
}

/** A projection's tables by name. */
export const tablesOf = ({ tables }: Projection): readonly TableDefinition[] => [...tables].sort((a, b) => (a.name < b.name ? -1 : 1));

/** The table's name without the projection's and its version. */
export const shortName = ({ name, version }: Projection, table: TableDefinition): string => table.name.slice(tablePrefix(name, version).length);

/** A row's values in the order of the table's columns. */
export const rowText = ({ columns }: TableDefinition, row: Readonly<Record<string, SqlValue>>): string => JSON.stringify(Object.keys(columns).map((column) => row[column] ?? null));
