import type { Row, SqlValue, TableDefinition } from './projection';

/** A row change that cannot be applied in memory, because it might violate a constraint or compare values of different types. */
export class UnfoldableChange extends Error {
  override readonly name = 'UnfoldableChange';
}

/** Values of a row in the order of its table's columns. */
export type RowValues = SqlValue[];

interface Column {
  readonly type: 'string' | 'number';
  readonly nullable: boolean;
  readonly isKey: boolean;
  /** The texts that the column's check allows; undefined without a check. */
  readonly allowed: ReadonlySet<unknown> | undefined;
  /** Value for rows that do not name the column. */
  readonly absent: SqlValue;
  /** Whether a new row must name the column. */
  readonly required: boolean;
}

/** The supported column declarations. */
const DECLARED = /^(TEXT|INTEGER)( NOT NULL)?(?: DEFAULT (\d+))?(?: CHECK \(\w+ IN \(('\w+'(?:, '\w+')*)\)\))?$/;

const KEY_SEPARATOR = '\0';

/** Layout of a table's rows in memory: arrays of values, identified by a text that encodes their key. */
export class TableLayout {
  readonly columns: readonly string[];
  readonly #columns: readonly Column[];
  readonly #places: ReadonlyMap<string, number>;
  readonly #key: readonly number[];
  readonly #required: number;
  readonly #absent: RowValues;

  /** Parses the column declarations. @throws UnfoldableChange for a type other than TEXT and INTEGER, or a check other than a list of texts. */
  constructor(readonly definition: TableDefinition) {
    this.columns = Object.keys(definition.columns);
    this.#columns = Object.entries(definition.columns).map(([name, type]) => columnOf(definition, name, type));
    this.#places = new Map(this.columns.map((column, place) => [column, place]));
    this.#key = definition.primaryKey.map((column) => this.place(column));
    this.#required = this.#columns.filter(({ required }) => required).length;
    this.#absent = this.#columns.map(({ absent }) => absent);
  }

  /** Index of the column's value. @throws UnfoldableChange for a column that the table does not have. */
  place(column: string): number {
    const place = this.#places.get(column);
    if (place === undefined) throw new UnfoldableChange(`${this.definition.name} has no column ${column}.`);
    return place;
  }

  /** Builds a new row. @throws UnfoldableChange when the table might reject it. */
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
    if (required !== this.#required) throw new UnfoldableChange(`A row of ${this.definition.name} must name all NOT NULL columns.`);
    return values;
  }

  /** Returns the value if the column can hold it. @throws UnfoldableChange otherwise. */
  checked(place: number, value: unknown): SqlValue {
    const column = this.#columns[place];
    if (column) {
      if (value === null && column.nullable) return value;
      if (typeof value === 'string' && column.type === 'string' && column.allowed?.has(value) !== false) return value;
      if (typeof value === 'number' && column.type === 'number' && Number.isSafeInteger(value)) return value;
    }
    throw new UnfoldableChange(`${this.definition.name}.${this.columns[place] ?? ''} might reject a value.`);
  }

  /** Checks the values of some columns. @throws UnfoldableChange for a value that its column cannot hold. */
  check(part: Row): void {
    for (const column in part) this.checked(this.place(column), part[column]);
  }

  /** True for a column of the primary key. */
  isKey(place: number): boolean {
    return this.#columns[place]?.isKey === true;
  }

  /** Encodes the key of a row as a text whose order is close to the table's. @throws UnfoldableChange when another key could have the same text. */
  keyOf(values: readonly SqlValue[]): string {
    return this.#keyText((place) => values[place]);
  }

  /** Decodes a key into values in the order of the primary key. */
  keyParts(key: string): readonly SqlValue[] {
    const [parts, last] = [key.split(KEY_SEPARATOR), this.#key.length - 1];
    const texts = [...parts.slice(0, last), parts.slice(last).join(KEY_SEPARATOR)];
    return this.#key.map((place, index) => (this.#columns[place]?.type === 'number' ? Number(texts[index]) : (texts[index] ?? null)));
  }

  /** Encodes the key that the row names; undefined when it does not name all columns of one. */
  keyIn(row: Row): string | undefined {
    const { primaryKey } = this.definition;
    for (const column of primaryKey) if (!Object.hasOwn(row, column)) return undefined;
    return this.#keyText((place) => this.checked(place, row[this.columns[place] ?? '']));
  }

  /** True when the values match `where`. As in SQL, null equals nothing. */
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
      if (value.includes(KEY_SEPARATOR)) throw new UnfoldableChange(`A key of ${this.definition.name} contains the separator of its parts.`);
      text += value + KEY_SEPARATOR;
    }
    return text + String(valueAt(this.#key[last] ?? 0));
  }
}

function columnOf({ name: table, primaryKey }: TableDefinition, name: string, declared: string): Column {
  const [, type, notNull, byDefault, allowed] = DECLARED.exec(declared) ?? [];
  if (type === undefined) throw new UnfoldableChange(`The column ${name} of ${table} is declared as ${declared}. Supported are TEXT and INTEGER, NOT NULL, a whole number as DEFAULT, and CHECK with a list of texts.`);
  return {
    type: type === 'TEXT' ? 'string' : 'number',
    nullable: notNull === undefined,
    isKey: primaryKey.includes(name),
    allowed: allowed === undefined ? undefined : new Set(allowed.split(', ').map((text) => text.slice(1, -1))),
    absent: byDefault === undefined ? null : Number(byDefault),
    required: notNull !== undefined && byDefault === undefined,
  };
}
