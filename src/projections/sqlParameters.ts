import type { SqlValue } from './projection';

/** The values of a statement's numbered placeholders, collected while its text is put together. */
export class SqlParameters {
  readonly #values: SqlValue[] = [];

  /** Takes the value and gives its placeholder, which may stand in the text more than once. */
  add(value: SqlValue): string {
    this.#values.push(value);
    return `?${this.#values.length}`;
  }

  get values(): readonly SqlValue[] {
    return this.#values;
  }
}
