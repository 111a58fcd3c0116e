/** A collection of values by key, to read. */
export interface ReadableTable<V> extends Iterable<[string, V]> {
  readonly size: number;
  get(key: string): V | undefined;
  has(key: string): boolean;
}

/** A collection of values by key. A `Map` is one. */
export interface Table<V> extends ReadableTable<V> {
  set(key: string, value: V): unknown;
  delete(key: string): boolean;
  values(): Iterable<V>;
}

/** A table over another one, which stays as it is. Reads that find nothing here fall through; changes are kept here. */
export class OverlayTable<V> implements Table<V> {
  readonly #own = new Map<string, V>();
  readonly #deleted = new Set<string>();
  #added = 0;

  constructor(readonly below: ReadableTable<V>) {}

  /** Number of keys that were changed here. */
  get changed(): number {
    return this.#own.size + this.#deleted.size;
  }

  get size(): number {
    return this.below.size + this.#added - this.#deleted.size;
  }

  get(key: string): V | undefined {
    return this.#own.get(key) ?? (this.#deleted.has(key) ? undefined : this.below.get(key));
  }

  has(key: string): boolean {
    return this.#own.has(key) || (!this.#deleted.has(key) && this.below.has(key));
  }

  set(key: string, value: V): this {
    if (!this.#own.has(key) && !this.#deleted.delete(key) && !this.below.has(key)) this.#added += 1;
    this.#own.set(key, value);
    return this;
  }

  delete(key: string): boolean {
    if (!this.has(key)) return false;
    this.#own.delete(key);
    if (this.below.has(key)) this.#deleted.add(key);
    else this.#added -= 1;
    return true;
  }

  *[Symbol.iterator](): Generator<[string, V], void, undefined> {
    for (const [key, value] of this.below) if (!this.#deleted.has(key)) yield [key, this.#own.get(key) ?? value];
    for (const [key, value] of this.#own) if (!this.below.has(key)) yield [key, value];
  }

  *values(): Generator<V, void, undefined> {
    for (const [, value] of this) yield value;
  }
}
