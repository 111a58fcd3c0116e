import { randomBytes } from 'node:crypto';
import { isJsonObject } from '../appendChecks';
import type { JsonObject } from '../eventStore';
import { checkOf, sealRing, unsealRing } from './envelope';
import { type KeyStore, KeysUnreadable } from './keyStore';

/** The secret keys that a process was started with. */
export interface SecretKeys {
  /** SECRET_KEY, 32 bytes. */
  readonly current: Buffer;
  /** SECRET_KEY_PREVIOUS, the key before an exchange. */
  readonly previous?: Buffer | null;
  /** Set when nothing may be written: an exchange is not begun. */
  readonly readOnly?: boolean;
  /** A copy of the stored ring, with which a process starts while its store cannot be reached. */
  readonly copy?: RingCopy;
}

/** A copy of the stored ring in a place that can always be read. The ring is sealed. */
export interface RingCopy {
  read(): string | null;
  write(ring: string): void;
}

/** The ring as it is stored. A log whose SECRET_KEY was never exchanged has none. */
interface StoredRing {
  /** The ring's keys, sealed under each SECRET_KEY that opens them, by the check value of that SECRET_KEY. */
  readonly seals: Readonly<Record<string, string>>;
  /** Check value of the SECRET_KEY that the last exchange led to. */
  readonly current: string;
  /** Number of the ring's key under which all keys of people were wrapped last. */
  readonly wrappedUnder: number;
}

interface Opened {
  readonly keys: readonly Buffer[];
  readonly stored: StoredRing | null;
  /** What has to be stored before the keys may be used. */
  readonly next: StoredRing | null;
}

const RING_KEY_BYTES = 32;

/**
 * The keys that a log's secrets derive from. The first one is the SECRET_KEY that the log began with. Ids derive from it, which never
 * change. Each exchange of SECRET_KEY adds a random key: new links and the wrapping of people's keys derive from the newest one. The
 * ring is stored sealed under SECRET_KEY, during an exchange also under the previous one, so that processes with either of them work.
 */
export class KeyRing {
  #keys: readonly Buffer[] | null = null;
  #stored: StoredRing | null = null;
  #loading: Promise<void> | null = null;
  #loaded = false;

  constructor(
    private readonly store: Pick<KeyStore, 'ring' | 'keepRing' | 'keepCheck'>,
    private readonly secrets: SecretKeys,
  ) {}

  /** All keys, the oldest first. Before `load`, those of the last run. */
  get keys(): readonly Buffer[] {
    return (this.#keys ??= this.#presumed());
  }

  /** The key that ids derive from, 32 bytes. */
  get identity(): Buffer {
    const [first = this.secrets.current] = this.keys;
    return first;
  }

  /** Whether keys of people are still wrapped under an older key, or a previous SECRET_KEY still opens the ring although it is no longer configured. */
  get isExchangeOpen(): boolean {
    const { readOnly = false } = this.secrets;
    return this.#stored !== null && !readOnly && (this.#stored.wrappedUnder < this.keys.length - 1 || this.#isLeft(this.#stored));
  }

  /**
   * Reads the ring once. With a previous SECRET_KEY under which the ring is sealed, begins the exchange.
   * @throws KeysUnreadable when the ring is sealed under other keys. @throws StoreUnavailable
   */
  async load(): Promise<void> {
    if (!this.#loaded) await this.refresh();
  }

  /** Reads the ring again, because another process may have added a key. @throws KeysUnreadable, StoreUnavailable */
  async refresh(): Promise<void> {
    this.#loading ??= this.#read().finally(() => (this.#loading = null));
    await this.#loading;
  }

  /**
   * Notes that all keys of people are wrapped under the ring's key of this number. Without a previous SECRET_KEY, the ring can be opened
   * with the current one alone afterwards.
   * @returns whether the exchange is complete. @throws KeysUnreadable, StoreUnavailable
   */
  async settle(wrappedUnder: number): Promise<boolean> {
    for (;;) {
      const text = await this.store.ring();
      if (text === null) return true;
      const stored = parsed(text);
      const own = stored.seals[stored.current] ?? '';
      const seals = this.#isLeft(stored) ? { [stored.current]: own } : stored.seals;
      const next = JSON.stringify({ ...stored, seals, wrappedUnder: Math.max(stored.wrappedUnder, wrappedUnder) });
      if (next !== text && !(await this.store.keepRing(next, text))) continue;
      await this.refresh();
      return Object.keys(seals).length === 1;
    }
  }

  async #read(): Promise<void> {
    for (;;) {
      const text = await this.store.ring();
      const { keys, stored, next } = text === null ? await this.#begun() : this.#opened(parsed(text));
      if (next !== null && this.secrets.readOnly !== true && !(await this.store.keepRing(JSON.stringify(next), text))) continue;
      const [first] = keys;
      if (this.#keys !== null && first !== undefined && !this.identity.equals(first)) {
        throw new KeysUnreadable('SECRET_KEY was exchanged while this process could not reach the keys of people. Start this process again.');
      }
      this.#keys = keys;
      this.#stored = this.secrets.readOnly === true ? stored : (next ?? stored);
      this.#loaded = true;
      if (this.#stored !== null) this.secrets.copy?.write(JSON.stringify(this.#stored));
      return;
    }
  }

  /** The ring of a log whose SECRET_KEY was never exchanged. */
  async #begun(): Promise<Opened> {
    const { current, previous = null } = this.secrets;
    const check = await this.store.keepCheck(checkOf(previous ?? current));
    if (check === checkOf(current)) return { keys: [current], stored: null, next: null };
    if (previous === null || check !== checkOf(previous)) throw notTheKey(previous);
    return this.#exchanged([previous], 0);
  }

  #opened(stored: StoredRing): Opened {
    const { current, previous = null } = this.secrets;
    const [check, before] = [checkOf(current), previous === null ? null : checkOf(previous)];
    const own = stored.seals[check];
    const earlier = before === null ? undefined : stored.seals[before];
    if (previous !== null && earlier !== undefined && stored.current === before) return this.#exchanged(unsealRing(earlier, previous), stored.wrappedUnder);
    if (own === undefined) throw notTheKey(previous);
    return { keys: unsealRing(own, current), stored, next: null };
  }

