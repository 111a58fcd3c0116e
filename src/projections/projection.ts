import type { StoredEvent } from '../eventstore/eventStore';

/** What a read model's column can hold. Booleans are not among them: the database driver aborts the process on one. */
export type SqlValue = string | number | null;

/** Column values by column name. */
export type Row = Readonly<Record<string, SqlValue>>;

/** One table of a projection, as `CREATE TABLE` needs it and as the writer needs it. */
export interface TableDefinition {
  /** The table's full name, with the projection's version in it (`versionedTable`). */
  readonly name: string;
  /** SQL type and constraints by column. Whole numbers need INTEGER, or they come back as floats. */
  readonly columns: Readonly<Record<string, string>>;
  readonly primaryKey: readonly string[];
  /** Keeps the rows in the primary key's own tree: right for small rows that are found by it. */
  readonly withoutRowId?: true;
  /** Statements that make its indexes; in a fill they run when the rows are there. */
  readonly also?: readonly string[];
  readonly counted?: CountedRows;
  readonly summary?: TableSummary;
}

/** Another table of the projection with the number of rows that have the same values in some columns, 0 where none has them any more. Triggers keep it. */
export interface CountedRows {
  /** has these columns as its primary key, and `number`. */
  readonly table: string;
  /** columns that are never null. */
  readonly by: readonly string[];
}

/** Another table of the projection that is made of this one's rows, of which none is ever changed or removed. */
export interface TableSummary {
  /** keep it, row by row. */
  readonly triggers: readonly string[];
  /** makes all of it, where the rows were written without triggers. */
  readonly atOnce: string;
}

/** The one row of a table with that primary key. */
export interface RowReference {
  readonly table: string;
  readonly key: Row;
}

/** Has the same value in `column` as the row referred to; no row has, when that is absent. */
export interface Likeness extends RowReference {
  readonly column: string;
}

export type RowChange =
  /** Writes `row` under its primary key. Where a row is there already, its columns get the new values, columns not named stay; those in `keep` stay where the new value is null. */
  | { readonly kind: 'upsert'; readonly table: string; readonly row: Row; readonly keep?: readonly string[] }
  /** Sets columns of the rows whose columns equal `where` and are `like` another row. */
  | { readonly kind: 'update'; readonly table: string; readonly where: Row; readonly like?: Likeness; readonly set: Row }
  /** Sets columns of the rows whose columns equal `where` to the same columns of another row; nothing when that is absent. */
  | { readonly kind: 'copy'; readonly table: string; readonly where: Row; readonly from: RowReference; readonly columns: readonly string[] }
  /** Adds to number columns of the row with the primary key `key`, which is made with zeros when absent. */
  | { readonly kind: 'increment'; readonly table: string; readonly key: Row; readonly by: Readonly<Record<string, number>> }
  /** Removes the rows whose columns equal `where` and are `like` another row, except those whose columns equal `unless`. */
  | { readonly kind: 'delete'; readonly table: string; readonly where: Row; readonly like?: Likeness; readonly unless?: Row };

/**
 * A read model as a pure function: an event goes in, changes of rows come out. It never reads its own rows, a clock or
 * anything else, so that the same log always gives the same tables.
 */
export interface Projection {
  /** snake_case; begins the names of its tables. */
  readonly name: string;
  /** Raised when tables or meaning change; the tables of another version are dropped and filled again from the log. */
  readonly version: number;
  readonly tables: readonly TableDefinition[];
  /** Only events of streams that begin with one of these reach `apply`. */
  readonly streamPrefixes: readonly string[];
  /**
   * What the event changes; nothing for a type that the projection does not know.
   * @throws Error when the event is not what its type promises; it stops this projection.
   */
  apply(event: StoredEvent): readonly RowChange[];
}

/** The prefix of every table of one version of a projection: `user_list_v1_`. */
export const tablePrefix = (projection: string, version: number): string => `${projection}_v${version}_`;

/** The full name of a projection's table: `user_list_v1_users`. */
export const versionedTable = (projection: string, version: number, table: string): string =>
  tablePrefix(projection, version) + table;
