import { setImmediate as nextTurn } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { type StoreProblem, StoreUnavailable } from '../eventStore';
import { KeyWrapping, newPersonKey, ringKeyOf } from './envelope';
import { KeyRing, type SecretKeys } from './keyRing';
import { type KeptKey, type KeyStore, KeysUnreadable, type Rewrapping } from './keyStore';

/** A person's key, ready to use. */
export interface PersonKey {
  readonly id: string;
  readonly key: Buffer;
}

/** What opens an envelope: a key, or the number of an erased person. */
export type Opener = PersonKey | { readonly erasedAs: number };

/** The result of an erasure. */
export interface Erased {
  readonly number: number;
  /** Ids of the destroyed keys. */
  readonly keyIds: readonly string[];
}

/** Keys kept in memory. Beyond that, the one that was used longest ago is dropped. */
const MAX_CACHED = 10_000;

/** How often the progress of an exchange is told. */
const TOLD_EVERY_MS = 10_000;

/** The keys of people: one current key per normalized address, created on first use. */
export class PersonKeys {
  /** The keys that ids, links and the wrapping of people's keys derive from. */
  readonly ring: KeyRing;
  readonly #openers: LRUCache<string, Opener>;
  readonly #current: LRUCache<string, PersonKey>;
  readonly #creating = new Map<string, Promise<PersonKey>>();
  #wrappingOfRing: KeyWrapping | null = null;
  /** A key that was found damaged or missing; it stays so until the next start. */
  #damage: StoreProblem | null = null;

  /** @param normalized the form in which addresses are compared. */
  constructor(
    private readonly store: KeyStore,
    secrets: SecretKeys,
    private readonly normalized: (address: string) => string,
    maxCached = MAX_CACHED,
  ) {
    this.ring = new KeyRing(store, secrets);
    this.#openers = new LRUCache({ max: maxCached });
    this.#current = new LRUCache({ max: maxCached });
  }

  /** Number of keys in memory. */
  get cached(): number {
    return this.#openers.size + this.#current.size;
  }

  /** Checks that the keys belong to SECRET_KEY, and begins an exchange of SECRET_KEY. @throws KeysUnreadable when they do not. @throws StoreUnavailable */
  async check(): Promise<void> {
    await this.ring.load();
  }

  /**
   * Wraps the keys of people under the ring's newest key where SECRET_KEY was exchanged. An interrupted exchange goes on where it was.
   * @param tell called with sentences about the progress.
   * @throws KeysUnreadable. @throws StoreUnavailable
   */
  async finishExchange(tell: (message: string) => void, signal?: AbortSignal): Promise<void> {
    await this.check();
    if (!this.ring.isExchangeOpen) return;
    const newest = this.ring.keys.length - 1;
    const wrapping = this.#wrapping;
    let [seen, unreadable, told] = [0, 0, performance.now()];
    tell('SECRET_KEY was exchanged. The keys of people are being encrypted under the new one.');
    for await (const batch of this.store.wrapped()) {
      const changes: Rewrapping[] = [];
      for (const { id, wrapped } of batch.filter((key) => ringKeyOf(key.wrapped) < newest)) {
        try {
          changes.push({ id, before: wrapped, wrapped: wrapping.wrap(id, wrapping.unwrap(id, wrapped)) });
        } catch {
          unreadable += 1;
        }
      }
      if (changes.length > 0) await this.store.rewrap(changes);
      seen += batch.length;
      if (signal?.aborted === true) return;
      if (performance.now() - told > TOLD_EVERY_MS) {
        told = performance.now();
        tell(`${seen} keys of people are encrypted under the new SECRET_KEY.`);
      }
      await nextTurn();
    }
    const complete = await this.ring.settle(newest);
    if (unreadable > 0) tell(`${unreadable} keys of people are damaged and were left as they are. Restore them from a backup.`);
    tell(complete ? 'All keys of people are encrypted under SECRET_KEY. The previous one opens nothing any more.'
      : 'All keys of people are encrypted under the new SECRET_KEY. When every process runs with it, start them without SECRET_KEY_PREVIOUS to end the exchange.');
  }

  /** The current key for sealing the person's envelopes. @throws KeysUnreadable, StoreUnavailable */
  async sealingKey(address: string): Promise<PersonKey> {
    const normalized = this.normalized(address);
    const known = this.#current.get(normalized);
    if (known) return known;
    let creating = this.#creating.get(normalized);
    if (!creating) {
      creating = this.#findOrCreate(normalized).finally(() => this.#creating.delete(normalized));
      this.#creating.set(normalized, creating);
    }
    return creating;
  }

