/** Size of a Bloom filter: 4 MiB. With 4 bits per key, false positives are 1 in 5,000 at one million keys and 1 in 4 at ten million. */
const BITS = 2 ** 25;
const BITS_A_KEY = 4;

/** So many keys are held as they are. A fold of the past has few in each of many tables, for which a filter would cost more than all of its events. */
const FEW_KEYS = 4_096;

/** A set of keys in a bounded amount of memory, which may report a key that was not added but never misses one that was. */
export class KeySet {
  #few: Set<string> | null = new Set();
  #many: BloomFilter | null = null;

  /** Adds a key. */
  add(key: string): void {
    if (this.#many !== null) {
      this.#many.add(key);
      return;
    }
    this.#few?.add(key);
    if ((this.#few?.size ?? 0) <= FEW_KEYS) return;
    this.#many = new BloomFilter();
    for (const one of this.#few ?? []) this.#many.add(one);
    this.#few = null;
  }

  /** Whether the key was added. Says so of some others too when there are many. */
  mayHave(key: string): boolean {
    return this.#many?.mayHave(key) ?? this.#few?.has(key) ?? false;
  }
}

class BloomFilter {
  readonly #bits = new Uint32Array(BITS / 32);

  add(key: string): void {
    const step = hash(key, 0x9e3779b1) | 1;
    let bit = hash(key, 0x85ebca6b);
    for (let time = 0; time < BITS_A_KEY; time += 1) {
      const word = (bit & (BITS - 1)) >>> 5;
      this.#bits[word] = (this.#bits[word] ?? 0) | (1 << (bit & 31));
      bit = (bit + step) | 0;
    }
  }

  mayHave(key: string): boolean {
    const step = hash(key, 0x9e3779b1) | 1;
    let bit = hash(key, 0x85ebca6b);
    for (let time = 0; time < BITS_A_KEY; time += 1) {
      if (((this.#bits[(bit & (BITS - 1)) >>> 5] ?? 0) & (1 << (bit & 31))) === 0) return false;
      bit = (bit + step) | 0;
    }
    return true;
  }
}

/** FNV-1a with a final mixing step, which spreads keys that differ in one character. */
function hash(key: string, seed: number): number {
  let state = seed;
  for (let index = 0; index < key.length; index += 1) state = Math.imul(state ^ key.charCodeAt(index), 0x01000193);
  state ^= state >>> 15;
  state = Math.imul(state, 0x2c1b3c6d);
  return (state ^ (state >>> 13)) | 0;
}
