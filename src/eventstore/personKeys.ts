import { BoundedCache } from './boundedCache';
import { KeysUnreadable, type KeptKey, type KeyStore } from './keyStore';
import { KeyWrapping, newPersonKey } from './personEnvelope';

/** A person's key, ready to use. */
export interface PersonKey {
  readonly id: string;
  readonly key: Buffer;
}

/** What an envelope needs to be read: a key, or the number under which the person was erased. */
export type Opener = PersonKey | { readonly erasedAs: number };

/** What became of erasing. */
export interface Erased {
  readonly number: number;
  /** ids of the keys that are gone. */
  readonly keyIds: readonly string[];
}

/** Most keys that are kept in memory. */
const MOST_CACHED = 10_000;

/** The keys of people: one for each normalized address at a time, made when it is first needed. */
export class PersonKeys {
  readonly #wrapping: KeyWrapping;
  readonly #openers: BoundedCache<string, Opener>;
  readonly #current: BoundedCache<string, PersonKey>;
  readonly #making = new Map<string, Promise<PersonKey>>();
  #checked: Promise<void> | null = null;

  /** @param normalized the form in which addresses are compared. */
  constructor(
    private readonly store: KeyStore,
    secretKey: Buffer,
    private readonly normalized: (address: string) => string,
    mostCached = MOST_CACHED,
  ) {
    this.#wrapping = new KeyWrapping(secretKey);
    this.#openers = new BoundedCache(mostCached);
    this.#current = new BoundedCache(mostCached);
  }

  /** How many keys are in memory. */
  get cached(): number {
    return this.#openers.size + this.#current.size;
  }

  /** Makes sure that SECRET_KEY fits. @throws KeysUnreadable when it does not. @throws StoreUnavailable */
  async check(): Promise<void> {
    this.#checked ??= this.#compare().catch((error: unknown) => {
      this.#checked = null;
      throw error;
    });
    await this.#checked;
  }

  /** The key that the person's envelopes are sealed with now. @throws KeysUnreadable, StoreUnavailable */
  async sealingKey(address: string): Promise<PersonKey> {
    const normalized = this.normalized(address);
    const known = this.#current.get(normalized);
    if (known) return known;
    let making = this.#making.get(normalized);
    if (!making) {
      making = this.#findOrMake(normalized).finally(() => this.#making.delete(normalized));
      this.#making.set(normalized, making);
    }
    return making;
  }

  /** What opens the envelopes of those keys. @throws KeysUnreadable when one is missing or does not fit. @throws StoreUnavailable */
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
      const opener = this.#opener(id, kept.get(id));
      this.#openers.set(id, opener);
      found.set(id, opener);
    }
    return found;
  }

  /** The ids of the keys that there are for these addresses now, of the latest that was destroyed where there is none. @throws KeysUnreadable, StoreUnavailable */
  async idsOf(addresses: readonly string[]): Promise<readonly string[]> {
    await this.check();
    const ids: string[] = [];
    for (const address of addresses) {
      const { id, kept, before } = await this.#latest(this.normalized(address));
      const existing = kept ? id : before;
      if (existing !== undefined) ids.push(existing);
    }
    return [...new Set(ids)];
  }

  /** Destroys keys of one person, for ever. @throws StoreUnavailable */
  async erase(keyIds: readonly string[]): Promise<Erased> {
    const number = await this.store.erase(keyIds);
    this.#openers.clear();
    this.#current.clear();
    return { number, keyIds };
  }

  /** How many times something was erased. @throws StoreUnavailable */
  async erasures(): Promise<number> {
    return this.store.erasures();
  }

  async close(): Promise<void> {
    await this.store.close();
  }

  async #compare(): Promise<void> {
    if ((await this.store.keepCheck(this.#wrapping.check)) !== this.#wrapping.check) {
      throw new KeysUnreadable('SECRET_KEY is not the one that the keys of people were wrapped under, so that nobody\'s name could be read. Give this process the SECRET_KEY (or the file secret.key) that it had before.');
    }
  }

  async #findOrMake(normalized: string): Promise<PersonKey> {
    await this.check();
    for (;;) {
      const { id, kept } = await this.#latest(normalized);
      const now = kept ?? (await this.store.add(id, this.#wrapping.wrap(id, newPersonKey())));
      const opener = this.#opener(id, now);
      // It was destroyed between the two questions.
      if ('erasedAs' in opener) continue;
      this.#current.set(normalized, opener);
      return opener;
    }
  }

  /** The first key of the address that was not destroyed, or its place. */
  async #latest(normalized: string): Promise<{ readonly id: string; readonly kept: KeptKey | undefined; readonly before: string | undefined }> {
    let before: string | undefined;
    for (let generation = 0; ; generation += 1) {
      const id = this.#wrapping.idOf(normalized, generation);
      const kept = (await this.store.find([id])).get(id);
      if (!kept || 'wrapped' in kept) return { id, kept, before };
      before = id;
    }
  }

  #opener(id: string, kept: KeptKey | undefined): Opener {
    if (!kept) throw new KeysUnreadable(`the key ${id} is missing, and was not erased. Put the keys of people back from a backup.`);
    if ('erasedAs' in kept) return kept;
    try {
      return { id, key: this.#wrapping.unwrap(id, kept.wrapped) };
    } catch (cause) {
      throw new KeysUnreadable(`the key ${id} cannot be unwrapped: SECRET_KEY is another one, or the kept key is damaged`, { cause });
    }
  }
}