  /** Creates the keys of people who have none, in as few flushes to disk as the store can. @throws KeysUnreadable, StoreUnavailable */
  async prepare(addresses: readonly string[]): Promise<void> {
    await Promise.all(addresses.map((address) => this.sealingKey(address)));
  }

  /** What opens the envelopes sealed with these keys. @throws KeysUnreadable when a key is missing. @throws StoreUnavailable, also when one is damaged */
  async openers(ids: ReadonlySet<string>): Promise<ReadonlyMap<string, Opener>> {
    const found = new Map<string, Opener>();
    const missing: string[] = [];
    for (const id of ids) {
      const known = this.#openers.get(id);
      if (known) found.set(id, known);
      else missing.push(id);
    }
    if (missing.length === 0) return found;
    await this.check();
    const kept = await this.store.find(missing);
    for (const id of missing) {
      const opener = await this.#opener(id, kept.get(id));
      this.#openers.set(id, opener);
      found.set(id, opener);
    }
    return found;
  }

  /** The ids of the current keys of these normalized addresses, or of the last destroyed key where there is no current one. @throws KeysUnreadable, StoreUnavailable */
  async idsOf(addresses: readonly string[]): Promise<readonly string[]> {
    await this.check();
    const ids: string[] = [];
    for (const address of addresses) {
      const { id, kept, before } = await this.#latest(address);
      const existing = kept ? id : before;
      if (existing !== undefined) ids.push(existing);
    }
    return [...new Set(ids)];
  }

  /** Destroys the keys of one person irrevocably. @throws StoreUnavailable */
  async erase(keyIds: readonly string[]): Promise<Erased> {
    const number = await this.store.erase(keyIds);
    this.#openers.clear();
    this.#current.clear();
    return { number, keyIds };
  }

  /** The number that the person gets when these keys are destroyed. @throws StoreUnavailable */
  async numberFor(keyIds: readonly string[]): Promise<number> {
    return this.store.numberFor(keyIds);
  }

  /** Number of erasures so far. @throws StoreUnavailable */
  async erasures(): Promise<number> {
    return this.store.erasures();
  }

  /** Why new keys cannot be written; null while they can. */
  get problem(): StoreProblem | null {
    return this.#damage ?? this.store.problem;
  }

  /** Checks the files of the keys. The result is `problem`. */
  probe(): void {
    this.store.probe();
  }

  async close(): Promise<void> {
    await this.store.close();
  }

  async #findOrCreate(normalized: string): Promise<PersonKey> {
    await this.check();
    for (;;) {
      const { id, kept } = await this.#latest(normalized);
      const now = kept ?? (await this.store.add(id, this.#wrapping.wrap(id, newPersonKey())));
      const opener = await this.#opener(id, now);
      // The key was destroyed between the two calls.
      if ('erasedAs' in opener) continue;
      this.#current.set(normalized, opener);
      return opener;
    }
  }

  /** The current key of the address, or the id for a new one. */
  async #latest(normalized: string): Promise<{ readonly id: string; readonly kept: KeptKey | undefined; readonly before: string | undefined }> {
    let before: string | undefined;
    for (let generation = 0; ; generation += 1) {
      const id = this.#wrapping.idOf(normalized, generation);
      const kept = (await this.store.find([id])).get(id);
      if (!kept || 'wrapped' in kept) return { id, kept, before };
      before = id;
    }
  }

  get #wrapping(): KeyWrapping {
    const { keys } = this.ring;
    if (this.#wrappingOfRing?.ring !== keys) this.#wrappingOfRing = new KeyWrapping(keys);
    return this.#wrappingOfRing;
  }

  async #opener(id: string, kept: KeptKey | undefined): Promise<Opener> {
    if (!kept) {
      const message = `the key ${id} is missing, and was not erased. Restore the keys of people from a backup.`;
      this.#damage = { what: 'FILE_DAMAGED', message };
      throw new KeysUnreadable(message);
    }
    if ('erasedAs' in kept) return kept;
    // Another process has exchanged SECRET_KEY since this one read the ring.
    if (ringKeyOf(kept.wrapped) >= this.ring.keys.length) await this.ring.refresh();
    try {
      return { id, key: this.#wrapping.unwrap(id, kept.wrapped) };
    } catch (cause) {
      const message = `The key ${id} of a person cannot be decrypted: it is damaged. Stop the service, and restore the keys of people from a backup.`;
      this.#damage = { what: 'FILE_DAMAGED', message };
      throw new StoreUnavailable(message, { cause, problem: this.#damage });
    }
  }
}
