/** Chance that falls the same way every time: the same seed gives the same throws. */
export class Dice {
  #state: number;

  constructor(seed: string) {
    this.#state = [...seed].reduce((hash, character) => Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193), 0x811c9dc5) >>> 0;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  /** True in that part (0 to 1) of all cases. */
  chance(part: number): boolean {
    return this.#next() < part;
  }

  /** One of the items; undefined when there are none. */
  oneOf<T>(items: readonly T[]): T | undefined {
    return items[this.below(items.length)];
  }

  /** One of the items, which is taken out; undefined when there are none. */
  takeOne<T>(items: T[]): T | undefined {
    return items.splice(this.below(items.length), 1)[0];
  }

  /** mulberry32, which is small and good enough for this. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }
}
