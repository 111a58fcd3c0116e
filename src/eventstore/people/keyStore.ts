import type { StoreProblem } from '../eventStore';

/** A stored key, or the record of a destroyed one. */
export type KeptKey = { readonly wrapped: string } | { readonly erasedAs: number };

/** A stored key that is wrapped. */
export interface WrappedKey {
  readonly id: string;
  readonly wrapped: string;
}

/** A key that is wrapped anew. */
export interface Rewrapping extends WrappedKey {
  /** The text that is replaced. When the store holds another one, the key stays as it is. */
  readonly before: string;
}

/**
 * The store of people's encrypted (wrapped) keys, apart from the log, for all processes that share the log. Ids reveal
 * nothing without SECRET_KEY. Adapters: `embedded/keyStore.ts`, `eventStoreDb/keyStore.ts`.
 */
export interface KeyStore {
  /**
   * Stores the check value of the log's first SECRET_KEY, unless one is stored. Returns the stored value.
   * @throws StoreUnavailable
   */
  keepCheck(check: string): Promise<string>;
  /** The stored key ring; null while SECRET_KEY was never exchanged. @throws StoreUnavailable */
  ring(): Promise<string | null>;
  /** Stores a key ring in place of `before`. Returns false when another one is stored. @throws StoreUnavailable */
  keepRing(ring: string, before: string | null): Promise<boolean>;
  /** The stored or destroyed keys among these, by id. @throws StoreUnavailable */
  find(ids: readonly string[]): Promise<ReadonlyMap<string, KeptKey>>;
  /** Stores a new key durably. Returns the key under that id, which may be an older one. @throws StoreUnavailable */
  add(id: string, wrapped: string): Promise<KeptKey>;
  /** All keys that are wrapped, in batches. Some may have been replaced or destroyed since. @throws StoreUnavailable */
  wrapped(): AsyncIterable<readonly WrappedKey[]>;
  /** Replaces wrapped keys that are still as given, and are not destroyed. @throws StoreUnavailable */
  rewrap(changes: readonly Rewrapping[]): Promise<void>;
  /** Destroys the keys of one person. Returns the person's number, which a repeated call returns again. @throws StoreUnavailable */
  erase(ids: readonly string[]): Promise<number>;
  /** The number that destroying these keys would return, unless somebody else is erased before. @throws StoreUnavailable */
  numberFor(ids: readonly string[]): Promise<number>;
  /** Number of erasures so far. @throws StoreUnavailable */
  erasures(): Promise<number>;
  /** Why new keys cannot be written; null while they can, and for keys on another machine. */
  readonly problem: StoreProblem | null;
  /** Checks the files of the keys. The result is `problem`. Never throws. */
  probe(): void;
  close(): Promise<void>;
}

/** The keys were wrapped with another SECRET_KEY, or are damaged. */
export class KeysUnreadable extends Error {
  override readonly name = 'KeysUnreadable';
}
