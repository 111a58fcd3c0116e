/** Bits of a sketch: 4 MiB. With 4 of them a key, it is wrong about one key in 5,000 at a million keys, and in four at ten million. */
const BITS = 2 ** 25;
const BITS_A_KEY = 4;

/** Remembers keys in a fixed amount of memory: it may take a key for one that it was given, never the other way round (a Bloom filter). */
export class KeySketch {
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

/** FNV-1a with a mixing end, so that keys that differ in one character lie far apart. */
function hash(key: string, seed: number): number {
  let state = seed;
  for (let index = 0; index < key.length; index += 1) state = Math.imul(state ^ key.charCodeAt(index), 0x01000193);
  state ^= state >>> 15;
  state = Math.imul(state, 0x2c1b3c6d);
  return (state ^ (state >>> 13)) | 0;
}
