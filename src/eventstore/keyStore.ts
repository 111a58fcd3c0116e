/** A key as it is kept, or what is left of one that was destroyed. */
export type KeptKey = { readonly wrapped: string } | { readonly erasedAs: number };

/**
 * Where the keys of people are kept, wrapped, apart from the log, for all processes that share a log. Ids tell nothing
 * without SECRET_KEY. Adapters: `embeddedKeyStore.ts`, `eventStoreDbKeyStore.ts`.
 */
export interface KeyStore {
  /**
   * Keeps what tells whether SECRET_KEY is the one that the keys were wrapped under, where nothing is kept yet.
   * @returns what is kept. @throws StoreUnavailable
   */
  keepCheck(check: string): Promise<string>;
  /** Those of the keys that are kept or were destroyed, by id. @throws StoreUnavailable */
  find(ids: readonly string[]): Promise<ReadonlyMap<string, KeptKey>>;
  /** Keeps a new key, durably. @returns what stands under that id, which may be older. @throws StoreUnavailable */
  add(id: string, wrapped: string): Promise<KeptKey>;
  /** Destroys keys that are all one person's, under one number, which stays when it is done again. @throws StoreUnavailable */
  erase(ids: readonly string[]): Promise<number>;
  /** How many times something was erased. @throws StoreUnavailable */
  erasures(): Promise<number>;
  close(): Promise<void>;
}

/** The keys were wrapped under another SECRET_KEY, or are not what was written. */
export class KeysUnreadable extends Error {
  override readonly name = 'KeysUnreadable';
}
