import { type FoldedRow, FoldedTable } from './bulk';
import type { Likeness, Projection, Row, RowChange, RowReference } from './projection';
import type { ReadModelDatabase } from './database';
import { type RowValues, TableLayout, UnfoldableChange } from './tableLayout';

/** Rows held in memory per table whose rows never change; they only wait to be written together. */
const MAX_UNCHANGING_ROWS = 2_000;

/** Rows per step that are written into complete tables. A row of a user takes up to 0.2 ms, with its indexes and triggers. */
const ROWS_PER_STEP = 50;

/** Applies the row changes of one projection to rows in memory, with the same effect as `RowWriter` and the tables' triggers. */
export class RowFold {
  readonly #tables: ReadonlyMap<string, FoldedTable>;

  /**
   * @param maxRows maximum number of rows held in memory per table.
   * @param isComplete whether the tables have their indexes and triggers, and perhaps rows. The triggers then do what follows from a change.
   */
  constructor(
    database: ReadModelDatabase,
    { tables }: Projection,
    maxRows: number,
    private readonly isComplete = false,
  ) {
    this.#tables = new Map(tables.map((definition) => {
      const layout = new TableLayout(definition);
      return [definition.name, new FoldedTable(database, layout, definition.summary ? Math.min(maxRows, MAX_UNCHANGING_ROWS) : maxRows, isComplete)];
    }));
  }

  /** Applies one row change. @throws UnfoldableChange for a change that the tables might reject. */
  write(change: RowChange): void {
    const table = this.#table(change.table);
    switch (change.kind) {
      case 'upsert':
        this.#upsert(table, change.row, change.keep);
        break;
      case 'increment':
        this.#increment(table, change.key, change.by);
        break;
      case 'update':
        table.layout.check(change.set);
        for (const row of this.#matching(table, change.where, change.like)) this.#set(table, row, change.set);
        break;
      case 'copy':
        this.#copy(table, change.where, change.from, change.columns);
        break;
      case 'delete':
        table.layout.check(change.unless ?? {});
        for (const row of this.#matching(table, change.where, change.like)) this.#delete(table, row, change.unless);
        break;
    }
  }

  /** Number of rows held in memory. */
  get held(): number {
    let held = 0;
    for (const table of this.#tables.values()) held += table.held;
    return held;
  }

  /** Writes rows that were not used recently when too many are held. @throws the database's error, also for rows that violate a constraint. */
  makeRoom(): void {
    for (const table of this.#tables.values()) table.makeRoom();
  }

  /** Writes all rows and creates the indexes that are missing, one per step. @throws the database's error, also for rows that violate a constraint. */
  *finish(): Generator<void, void, undefined> {
    for (const table of this.#tables.values()) {
      if (this.isComplete) {
        yield* table.writeInSteps(ROWS_PER_STEP);
        continue;
      }
      table.writeAll();
      yield;
      while (table.makeIndex()) yield;
    }
  }

  #upsert(table: FoldedTable, given: Row, keep: readonly string[] | undefined): void {
    const { layout } = table;
    // SQLite checks the row to insert even if it then updates an existing one.
    const values = layout.newRow(given);
    const key = layout.keyOf(values);
    const row = table.row(key);
    if (!row || row.isGone) {
      table.insert(key, values, row);
      return;
    }
    const merged = row.values.slice();
    for (const column in given) {
      const place = layout.place(column);
      const value = values[place] ?? null;
      if (value !== null || keep?.includes(column) !== true) merged[place] = value;
    }
    table.replace(row, merged);
  }

  #increment(table: FoldedTable, key: Row, by: Readonly<Record<string, number>>): void {
    const { layout } = table;
    const values = layout.newRow(key, by);
    const found = layout.keyOf(values);
    const row = table.row(found);
    if (!row || row.isGone) {
      table.insert(found, values, row);
      return;
    }
    const sums: Record<string, number | null> = {};
    for (const column in by) {
      const before = row.values[layout.place(column)];
      sums[column] = typeof before === 'number' ? before + (by[column] ?? 0) : null;
    }
    this.#set(table, row, sums);
  }

  #matching(table: FoldedTable, where: Row, like: Likeness | undefined): readonly FoldedRow[] {
    if (!like) return table.matching(where);
    const from = this.#referred(like);
    const value = from && from.values[this.#table(like.table).layout.place(like.column)];
    if (value === undefined || value === null) return [];
    if (Object.hasOwn(where, like.column)) throw new UnfoldableChange(`${like.column} is named by both where and like.`);
    return table.matching({ ...where, [like.column]: value });
  }

  #copy(table: FoldedTable, where: Row, from: RowReference, columns: readonly string[]): void {
    const source = this.#referred(from);
    if (!source) return;
    const { layout } = this.#table(from.table);
    const set = Object.fromEntries(columns.map((column) => [column, source.values[layout.place(column)] ?? null]));
    for (const row of table.matching(where)) this.#set(table, row, set);
  }

  #referred({ table, key }: RowReference): FoldedRow | undefined {
    const [row, other] = this.#table(table).matching(key);
    if (other) throw new UnfoldableChange(`${table} has more than one row with the referenced key.`);
    return row;
  }

  #set(table: FoldedTable, row: FoldedRow, set: Row): void {
    const { layout } = table;
    const values = row.values.slice();
    for (const column in set) {
      const place = layout.place(column);
      const value = layout.checked(place, set[column]);
      if (layout.isKey(place) && value !== values[place]) throw new UnfoldableChange(`A key of ${layout.definition.name} cannot be changed.`);
      values[place] = value;
    }
    table.replace(row, values);
  }

  #delete(table: FoldedTable, row: FoldedRow, unless: Row | undefined): void {
    if (unless && !isUnlike(table.layout, row.values, unless)) return;
    table.remove(row);
  }

  #table(name: string): FoldedTable {
    const table = this.#tables.get(name);
    if (!table) throw new UnfoldableChange(`The projection has no table ${name}.`);
    return table;
  }
}

/** True when one of the columns has a different value. As in SQL, null neither equals nor differs. */
function isUnlike(layout: TableLayout, values: RowValues, row: Row): boolean {
  return Object.entries(row).some(([column, wanted]) => {
    const value = values[layout.place(column)] ?? null;
    return value !== null && wanted !== null && value !== wanted;
  });
}
