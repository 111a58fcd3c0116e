import { createHash } from 'node:crypto';
import type { ApolloServerOptions, BaseContext } from '@apollo/server';
import { LRUCache } from 'lru-cache';
import type { Safelist } from './safelist';

type PersistedQueries = Exclude<ApolloServerOptions<BaseContext>['persistedQueries'], false | undefined>;
type Cache = NonNullable<PersistedQueries['cache']>;

const MAX_CHARACTERS = 2_000_000;
const MAX_CHARACTERS_EACH = 64_000;
/** What Apollo Server puts before each hash. */
const PREFIX = /^apq:/;

/** Operations that clients ask for by their hash: those that they registered by sending them once, within a bound; with a safelist those in it, and no others. */
export class PersistedOperations {
  readonly #registered = new LRUCache<string, string>({ maxSize: MAX_CHARACTERS, maxEntrySize: MAX_CHARACTERS_EACH, sizeCalculation: (source) => Math.max(1, source.length) });

  constructor(private readonly safelist: Safelist | null) {}

  /** The text of a registered operation. */
  sourceOf(hash: string): string | undefined {
    return this.safelist === null ? this.#registered.get(hash) : this.safelist.sourceOf(hash);
  }

  /** Whether an operation that comes as text is answered. */
  admits(source: string): boolean {
    return this.safelist === null || this.safelist.sourceOf(createHash('sha256').update(source).digest('hex')) !== undefined;
  }

  /** The same as Apollo Server wants to have it. */
  readonly cache: Cache = {
    get: (key) => Promise.resolve(this.sourceOf(key.replace(PREFIX, ''))),
    set: (key, source) => {
      if (this.safelist === null) this.#registered.set(key.replace(PREFIX, ''), source);
      return Promise.resolve();
    },
    delete: (key) => Promise.resolve(this.#registered.delete(key.replace(PREFIX, ''))),
  };
}
