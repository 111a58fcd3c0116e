import { BulkRows } from './bulkRows';
import { KeySketch } from './keySketch';
import type { Row, SqlValue } from './projection';
import type { ReadModelDatabase } from './readModelDatabase';
import type { RowValues, TableLayout } from './tableLayout';

/** A row that is held in memory. */
export interface FoldedRow {
  readonly key: string;
  values: RowValues;
  /** removed; held as long as it may stand in the table. */
  isGone: boolean;
  /** whether a row with its key stands in the table. */
  readonly isStored: boolean;
  /** whether the table holds something else. */
  isChanged: boolean;
  /** when it was touched last, in times that rows were written. */
  touched: number;
}

/** Rows by the values of some columns. */
interface Lookup {
  readonly places: readonly number[];
  readonly rows: Map<string, Set<FoldedRow>>;
}

/**
 * A table whose rows are changed in memory and written when there are too many of them: those not touched for longest go
 * first, many at once and in the order of their keys, and come back when they are needed again.
 */
export class FoldedTable {
  readonly #rows = new Map<string, FoldedRow>();
  #time = 0;
  readonly #lookups = new Map<string, Lookup>();
  /** keys of rows that were written; undefined as long as none was. */
  #written: KeySketch | undefined;
  readonly #missingIndexes: string[];
  readonly #bulk: BulkRows;

  /** @param maxRows so many are held. */
  constructor(
    private readonly database: ReadModelDatabase,
    readonly layout: TableLayout,
    private readonly maxRows: number,
  ) {
    this.#missingIndexes = [...(layout.definition.also ?? [])];
    this.#bulk = new BulkRows(database, layout.definition);
  }

  /** The row with that key, also one that is gone. */
  row(key: string): FoldedRow | undefined {
    const held = this.#rows.get(key);
    if (held) held.touched = this.#time;
    return held ?? (this.#written?.mayHave(key) === true ? this.#fetched(key) : undefined);
  }

  /** The rows whose columns equal those of `where`. @throws UnfoldableChange where these are not such as the columns hold. */
  matching(where: Row): readonly FoldedRow[] {
    this.layout.check(where);
    const key = this.layout.keyIn(where);
    if (key !== undefined) {
      const row = this.row(key);
      return row && !row.isGone && this.layout.has(row.values, where) ? [row] : [];
    }
    if (this.#written) this.#fetch(where);
    const places = Object.keys(where).map((column) => this.layout.place(column));
    const found = this.#lookup(places).rows.get(textOf(Object.values(where)));
    return found ? [...found].filter(({ values }) => this.layout.has(values, where)) : [];
  }

  /** Adds a row, where there is none with its key. @param gone what `row` gives for it. */
  insert(key: string, values: RowValues, gone: FoldedRow | undefined): void {
    if (!gone) {
      this.#hold({ key, values, isGone: false, isStored: this.#written?.mayHave(key) === true, isChanged: true, touched: this.#time });
      return;
    }
    gone.values = values;
    gone.isGone = false;
    gone.isChanged = true;
    this.#enter(gone);
  }

  /** Gives a row other values, with the same key. */
  replace(row: FoldedRow, values: RowValues): void {
    this.#leave(row);
    row.values = values;
    row.isChanged = true;
    this.#enter(row);
  }

  remove(row: FoldedRow): void {
    this.#leave(row);
    row.isGone = true;
    row.isChanged = true;
  }

  /** Where too many rows are held, writes and forgets those not touched since it did so last; all, where that were few. @throws the database's error for a broken constraint. */
  makeRoom(): void {
    if (this.#rows.size < this.maxRows) return;
    this.#writeUntouched();
    if (this.#rows.size > this.maxRows / 2) this.#writeUntouched();
  }

  /** Writes and forgets all rows. @throws the database's error for a broken constraint. */
  writeAll(): void {
    this.#time += 1;
    this.#writeUntouched();
  }

  /** Makes one of the indexes that are missing. @returns false when none is. */
  makeIndex(): boolean {
    const statement = this.#missingIndexes.shift();
    if (statement === undefined) return false;
    this.database.execute(statement);
    return true;
  }

  #writeUntouched(): void {
    const untouched = [...this.#rows.values()].filter(({ touched }) => touched < this.#time);
    this.#write(untouched);
    if (untouched.length === this.#rows.size) {
      this.#rows.clear();
      for (const { rows } of this.#lookups.values()) rows.clear();
    }
    for (const row of this.#rows.size === 0 ? [] : untouched) {
      this.#rows.delete(row.key);
      this.#leave(row);
    }
    this.#time += 1;
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

  /** Takes the rows that stand in the table, other than those that are held, into memory. */
  #fetch(where: Row): void {
    const { columns, definition } = this.layout;
    let missing = this.layout.keyIn(where) === undefined;
    while (missing) missing = this.makeIndex();
    const condition = Object.keys(where).map((column) => `${column} = ?`).join(' AND ');
    for (const row of this.database.all<Row>(`SELECT ${columns.join(', ')} FROM ${definition.name} WHERE ${condition}`, Object.values(where))) {
      const values = columns.map((column) => row[column] ?? null);
      const key = this.layout.keyOf(values);
      if (!this.#rows.has(key)) this.#hold({ key, values, isGone: false, isStored: true, isChanged: false, touched: this.#time });
    }
  }

  #lookup(places: readonly number[]): Lookup {
    const name = places.join();
    let lookup = this.#lookups.get(name);
    if (!lookup) {
      lookup = { places, rows: new Map() };
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

  #write(rows: readonly FoldedRow[]): void {
    const changed = rows.filter(({ isChanged }) => isChanged).sort((a, b) => (a.key < b.key ? -1 : 1));
    const stored = changed.filter(({ isGone }) => !isGone);
    const removed = changed.filter(({ isGone, isStored }) => isGone && isStored);
    if (stored.length > 0) this.#written ??= new KeySketch();
    for (const { key } of stored) this.#written?.add(key);
    this.database.transaction(() => {
      this.#bulk.remove(removed.map(({ key }) => this.layout.keyParts(key)));
      this.#bulk.store(stored.map(({ values }) => values));
    });
  }
}

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

/** Equal for equal values; may be equal for others. */
const textOf = (values: readonly SqlValue[]): string => values.join('\0');
