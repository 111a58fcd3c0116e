import { setImmediate as nextTurn } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { ReadModelDatabase } from '../../engine/database';
import { USER_LIST_TABLES } from '../tables';
import { SEGMENT_SIZE } from './grams';
import { type Matches, type NumberedState, type NumberedUser, SearchSegment } from './segment';
import type { Reading } from './steps';

const { search: searched } = USER_LIST_TABLES;

/** Memory of all segments. Above it the least recently used ones are dropped; a search reads their rows instead. */
const MAX_BYTES = 96 * 1024 * 1024;

/** Segments of one app that are kept, most of those that there is memory for. The rows of later ones are read. */
const MAX_SEGMENTS_OF_APP = 280;

/** Searched texts whose users are remembered; at most 4 kB per segment each. */
const MAX_TEXTS = 20;

/** Changed rows that are read at once. */
const CHANGES_PER_STEP = 500;

const STATE_COLUMNS = 'number, user_id AS userId, kind, role, status, expires_at AS expiresAt, invited_at AS invitedAt, joined_at AS joinedAt';

/** A range of numbers of an app's search table, with its users in memory if they are. */
export interface SegmentRange {
  /** First number. */
  readonly from: number;
  /** Last number. */
  readonly to: number;
  readonly segment: SearchSegment | undefined;
}

/**
 * The users of apps that are searched, in memory. A segment is read in the background after its app was searched twice, one at
 * a time. The rows of a full segment keep their texts, and each search brings everything else up to date.
 */
export class SearchSegments {
  readonly #segments: LRUCache<string, SearchSegment>;
  readonly #matches = new LRUCache<string, WeakMap<SearchSegment, Matches>>({ max: MAX_TEXTS });
  readonly #searched = new LRUCache<string, true>({ max: 1_000 });
  readonly #building = new Map<string, Promise<void>>();
  #generation: number;

  constructor(
    private readonly database: ReadModelDatabase,
    maxBytes = MAX_BYTES,
  ) {
    this.#segments = new LRUCache({ maxSize: maxBytes, sizeCalculation: ({ bytes }) => bytes });
    this.#generation = database.generation;
  }

  /** Returns all numbers of an app as ranges of a segment each, in order, after all changes. `database` is the live one or a snapshot of it, for which only rows are right. */
  *rangesOf(appId: string, database: ReadModelDatabase): Reading<readonly SegmentRange[]> {
    this.#forgetOtherTables();
    const { lastNumber, lastChange } = lastOf(database, appId);
    const end = lastNumber + 1;
    const full = Math.floor(end / SEGMENT_SIZE);
    const isInMemory = database === this.database && !database.isTrial;
    const ranges = Array.from({ length: Math.ceil(end / SEGMENT_SIZE) }, (_, index): SegmentRange => ({
      from: index * SEGMENT_SIZE,
      to: (index + 1) * SEGMENT_SIZE - 1,
      segment: isInMemory && index < full ? this.#segments.get(keyOf(appId, index)) : undefined,
    }));
    if (isInMemory) this.#note(appId, ranges.slice(0, Math.min(full, MAX_SEGMENTS_OF_APP)));
    yield* this.#update(appId, ranges, lastChange);
    return ranges;
  }

  /** Returns the users of a segment that have a text, as `SearchSegment.matches`. */
  matches(segment: SearchSegment, search: string): Matches {
    const known = this.#matches.get(search) ?? new WeakMap<SearchSegment, Matches>();
    this.#matches.set(search, known);
    const matches = known.get(segment) ?? segment.matches(search);
    known.set(segment, matches);
    return matches;
  }

  /** Waits until the users of an app that are being read are in memory. */
  async built(appId: string): Promise<void> {
    await this.#building.get(appId);
  }

  /** Reads what has changed since the segments were read, up to the last change. */
  *#update(appId: string, ranges: readonly SegmentRange[], lastChange: number): Reading<void> {
    const segments = ranges.flatMap(({ segment }) => segment ?? []);
    let upTo = segments.reduce((least, segment) => Math.min(least, segment.upTo), lastChange);
    while (upTo < lastChange) {
      const changes = this.database.all<NumberedState & { readonly changed: number }>(
        `SELECT ${STATE_COLUMNS}, changed FROM ${searched} WHERE app_id = ? AND changed > 0 AND changed > ? ORDER BY changed LIMIT ${CHANGES_PER_STEP}`,
        [appId, upTo],
      );
      for (const change of changes) ranges[Math.floor(change.number / SEGMENT_SIZE)]?.segment?.follow(change);
      upTo = changes.at(-1)?.changed ?? lastChange;
      yield;
    }
    for (const segment of segments) segment.upTo = lastChange;
  }

  #note(appId: string, ranges: readonly SegmentRange[]): void {
    const wasSearched = this.#searched.has(appId);
    this.#searched.set(appId, true);
    if (!wasSearched || this.#building.has(appId)) return;
    const missing = ranges.flatMap(({ segment }, index) => (segment ? [] : [index]));
    if (missing.length === 0) return;
    // Nobody waits for a segment. Whatever fails here fails the next search too, which reads the rows and says so.
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
    const { lastChange } = lastOf(this.database, appId);
    const users = this.database.all<NumberedUser>(
      `SELECT ${STATE_COLUMNS}, name_key AS name, keap_id_key AS keapId, nullif(keap_id_normalized, keap_id_key) AS normalized
        FROM ${searched} WHERE app_id = ? AND number BETWEEN ? AND ? AND user_id IS NOT NULL`,
      [appId, from, from + SEGMENT_SIZE - 1],
    );
    return new SearchSegment(from, users, lastChange);
  }

  /** The tables of another file number users in another way. */
  #forgetOtherTables(): void {
    if (this.#generation === this.database.generation) return;
    this.#generation = this.database.generation;
    this.#segments.clear();
    this.#searched.clear();
  }
}

/** The last ones of an app's table. */
interface LastOnes {
  /** The greatest number of a user; -1 when there is none. */
  readonly lastNumber: number;
  /** The number of the last change; 0 when there was none. */
  readonly lastChange: number;
}

/** Returns the last number and change of an app's users. */
export function lastOf(database: ReadModelDatabase, appId: string): LastOnes {
  const last = (column: string, condition: string, none: number): string => `coalesce((SELECT max(${column}) FROM ${searched} WHERE app_id = ?1${condition}), ${none})`;
  const found = database.get<LastOnes>(`SELECT ${last('number', '', -1)} AS lastNumber, ${last('changed', ' AND changed > 0', 0)} AS lastChange`, [appId]);
  return found ?? { lastNumber: -1, lastChange: 0 };
}

const keyOf = (appId: string, index: number): string => `${appId} ${index}`;
