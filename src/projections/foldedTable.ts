import { removeRows, storeRows } from './bulkRows';
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
  /** touched since the last rows were written. */
  #recent = new Map<string, FoldedRow>();
  /** not touched since. */
  #older = new Map<string, FoldedRow>();
  readonly #lookups = new Map<string, Lookup>();
  /** keys of rows that were written; undefined as long as none was. */
  #written: KeySketch | undefined;
  #hasIndexes = false;

  /** @param maxRows half of what is held. */
  constructor(
    private readonly database: ReadModelDatabase,
    readonly layout: TableLayout,
    private readonly maxRows: number,
  ) {}

  /** The row with that key. */
  row(key: string): FoldedRow | undefined {
    const held = this.#held(key) ?? (this.#written?.mayHave(key) === true ? this.#fetched(key) : undefined);
    return held === undefined || held.isGone ? undefined : held;
  }

  /** The rows whose columns equal those of `where`. @throws UnfoldableChange where these are not such as the columns hold. */
  matching(where: Row): readonly FoldedRow[] {
    this.layout.check(where);
    const key = this.layout.keyIn(where);
    if (key !== undefined) {
      const row = this.row(key);
      return row && this.layout.has(row.values, where) ? [row] : [];
    }
    if (this.#written) this.#fetch(where);
    const places = Object.keys(where).map((column) => this.layout.place(column));
    const found = this.#lookup(places).rows.get(textOf(Object.values(where)));
    return found ? [...found].filter(({ values }) => this.layout.has(values, where)) : [];
  }

  /** Adds a row with a key that no row has. */
  insert(key: string, values: RowValues): void {
    const held = this.#held(key);
    if (held) {
      held.values = values;
      held.isGone = false;
      held.isChanged = true;
      this.#enter(held);
    } else this.#hold({ key, values, isGone: false, isStored: this.#written?.mayHave(key) === true, isChanged: true });
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

  /** Writes the rows that were not touched for longest and forgets them, where there are too many. @throws the database's error for a broken constraint. */
  makeRoom(): void {
    if (this.#recent.size >= this.maxRows) this.#writeOlder();
  }

  /** Writes and forgets all rows. @throws the database's error for a broken constraint. */
  writeAll(): void {
    this.#writeOlder();
    this.#writeOlder();
  }

  /** Makes the indexes, where they have not been needed before. */
  makeIndexes(): void {
    if (this.#hasIndexes) return;
    for (const statement of this.layout.definition.also ?? []) this.database.execute(statement);
    this.#hasIndexes = true;
  }

  #writeOlder(): void {
    this.#write(this.#older);
    for (const row of this.#older.values()) this.#leave(row);
    this.#older = this.#recent;
    this.#recent = new Map();
  }

  #held(key: string): FoldedRow | undefined {
    const recent = this.#recent.get(key);
    if (recent) return recent;
    const older = this.#older.get(key);
    if (older) {
      this.#older.delete(key);
      this.#recent.set(key, older);
    }
    return older;
  }

  #hold(row: FoldedRow): void {
    this.#recent.set(row.key, row);
    this.#enter(row);
  }

  #fetched(key: string): FoldedRow | undefined {
    const { primaryKey } = this.layout.definition;
    this.#fetch(Object.fromEntries(primaryKey.map((column, index) => [column, this.layout.keyParts(key)[index] ?? null])));
    return this.#held(key);
  }

  /** Takes the rows that stand in the table, other than those that are held, into memory. */
  #fetch(where: Row): void {
    const { columns, definition } = this.layout;
    if (this.layout.keyIn(where) === undefined) this.makeIndexes();
    const condition = Object.keys(where).map((column) => `${column} = ?`).join(' AND ');
    for (const row of this.database.all<Row>(`SELECT ${columns.join(', ')} FROM ${definition.name} WHERE ${condition}`, Object.values(where))) {
      const values = columns.map((column) => row[column] ?? null);
      const key = this.layout.keyOf(values);
      if (!this.#held(key)) this.#hold({ key, values, isGone: false, isStored: true, isChanged: false });
    }
  }

  #lookup(places: readonly number[]): Lookup {
    const name = places.join();
    let lookup = this.#lookups.get(name);
    if (!lookup) {
      lookup = { places, rows: new Map() };
      this.#lookups.set(name, lookup);
      for (const rows of [this.#older, this.#recent]) for (const row of rows.values()) if (!row.isGone) enter(lookup, row);
    }
    return lookup;
  }

  #enter(row: FoldedRow): void {
    if (this.#lookups.size > 0) for (const lookup of this.#lookups.values()) enter(lookup, row);
  }

  #leave(row: FoldedRow): void {
    if (this.#lookups.size > 0 && !row.isGone) for (const lookup of this.#lookups.values()) leave(lookup, row);
  }

  #write(rows: ReadonlyMap<string, FoldedRow>): void {
    const changed = [...rows.values()].filter(({ isChanged }) => isChanged).sort((a, b) => (a.key < b.key ? -1 : 1));
    const stored = changed.filter(({ isGone }) => !isGone);
    const removed = changed.filter(({ isGone, isStored }) => isGone && isStored);
    if (stored.length > 0) this.#written ??= new KeySketch();
    for (const { key } of stored) this.#written?.add(key);
    const { definition } = this.layout;
    this.database.transaction(() => {
      removeRows(this.database, definition, removed.map(({ key }) => this.layout.keyParts(key)));
      storeRows(this.database, definition, stored.map(({ values }) => values));
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
