import type { Row, SqlValue, TableDefinition } from './projection';

/** A change that only the tables themselves can judge: it may break a constraint, or compare values of different types. */
export class UnfoldableChange extends Error {
  override readonly name = 'UnfoldableChange';
}

/** A row's values in the order of its table's columns. */
export type RowValues = SqlValue[];

interface Column {
  readonly type: 'string' | 'number';
  readonly nullable: boolean;
  readonly isKey: boolean;
  /** the only texts that it takes; undefined for all. */
  readonly allowed: ReadonlySet<unknown> | undefined;
  /** what a row gets that does not name the column. */
  readonly absent: SqlValue;
  /** whether a new row has to name it. */
  readonly required: boolean;
}

/** What columns may be declared as. */
const DECLARED = /^(TEXT|INTEGER)( NOT NULL)?(?: DEFAULT (\d+))?(?: CHECK \(\w+ IN \(('\w+'(?:, '\w+')*)\)\))?$/;

const KEY_SEPARATOR = '\0';

/** How rows of a table are held outside of it: as lists of values, found by a text made of their key. */
export class TableLayout {
  readonly columns: readonly string[];
  readonly #columns: readonly Column[];
  readonly #places: ReadonlyMap<string, number>;
  readonly #key: readonly number[];
  readonly #required: number;
  readonly #absent: RowValues;

  /** @throws UnfoldableChange for a column whose type is neither TEXT nor INTEGER, or whose check is more than a list of texts. */
  constructor(readonly definition: TableDefinition) {
    this.columns = Object.keys(definition.columns);
    this.#columns = Object.entries(definition.columns).map(([name, type]) => columnOf(definition, name, type));
    this.#places = new Map(this.columns.map((column, place) => [column, place]));
    this.#key = definition.primaryKey.map((column) => this.place(column));
    this.#required = this.#columns.filter(({ required }) => required).length;
    this.#absent = this.#columns.map(({ absent }) => absent);
  }

  /** Which of the values is the column's. @throws UnfoldableChange for a column that the table has not. */
  place(column: string): number {
    const place = this.#places.get(column);
    if (place === undefined) throw new UnfoldableChange(`${this.definition.name} has no column ${column}.`);
    return place;
  }

  /** A new row. @throws UnfoldableChange when a table could refuse it. */
  newRow(...parts: readonly Row[]): RowValues {
    const values = this.#absent.slice();
    let required = 0;
    for (const part of parts) {
      for (const column in part) {
        const place = this.place(column);
        values[place] = this.checked(place, part[column]);
        if (this.#columns[place]?.required === true) required += 1;
      }
    }
    if (required !== this.#required) throw new UnfoldableChange(`A row of ${this.definition.name} has to name all columns that are never null.`);
    return values;
  }

  /** The value as it would be stored. @throws UnfoldableChange when it is not what the column is for. */
  checked(place: number, value: unknown): SqlValue {
    const column = this.#columns[place];
    if (column) {
      if (value === null && column.nullable) return value;
      if (typeof value === 'string' && column.type === 'string' && column.allowed?.has(value) !== false) return value;
      if (typeof value === 'number' && column.type === 'number' && Number.isSafeInteger(value)) return value;
    }
    throw new UnfoldableChange(`${this.definition.name}.${this.columns[place] ?? ''} may not take what it was given.`);
  }

  /** Checks all values of a part of a row. @throws UnfoldableChange */
  check(part: Row): void {
    for (const column in part) this.checked(this.place(column), part[column]);
  }

  /** Whether the column is part of the primary key. */
  isKey(place: number): boolean {
    return this.#columns[place]?.isKey === true;
  }

  /** The key of a row with these values, as a text whose order is nearly that of the table. @throws UnfoldableChange when another row could have the same. */
  keyOf(values: readonly SqlValue[]): string {
    return this.#keyText((place) => values[place]);
  }

  /** The values of a key, in the order of the primary key. */
  keyParts(key: string): readonly SqlValue[] {
    const [parts, last] = [key.split(KEY_SEPARATOR), this.#key.length - 1];
    const texts = [...parts.slice(0, last), parts.slice(last).join(KEY_SEPARATOR)];
    return this.#key.map((place, index) => (this.#columns[place]?.type === 'number' ? Number(texts[index]) : (texts[index] ?? null)));
  }

  /** The key that the row names; undefined where it names only a part of one. */
  keyIn(row: Row): string | undefined {
    const { primaryKey } = this.definition;
    for (const column of primaryKey) if (!Object.hasOwn(row, column)) return undefined;
    return this.#keyText((place) => this.checked(place, row[this.columns[place] ?? '']));
  }

  /** Whether the row with these values has those of `where`; as in SQL, null equals nothing. */
  has(values: readonly SqlValue[], where: Row): boolean {
    for (const column in where) {
      const wanted = where[column] ?? null;
      if (wanted === null || values[this.place(column)] !== wanted) return false;
    }
    return true;
  }

  #keyText(valueAt: (place: number) => SqlValue | undefined): string {
    const last = this.#key.length - 1;
    let text = '';
    for (let index = 0; index < last; index += 1) {
      const value = String(valueAt(this.#key[index] ?? 0));
      if (value.includes(KEY_SEPARATOR)) throw new UnfoldableChange(`A key of ${this.definition.name} holds the character that separates its parts.`);
      text += value + KEY_SEPARATOR;
    }
    return text + String(valueAt(this.#key[last] ?? 0));
  }
}

function columnOf({ name: table, primaryKey }: TableDefinition, name: string, declared: string): Column {
  const [, type, notNull, byDefault, allowed] = DECLARED.exec(declared) ?? [];
  if (type === undefined) throw new UnfoldableChange(`The column ${name} of ${table} is declared as ${declared}; folded are TEXT and INTEGER, NOT NULL, a whole number as DEFAULT, and CHECK with a list of texts.`);
  return {
    type: type === 'TEXT' ? 'string' : 'number',
    nullable: notNull === undefined,
    isKey: primaryKey.includes(name),
    allowed: allowed === undefined ? undefined : new Set(allowed.split(', ').map((text) => text.slice(1, -1))),
    absent: byDefault === undefined ? null : Number(byDefault),
    required: notNull !== undefined && byDefault === undefined,
  };
}
