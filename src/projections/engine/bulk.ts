import type { Row, SqlValue, TableDefinition } from './projection';
import { KeySet } from './keySet';
import type { ReadModelDatabase } from './database';
import type { RowValues, TableLayout } from './tableLayout';

/** Parameters per statement. Up to this number one long statement is faster than several short ones. */
const VALUES_A_STATEMENT = 300;

/** Writes and deletes rows of a table, many with one statement. */
class BulkRows {
  readonly #storing: BulkStatement;
  readonly #removing: BulkStatement;

  /** @param hasTriggers whether the table has triggers, which are to see the change of an existing row as an update. */
  constructor(database: ReadModelDatabase, { name, columns, primaryKey }: TableDefinition, hasTriggers: boolean) {
    const all = Object.keys(columns);
    const sets = all.filter((column) => !primaryKey.includes(column)).map((column) => `${column} = excluded.${column}`);
    const orUpdate = sets.length === 0 ? ' ON CONFLICT DO NOTHING' : ` ON CONFLICT (${primaryKey.join(', ')}) DO UPDATE SET ${sets.join(', ')}`;
    const [into, otherwise] = hasTriggers ? ['INSERT INTO', orUpdate] : ['INSERT OR REPLACE INTO', ''];
    this.#storing = new BulkStatement(database, all.length, (values) => `${into} ${name} (${all.join(', ')}) VALUES ${values}${otherwise}`);
    this.#removing = new BulkStatement(database, primaryKey.length, (values) => `DELETE FROM ${name} WHERE (${primaryKey.join(', ')}) IN (VALUES ${values})`);
  }

  /** Inserts rows, in the order given, and replaces those with the same keys. @throws the database's error for a violated constraint. */
  store(rows: readonly (readonly SqlValue[])[]): void {
    this.#storing.run(rows);
  }

  /** Deletes the rows with these keys. Each key lists its values in the order of the primary key. */
  remove(keys: readonly (readonly SqlValue[])[]): void {
    this.#removing.run(keys);
  }
}

/** A statement that takes any number of rows. */
class BulkStatement {
  readonly #rows: number;
  /** SQL for the maximum number of rows; cached, because it is long and used often. */
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

/** A row that is held in memory. */
export interface FoldedRow {
  readonly key: string;
  values: RowValues;
  /** Whether the row is deleted. It is held until the deletion has been written. */
  isGone: boolean;
  /** Whether the table may hold a row with this key. */
  readonly isStored: boolean;
  /** Whether the row differs from the table's. */
  isChanged: boolean;
  /** Value of the table's clock when the row was last used. */
  touched: number;
  /** The values in the table; undefined for a row that was not read from it. */
  readonly stored?: RowValues;
}

/** An index in memory: rows by the values of some columns. */
interface Lookup {
  readonly places: readonly number[];
  readonly rows: Map<string, Set<FoldedRow>>;
  /** The values that rows had when they were written; null where some were written before, so that any values may be in the table. */
  readonly written: KeySet | null;
}

/**
 * A table whose rows are changed in memory. When it holds too many, it writes those not used recently, together and in the
 * order of their keys, and reads a row again when a change needs it.
 */
export class FoldedTable {
  readonly #rows = new Map<string, FoldedRow>();
  #time = 0;
  readonly #lookups = new Map<string, Lookup>();
  /** Keys of rows that were written; undefined until the first is. */
  #written: KeySet | undefined;
  /** Whether the table held rows before the first was written. */
  readonly #heldRows: boolean;
  readonly #missingIndexes: string[];
  readonly #bulk: BulkRows;

  /**
   * @param maxRows maximum number of rows held in memory.
   * @param isComplete whether the table has its indexes and triggers, and perhaps rows.
   */
  constructor(
    private readonly database: ReadModelDatabase,
    readonly layout: TableLayout,
    private readonly maxRows: number,
    private readonly isComplete: boolean,
  ) {
    this.#missingIndexes = isComplete ? [] : [...(layout.definition.also ?? [])];
    this.#bulk = new BulkRows(database, layout.definition, isComplete);
    this.#heldRows = isComplete && database.get(`SELECT 1 FROM ${layout.definition.name} LIMIT 1`) !== undefined;
  }

