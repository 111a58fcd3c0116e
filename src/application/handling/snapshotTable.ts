import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import type { ReadableTable } from '../../domain/roster/tables';

/** Rows of a bucket, on average. A lookup reads one bucket. */
const ROWS_PER_BUCKET = 64;

/** Number of buckets for that many rows. */
export const bucketsFor = (rows: number): number => Math.ceil(rows / ROWS_PER_BUCKET);

/** The bucket of a key: FNV-1a, modulo the number of buckets. */
export function bucketOf(key: string, buckets: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return (hash >>> 0) % buckets;
}

/** Where the buckets of a table are in a snapshot. */
export interface TablePlace {
  /** Names of the fields of the rows' values, which are written without them; null for values that are no objects. */
  readonly fields: readonly string[] | null;
  /** Number of rows. */
  readonly size: number;
  /** Offset of the first bucket. */
  readonly start: number;
  /** Bytes of each bucket, one after the other. */
  readonly lengths: readonly number[];
}

/** The names of the fields that all values of a table have; null when they are no objects. */
export function fieldsOf(table: ReadableTable<unknown>): readonly string[] | null {
  for (const [, value] of table) return isRecord(value) ? Object.keys(value) : null;
  return null;
}

/** Returns the bytes of a bucket. */
export function deflatedBucket(rows: readonly (readonly [string, unknown])[], fields: readonly string[] | null): Buffer {
  const written = fields === null ? rows : rows.map(([key, value]) => [key, isRecord(value) ? fields.map((field) => value[field]) : value]);
  return deflateRawSync(JSON.stringify(written), { level: constants.Z_BEST_SPEED });
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A table in a snapshot, whose buckets are decompressed when they are read first. Its rows never change. */
export class SnapshotTable<V> implements ReadableTable<V> {
  readonly size: number;
  readonly #offsets: readonly number[];
  readonly #buckets: (ReadonlyMap<string, V> | undefined)[];
  readonly #fields: readonly string[] | null;
  #read = 0;

  /** @param bytes the whole snapshot. */
  constructor(
    private readonly bytes: Buffer,
    { size, start, lengths, fields }: TablePlace,
  ) {
    this.size = size;
    this.#fields = fields;
    const offsets = [start];
    for (const length of lengths) offsets.push((offsets.at(-1) ?? 0) + length);
    this.#offsets = offsets;
    this.#buckets = Array.from({ length: lengths.length });
  }

  /** Number of rows that were read, and are in memory. */
  get rowsRead(): number {
    return this.#read;
  }

  get(key: string): V | undefined {
    return this.#buckets.length === 0 ? undefined : this.#bucket(bucketOf(key, this.#buckets.length)).get(key);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  *[Symbol.iterator](): Generator<[string, V], void, undefined> {
    for (let index = 0; index < this.#buckets.length; index += 1) yield* this.#buckets[index] ?? this.#inflated(index);
  }

  #bucket(index: number): ReadonlyMap<string, V> {
    const known = this.#buckets[index];
    if (known) return known;
    const read = this.#inflated(index);
    this.#buckets[index] = read;
    this.#read += read.size;
    return read;
  }

  #inflated(index: number): ReadonlyMap<string, V> {
    const text = inflateRawSync(this.bytes.subarray(this.#offsets[index], this.#offsets[index + 1])).toString();
    const fields = this.#fields;
    if (fields === null) return new Map(JSON.parse(text) as [string, V][]);
    const rows = JSON.parse(text) as [string, readonly unknown[]][];
    return new Map(rows.map(([key, values]) => [key, Object.fromEntries(fields.map((field, place) => [field, values[place]])) as V]));
  }
}
