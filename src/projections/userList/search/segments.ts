import { setImmediate as nextTurn } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { ReadModelDatabase } from '../../engine/database';
import { USER_LIST_TABLES } from '../tables';
import { SEGMENT_SIZE, SearchSegment } from './segment';

/** Memory of all segments. Above it the least recently used ones are dropped; a search reads their rows instead. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Segments of one app that are kept, about half of all. The rows of later ones are read. */
const MAX_SEGMENTS_OF_APP = 350;

const BYTES_PER_SEGMENT = 200;

interface TextsRow {
  readonly number: number;
  readonly name: string | null;
  readonly keapId: string | null;
  readonly normalized: string | null;
}

/** A range of numbers of an app's search table, with its index if there is one. */
export interface SegmentRange {
  /** First number. */
  readonly from: number;
  /** Last number. */
  readonly to: number;
  readonly segment: SearchSegment | undefined;
}

/**
 * The indexes of apps that are searched, in memory. The rows of a full segment keep their texts, so an index never becomes
 * wrong. A segment is built in the background after its app was searched twice, one at a time.
 */
export class SearchSegments {
  readonly #segments: LRUCache<string, SearchSegment>;
  readonly #searched = new LRUCache<string, true>({ max: 1_000 });
  readonly #building = new Map<string, Promise<void>>();
  #generation: number;

  constructor(
    private readonly database: ReadModelDatabase,
    maxBytes = MAX_BYTES,
  ) {
    this.#segments = new LRUCache({ maxSize: maxBytes, sizeCalculation: ({ bytes }) => bytes + BYTES_PER_SEGMENT });
    this.#generation = database.generation;
  }

  /** Returns all numbers of an app as ranges of a segment each, in order. `database` is the live one or a snapshot of it. */
  rangesOf(appId: string, database: ReadModelDatabase): readonly SegmentRange[] {
    this.#forgetOtherTables();
    const end = lastNumber(database, appId) + 1;
    const full = Math.floor(end / SEGMENT_SIZE);
    const ranges = Array.from({ length: Math.ceil(end / SEGMENT_SIZE) }, (_, index): SegmentRange => ({
      from: index * SEGMENT_SIZE,
      to: (index + 1) * SEGMENT_SIZE - 1,
      segment: index < full ? this.#segments.get(keyOf(appId, index)) : undefined,
    }));
    this.#note(appId, full);
    return ranges;
  }

  /** Waits until the indexes of an app that are being built are complete. */
  async built(appId: string): Promise<void> {
    await this.#building.get(appId);
  }

  #note(appId: string, full: number): void {
    const wasSearched = this.#searched.has(appId);
    this.#searched.set(appId, true);
    if (!wasSearched || this.#building.has(appId)) return;
    const missing = Array.from({ length: Math.min(full, MAX_SEGMENTS_OF_APP) }, (_, index) => index).filter((index) => !this.#segments.has(keyOf(appId, index)));
    if (missing.length === 0) return;
    // Nobody waits for an index. Whatever fails here fails the next search too, which reads the rows and says so.
    this.#building.set(appId, this.#build(appId, missing).catch(() => undefined).finally(() => { this.#building.delete(appId); }));
  }

  async #build(appId: string, missing: readonly number[]): Promise<void> {
    const generation = this.#generation;
    for (const index of missing) {
      await nextTurn();
      if (this.database.generation !== generation || !this.database.isOpen) return;
      this.#segments.set(keyOf(appId, index), this.#read(appId, index * SEGMENT_SIZE));
    }
  }

  #read(appId: string, from: number): SearchSegment {
    const rows = this.database.all<TextsRow>(
      `SELECT number, name_key AS name, keap_id_key AS keapId, nullif(keap_id_normalized, keap_id_key) AS normalized
        FROM ${USER_LIST_TABLES.search} WHERE app_id = ? AND number BETWEEN ? AND ? AND user_id IS NOT NULL`,
      [appId, from, from + SEGMENT_SIZE - 1],
    );
    return new SearchSegment(from, rows.map(({ number, name, keapId, normalized }) => ({ number, texts: [name, keapId, normalized] })));
  }

  /** The tables of another file number users in another way. */
  #forgetOtherTables(): void {
    if (this.#generation === this.database.generation) return;
    this.#generation = this.database.generation;
    this.#segments.clear();
    this.#searched.clear();
  }
}

/** The greatest number of an app's users; -1 when it has none. */
export const lastNumber = (database: ReadModelDatabase, appId: string): number =>
  database.get<{ readonly last: number | null }>(`SELECT max(number) AS last FROM ${USER_LIST_TABLES.search} WHERE app_id = ?`, [appId])?.last ?? -1;

const keyOf = (appId: string, index: number): string => `${appId} ${index}`;
