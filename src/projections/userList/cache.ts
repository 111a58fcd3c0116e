import { LRUCache } from 'lru-cache';
import { holderOf } from '../engine/changeSubjects';
import type { ReadModelDatabase } from '../engine/database';

/** Approximate size of all cached results. Above it the least recently used ones are dropped. */
const MAX_BYTES = 32 * 1024 * 1024;

interface CachedResult {
  readonly result: object | null;
  /** The version of the app, or of the holder of the Keap ID where that changed later (`ReadModelDatabase.versionOf`), that the result was read from. */
  readonly version: number;
  /** The first time at which the result is right. */
  readonly from: string;
  /** The first time at which it is wrong again, because an invitation expires; null for never. */
  readonly until: string | null;
}

/**
 * A cache of the results of queries about one app. It never returns an outdated one: a result counts until rows of the app
 * change or an invitation in it expires. Callers share a result and must not change it.
 */
export class AppResultsCache {
  readonly #results: LRUCache<string, CachedResult>;

  constructor(
    private readonly database: ReadModelDatabase,
    maxBytes = MAX_BYTES,
  ) {
    this.#results = new LRUCache({ maxSize: maxBytes, sizeCalculation: ({ result }, key) => bytesOf(result) + bytesOf(key) });
  }

  /** Returns the cached result of a question at the time `now`; undefined when there is none. The caller names its type. @param keapId the Keap ID whose holder the result depends on. */
  get<T extends object | null>(appId: string, question: string, now: string, keapId?: string): T | undefined {
    const known = this.#results.get(`${appId} ${question}`);
    if (known?.version !== this.#versionOf(appId, keapId)) return undefined;
    return known.from <= now && (known.until === null || now < known.until) ? known.result as T : undefined;
  }

  /** Drops a result, such as a promise that was rejected. */
  drop(appId: string, question: string): void {
    this.#results.delete(`${appId} ${question}`);
  }

  /** Caches a result that was read at the time `now`, and returns it. @param keapId as in `get`. */
  set<T extends object | null>(appId: string, question: string, now: string, result: T, until: string | null, keapId?: string): T {
    this.#results.set(`${appId} ${question}`, { result, version: this.#versionOf(appId, keapId), from: now, until });
    return result;
  }

  #versionOf(appId: string, keapId: string | undefined): number {
    const ofApp = this.database.versionOf(appId);
    return keapId === undefined ? ofApp : Math.max(ofApp, this.database.versionOf(holderOf(keapId)));
  }
}

const BYTES_PER_OBJECT = 40;
const BYTES_PER_FIELD = 8;

/** Estimates the memory of a value. Functions count as fields without content. */
function bytesOf(value: unknown): number {
  if (typeof value === 'string') return BYTES_PER_OBJECT + 2 * value.length;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce<number>((sum, one) => sum + BYTES_PER_FIELD + bytesOf(one), BYTES_PER_OBJECT);
}