  /** Number of rows held in memory. */
  get held(): number {
    return this.#rows.size;
  }

  /** Returns the row with that key, even if it is deleted. */
  row(key: string): FoldedRow | undefined {
    const held = this.#rows.get(key);
    if (held) held.touched = this.#time;
    return held ?? (this.#mayBeStored(key) ? this.#fetched(key) : undefined);
  }

  /** Returns the rows that match `where`. @throws UnfoldableChange for a value that its column cannot hold. */
  matching(where: Row): readonly FoldedRow[] {
    this.layout.check(where);
    const key = this.layout.keyIn(where);
    if (key !== undefined) {
      const row = this.row(key);
      return row && !row.isGone && this.layout.has(row.values, where) ? [row] : [];
    }
    const lookup = this.#lookup(Object.keys(where).map((column) => this.layout.place(column)));
    const text = textOf(Object.values(where));
    if (lookup.written?.mayHave(text) !== false) this.#fetch(where);
    const found = lookup.rows.get(text);
    return found ? [...found].filter(({ values }) => this.layout.has(values, where)) : [];
  }

  /** Adds a row with a new key. @param gone deleted row with that key, as `row` returned it. */
  insert(key: string, values: RowValues, gone: FoldedRow | undefined): void {
    if (!gone) {
      this.#hold({ key, values, isGone: false, isStored: false, isChanged: true, touched: this.#time });
      return;
    }
    gone.values = values;
    gone.isGone = false;
    gone.isChanged = true;
    this.#enter(gone);
  }

  /** Replaces the values of a row; the key must stay the same. */
  replace(row: FoldedRow, values: RowValues): void {
    const moved = [...this.#lookups.values()].filter(({ places }) => places.some((place) => row.values[place] !== values[place]));
    for (const lookup of moved) leave(lookup, row);
    row.values = values;
    row.isChanged = true;
    for (const lookup of moved) enter(lookup, row);
  }

  remove(row: FoldedRow): void {
    this.#leave(row);
    row.isGone = true;
    row.isChanged = true;
  }

  /** When too many rows are held, writes and drops those not used since the last time; all, if that frees less than half. @throws the database's error for a violated constraint. */
  makeRoom(): void {
    if (this.#rows.size < this.maxRows) return;
    this.#writeUntouched();
    if (this.#rows.size > this.maxRows / 2) this.#writeUntouched();
  }

  /** Writes and drops all rows. No change may follow. @throws the database's error for a violated constraint. */
  writeAll(): void {
    this.#write([...this.#rows.values()]);
    this.#dropAll();
  }

  /** Writes and drops all rows, in steps of at most that many. @throws the database's error for a violated constraint. */
  *writeInSteps(size: number): Generator<void, void, undefined> {
    const changed = [...this.#rows.values()].filter(({ isChanged }) => isChanged).sort(byKey);
    this.#noteWritten(changed);
    for (let start = 0; start < changed.length; start += size) {
      this.#write(changed.slice(start, start + size));
      yield;
    }
    this.#dropAll();
  }

  /** Creates one of the missing indexes. @returns false when none is missing. */
  makeIndex(): boolean {
    const statement = this.#missingIndexes.shift();
    if (statement === undefined) return false;
    this.database.execute(statement);
    return true;
  }

  #mayBeStored(key: string): boolean {
    return this.#heldRows || this.#written?.mayHave(key) === true;
  }

  #writeUntouched(): void {
    const untouched = [...this.#rows.values()].filter(({ touched }) => touched < this.#time);
    this.#write(untouched);
    this.#noteWritten(untouched);
    if (untouched.length === this.#rows.size) this.#dropAll();
    for (const row of this.#rows.size === 0 ? [] : untouched) {
      this.#rows.delete(row.key);
      this.#leave(row);
    }
    this.#time += 1;
  }

  /** Notes which rows may have to be read again. */
  #noteWritten(rows: readonly FoldedRow[]): void {
    const stored = rows.filter(({ isChanged, isGone }) => isChanged && !isGone);
    if (stored.length > 0) this.#written ??= new KeySet();
    for (const { key } of stored) this.#written?.add(key);
    for (const { places, written } of this.#lookups.values()) if (written) for (const { values } of stored) written.add(textAt(places, values));
  }

  #dropAll(): void {
    this.#rows.clear();
    for (const { rows } of this.#lookups.values()) rows.clear();
  }

  #hold(row: FoldedRow): void {
    this.#rows.set(row.key, row);
    this.#enter(row);
  }

  #fetched(key: string): FoldedRow | undefined {
    const { primaryKey } = this.layout.definition;
    this.#fetch(Object.fromEntries(primaryKey.map((column, index) => [column, this.layout.keyParts(key)[index] ?? null])));
    return this.#rows.get(key);
  }

  /** Reads matching rows of the table that are not held in memory. */
  #fetch(where: Row): void {
    const { columns, definition } = this.layout;
    let missing = this.layout.keyIn(where) === undefined;
    while (missing) missing = this.makeIndex();
    const condition = Object.keys(where).map((column) => `${column} = ?`).join(' AND ');
    for (const row of this.database.all<Row>(`SELECT ${columns.join(', ')} FROM ${definition.name} WHERE ${condition}`, Object.values(where))) {
      const values = columns.map((column) => row[column] ?? null);
      const key = this.layout.keyOf(values);
      if (!this.#rows.has(key)) this.#hold({ key, values, isGone: false, isStored: true, isChanged: false, touched: this.#time, stored: values });
    }
  }

  #lookup(places: readonly number[]): Lookup {
    const name = places.join();
    let lookup = this.#lookups.get(name);
    if (!lookup) {
      lookup = { places, rows: new Map(), written: this.#heldRows || this.#written ? null : new KeySet() };
      this.#lookups.set(name, lookup);
      for (const row of this.#rows.values()) if (!row.isGone) enter(lookup, row);
    }
    return lookup;
  }

  #enter(row: FoldedRow): void {
    if (this.#lookups.size > 0) for (const lookup of this.#lookups.values()) enter(lookup, row);
  }

  #leave(row: FoldedRow): void {
    if (this.#lookups.size > 0 && !row.isGone) for (const lookup of this.#lookups.values()) leave(lookup, row);
  }

  /** Changes columns of rows that were read from the table. Those that stay the same would cost the maintenance of their indexes. */
  #update(rows: readonly FoldedRow[]): void {
    const { columns, definition: { name, primaryKey } } = this.layout;
    for (const { key, values, stored } of rows) {
      const changed = columns.filter((_, place) => values[place] !== stored?.[place]);
      if (changed.length === 0) continue;
      this.database.run(
        `UPDATE ${name} SET ${changed.map((column) => `${column} = ?`).join(', ')} WHERE ${primaryKey.map((column) => `${column} = ?`).join(' AND ')}`,
        [...changed.map((column) => values[this.layout.place(column)] ?? null), ...this.layout.keyParts(key)],
      );
    }
  }

  #write(rows: readonly FoldedRow[]): void {
    const changed = rows.filter(({ isChanged }) => isChanged).sort(byKey);
    const stored = changed.filter(({ isGone }) => !isGone);
    const removed = changed.filter(({ isGone, isStored }) => isGone && isStored);
    this.database.transaction(() => {
      this.#bulk.remove(removed.map(({ key }) => this.layout.keyParts(key)));
      this.#update(this.isComplete ? stored.filter((row) => row.stored) : []);
      this.#bulk.store(stored.filter((row) => !this.isComplete || !row.stored).map(({ values }) => values));
    });
  }
}

const byKey = (a: FoldedRow, b: FoldedRow): number => (a.key < b.key ? -1 : 1);

function enter({ places, rows }: Lookup, row: FoldedRow): void {
  const text = textAt(places, row.values);
  const same = rows.get(text);
  if (same) same.add(row);
  else rows.set(text, new Set([row]));
}

function leave({ places, rows }: Lookup, row: FoldedRow): void {
  const text = textAt(places, row.values);
  const same = rows.get(text);
  same?.delete(row);
  if (same?.size === 0) rows.delete(text);
}

const textAt = (places: readonly number[], values: readonly SqlValue[]): string => textOf(places.map((place) => values[place] ?? null));

/** Returns the same text for equal values; different values may collide. */
const textOf = (values: readonly SqlValue[]): string => values.join('\0');