  /** The ring with one more key, which the current SECRET_KEY and the previous one open. */
  #exchanged(before: readonly Buffer[], wrappedUnder: number): Opened {
    const { current, previous, readOnly } = this.secrets;
    const keys = readOnly === true ? before : [...before, randomBytes(RING_KEY_BYTES)];
    const seals = Object.fromEntries([current, previous].flatMap((secret) => (secret ? [[checkOf(secret), sealRing(keys, secret)] as const] : [])));
    return { keys, stored: null, next: { seals, current: checkOf(current), wrappedUnder } };
  }

  /** The keys of the last run, for as long as the store cannot be reached. */
  #presumed(): readonly Buffer[] {
    const { current, previous = null, copy } = this.secrets;
    const text = copy?.read() ?? null;
    const seals = text === null ? {} : parsed(text).seals;
    for (const secret of [current, previous]) {
      const seal = secret === null ? undefined : seals[checkOf(secret)];
      if (secret !== null && seal !== undefined) return unsealRing(seal, secret);
    }
    return [previous ?? current];
  }

  /** Whether the exchange to this process's SECRET_KEY is over, but the previous key still opens the ring. */
  #isLeft({ current, seals }: StoredRing): boolean {
    return (this.secrets.previous ?? null) === null && current === checkOf(this.secrets.current) && Object.keys(seals).length > 1;
  }
}

function parsed(text: string): StoredRing {
  const value: unknown = JSON.parse(text);
  const seals = isJsonObject(value) ? value['seals'] : undefined;
  if (!isJsonObject(value) || !isJsonObject(seals) || typeof value['current'] !== 'string' || typeof value['wrappedUnder'] !== 'number') {
    throw new KeysUnreadable('The stored key ring is damaged. Restore the keys of people from a backup.');
  }
  return { seals: textsOf(seals), current: value['current'], wrappedUnder: value['wrappedUnder'] };
}

const textsOf = (object: JsonObject): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(object).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])));

const notTheKey = (previous: Buffer | null): KeysUnreadable => new KeysUnreadable(previous === null
  ? 'SECRET_KEY is not the one that the keys of people were encrypted with, so no name can be read. Start the service with the SECRET_KEY (or the file secret.key) of before. To exchange SECRET_KEY, set SECRET_KEY_PREVIOUS to the one of before as well.'
  : 'Neither SECRET_KEY nor SECRET_KEY_PREVIOUS is the key that the keys of people were encrypted with last, so no name can be read. Set SECRET_KEY_PREVIOUS to the SECRET_KEY with which the service ran last.');
