/** Size of a Bloom filter: 4 MiB. */
const BITS = 2 ** 25;
const BITS_A_KEY = 4;

/** Keys in one filter, at which 1 in 1,400 keys that it does not have is taken for one that it has. Further keys go to another filter, so that few are mistaken however many there are. */
const KEYS_A_FILTER = 1_300_000;

/** So many keys are held as they are. A fold of the past has few in each of many tables, for which a filter would cost more than all of its events. */
const FEW_KEYS = 4_096;

/** A set of keys in a few bytes for each, which may report a key that was not added but never misses one that was. */
export class KeySet {
  #few: Set<string> | null = new Set();
  /** The one that keys are added to comes last. */
  readonly #many: BloomFilter[] = [];
  #inLast = 0;

  /** @param keysAFilter keys in one Bloom filter. */
  constructor(private readonly keysAFilter = KEYS_A_FILTER) {}

  /** Adds a key. */
  add(key: string): void {
    if (this.#few === null) {
      this.#addToLast(key);
      return;
    }
    this.#few.add(key);
    if (this.#few.size <= FEW_KEYS) return;
    for (const one of this.#few) this.#addToLast(one);
    this.#few = null;
  }

  /** Whether the key was added. Says so of some others too when there are many. */
  mayHave(key: string): boolean {
    if (this.#few !== null) return this.#few.has(key);
    const place = placeOf(key);
    return this.#many.some((filter) => filter.mayHave(place));
  }

  #addToLast(key: string): void {
    let last = this.#many.at(-1);
    if (!last || this.#inLast >= this.keysAFilter) {
      last = new BloomFilter();
      this.#many.push(last);
      this.#inLast = 0;
    }
    last.add(placeOf(key));
    this.#inLast += 1;
  }
}

/** Where the bits of a key are: the first one, and how far each is from the one before. */
interface Place {
  readonly bit: number;
  readonly step: number;
}

function placeOf(key: string): Place {
  const bit = hash(key);
  return { bit, step: mixed(bit) | 1 };
}

class BloomFilter {
  readonly #bits = new Uint32Array(BITS / 32);

  add({ bit: first, step }: Place): void {
    let bit = first;
    for (let time = 0; time < BITS_A_KEY; time += 1) {
      const word = (bit & (BITS - 1)) >>> 5;
      this.#bits[word] = (this.#bits[word] ?? 0) | (1 << (bit & 31));
      bit = (bit + step) | 0;
    }
  }

  mayHave({ bit: first, step }: Place): boolean {
    let bit = first;
    for (let time = 0; time < BITS_A_KEY; time += 1) {
      if (((this.#bits[(bit & (BITS - 1)) >>> 5] ?? 0) & (1 << (bit & 31))) === 0) return false;
      bit = (bit + step) | 0;
    }
    return true;
  }
}

/** FNV-1a with a final mixing step, which spreads keys that differ in one character. */
function hash(key: string): number {
  let state = 0x85ebca6b;
  for (let index = 0; index < key.length; index += 1) state = Math.imul(state ^ key.charCodeAt(index), 0x01000193);
  return mixed(state);
}

function mixed(value: number): number {
  const state = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (state ^ (state >>> 13)) | 0;
}
