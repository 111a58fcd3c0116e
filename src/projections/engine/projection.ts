import type { StoredEvent } from '../../eventstore/eventStore';
import type { DomainEvent } from '../../domain/events';
import { currentVersion, isKnownType, liftedEvent } from '../../domain/eventVersions';
import { appIdOfStream } from '../../domain/streams';

/** A value of a read model's column. Booleans are excluded because the database driver aborts the process on one. */
export type SqlValue = string | number | null;

/** Column values by column name. */
export type Row = Readonly<Record<string, SqlValue>>;

/** Definition of a projection's table, for `CREATE TABLE` and for writing its rows. */
export interface TableDefinition {
  /** Full name of the table, which includes the projection's version (`versionedTable`). */
  readonly name: string;
  /** SQL type and constraints by column. Whole numbers need INTEGER; otherwise they are read back as floats. */
  readonly columns: Readonly<Record<string, string>>;
  readonly primaryKey: readonly string[];
  /** Stores the rows in the primary key's index (`WITHOUT ROWID`), which suits small rows that are looked up by key. */
  readonly withoutRowId?: true;
  /** Statements that create the indexes (`CREATE INDEX`). A fill runs them after it has written the rows. */
  readonly also?: readonly string[];
  readonly counted?: CountedRows;
  readonly summary?: TableSummary;
  readonly derived?: DerivedTables;
}

/** Another table of the projection, which counts rows by the values of some columns. Triggers maintain it. A count that drops to 0 keeps its row, which means the same as none. */
export interface CountedRows {
  /** Name of the counting table. Its primary key is the columns `by`, its count the column `number`. */
  readonly table: string;
  /** Columns to count by; they must be NOT NULL. */
  readonly by: readonly string[];
}

/** Another table of the projection that is derived from this one's rows. Rows with a summary are never changed or removed. */
interface TableSummary {
  /** Statements that create the triggers (`CREATE TRIGGER`), which maintain the summary row by row. */
  readonly triggers: readonly string[];
  /** Statement that computes the whole summary, for rows that were written without triggers. */
  readonly atOnce: string;
}

/**
 * A table that triggers derive from this one's rows to make queries fast. It is no part of digests and comparisons, because its
 * rows may differ between databases whose other rows are equal.
 */
export interface DerivedTables {
  /** Statements that create the table and its indexes. */
  readonly create: readonly string[];
  /** Statements that create the triggers (`CREATE TRIGGER`). */
  readonly triggers: readonly string[];
  /** Statement that derives the next rows from rows that were written without triggers. It is repeated until it inserts none. */
  readonly fillNext: string;
}

/** The row of a table with the primary key `key`. */
export interface RowReference {
  readonly table: string;
  readonly key: Row;
}

/** Selects rows whose `column` equals that of the referenced row. Selects none when that row does not exist. */
export interface Likeness extends RowReference {
  readonly column: string;
}

export type RowChange =
  /** Inserts `row`, or updates the named columns of the row with the same primary key. A column in `keep` is not overwritten with null. */
  | { readonly kind: 'upsert'; readonly table: string; readonly row: Row; readonly keep?: readonly string[] }
  /** Sets columns of the rows that match `where` and `like`. */
  | { readonly kind: 'update'; readonly table: string; readonly where: Row; readonly like?: Likeness; readonly set: Row }
  /** Copies columns of another row into the rows that match `where`. Does nothing when that row does not exist. */
  | { readonly kind: 'copy'; readonly table: string; readonly where: Row; readonly from: RowReference; readonly columns: readonly string[] }
  /** Adds to number columns of the row with the primary key `key`. A missing row is inserted with the values of `by`. */
  | { readonly kind: 'increment'; readonly table: string; readonly key: Row; readonly by: Readonly<Record<string, number>> }
  /** Deletes the rows that match `where` and `like`, except those that match `unless`. */
  | { readonly kind: 'delete'; readonly table: string; readonly where: Row; readonly like?: Likeness; readonly unless?: Row };

/**
 * A read model as a pure function from an event to row changes. It reads neither its own rows nor a clock, so the same log
 * always produces the same tables.
 */
export interface Projection {
  /** Name in snake_case; the names of the projection's tables begin with it. */
  readonly name: string;
  /** Increase it when the tables or their meaning change. Tables of another version are dropped and filled again from the log. */
  readonly version: number;
  readonly tables: readonly TableDefinition[];
  /** Only events of streams whose names begin with one of these are passed to `apply`. */
  readonly streamPrefixes: readonly string[];
  /**
   * Returns the row changes of an event; none for a type that the projection does not know.
   * @throws Error when the event's data do not fit its type. The projection stops before that event.
   */
  apply(event: StoredEvent): readonly RowChange[];
}

/** Prefix of all table names of one version of a projection, such as `user_list_v1_`. */
export const tablePrefix = (projection: string, version: number): string => `${projection}_v${version}_`;

/** Full name of a projection's table, such as `user_list_v1_users`. */
export const versionedTable = (projection: string, version: number, table: string): string =>
  tablePrefix(projection, version) + table;

/**
 * Converts a stored event to its type's current version. Returns undefined for a type that this program does not know.
 * @throws Error for a known type in a version that this program does not know.
 */
export function domainEventOf(event: StoredEvent): DomainEvent | undefined {
  const { type } = event;
  if (!isKnownType(type)) return undefined;
  const lifted = liftedEvent(event);
  if (!lifted) {
    throw new Error(`${event.stream} holds ${type} in version ${event.schemaVersion} at revision ${event.revision}; this program knows versions up to ${currentVersion(type)}.`);
  }
  return lifted;
}

/** Id of the app whose roster or contacts stream holds the event. @throws Error for an event of another stream. */
export function appIdOfEvent(event: StoredEvent): string {
  const appId = appIdOfStream(event.stream);
  if (appId === undefined) throw new Error(`${event.type} is in the stream ${event.stream}, which belongs to no app.`);
  return appId;
}
