/** Numbers per segment of an app's search table. A step of a search reads about one segment. */
export const SEGMENT_SIZE = 1_024;

/** Grams of a searched text that are looked up; a longer text is narrowed down by these, and compared as a whole afterwards. */
const MAX_GRAMS = 16;

const BITS = 8;
const ASCII = 128;

/** Maps a UTF-16 code unit to 8 bits. Different ones may share a value, which costs comparisons and never misses a text. */
const code = (text: string, at: number): number => {
  const unit = text.charCodeAt(at);
  return unit < ASCII ? unit : ASCII + (unit % ASCII);
};

/** The three code units from a place on; 0 stands for those after the end, so that every part of a text begins a gram. */
const gramAt = (text: string, at: number): number => {
  const second = at + 1 < text.length ? code(text, at + 1) : 0;
  const third = at + 2 < text.length ? code(text, at + 2) : 0;
  return (((code(text, at) << BITS) | second) << BITS) | third;
};

/** A range of grams: from `first` up to, but not including, `end`. */
interface Grams {
  readonly first: number;
  readonly end: number;
}

/** The grams that a text must contain if it contains `search`, which is not empty. */
function gramsOf(search: string): readonly Grams[] {
  const missing = 3 - search.length;
  if (missing > 0) {
    const first = gramAt(search, 0);
    return [{ first, end: first + 2 ** (BITS * missing) }];
  }
  const last = search.length - 3;
  const steps = Math.min(last, MAX_GRAMS - 1);
  return Array.from({ length: steps + 1 }, (_, step) => {
    const first = gramAt(search, steps === 0 ? 0 : Math.round((step * last) / steps));
    return { first, end: first + 1 };
  });
}

/** The texts of one user of a segment. */
export interface SearchedTexts {
  /** The user's number, from the segment's first one on. */
  readonly offset: number;
  readonly texts: readonly (string | null)[];
}

/** Characters that have a value of their own in a gram. */
const PLAIN = /^[\x01-\x7f]{1,3}$/;

/** Whether everybody whom `GramIndex` finds has the text. */
export const isExact = (search: string): boolean => PLAIN.test(search);

/** An index of the users of one segment: for each three characters that follow each other, who has them. */
export class GramIndex {
  /** The grams that occur, in order. */
  readonly #grams: Uint32Array;
  /** For each gram, where its users begin in `#offsets`; one more for the end. */
  readonly #starts: Uint32Array;
  /** Offsets of users, in order for each gram. */
  readonly #offsets: Uint16Array;

  constructor(users: readonly SearchedTexts[]) {
    const { grams, offsets } = sortedGrams(users);
    const distinctGrams: number[] = [];
    const starts: number[] = [];
    const kept = new Uint16Array(grams.length);
    let count = 0;
    grams.forEach((gram, index) => {
      const offset = offsets[index] ?? 0;
      const isNew = gram !== distinctGrams[distinctGrams.length - 1];
      if (isNew) {
        distinctGrams.push(gram);
        starts.push(count);
      }
      // A user may have a gram several times.
      if (!isNew && kept[count - 1] === offset) return;
      kept[count] = offset;
      count += 1;
    });
    this.#grams = Uint32Array.from(distinctGrams);
    this.#starts = Uint32Array.from([...starts, count]);
    this.#offsets = kept.slice(0, count);
  }

  /** Approximate memory in bytes. */
  get bytes(): number {
    return this.#grams.byteLength + this.#starts.byteLength + this.#offsets.byteLength;
  }

  /** Returns the offsets, in order, of all users who may have the text, which is not empty. Some of them may not have it, unless it `isExact`. */
  candidates(search: string): Uint16Array {
    const [fewest = NOBODY, ...others] = gramsOf(search).map((grams) => this.#usersOf(grams)).sort((a, b) => a.length - b.length);
    return others.reduce((found, users) => inBoth(found, users), fewest);
  }

  #usersOf({ first, end }: Grams): Uint16Array {
    const from = lowerBound(this.#grams, first);
    const to = end - first === 1 ? from + Number(this.#grams[from] === first) : lowerBound(this.#grams, end);
    const users = this.#offsets.subarray(this.#starts[from], this.#starts[to]);
    return to - from <= 1 ? users : distinct(users);
  }
}

const NOBODY = new Uint16Array(0);

/** The grams of all users, in order, and the users who have them, in order for each gram. */
interface SortedGrams {
  readonly grams: Uint32Array;
  readonly offsets: Uint16Array;
}

function sortedGrams(users: readonly SearchedTexts[]): SortedGrams {
  let length = 0;
  for (const { texts } of users) for (const text of texts) length += text?.length ?? 0;
  const grams = new Uint32Array(length);
  const offsets = new Uint16Array(length);
  let at = 0;
  for (const { offset, texts } of users) {
    for (const text of texts) {
      for (let place = 0; place < (text?.length ?? 0); place += 1) {
        grams[at] = gramAt(text ?? '', place);
        offsets[at] = offset;
        at += 1;
      }
    }
  }
  return sortedBy(RADIX_BITS, sortedBy(0, { grams, offsets }));
}

/** Half of the bits of a gram. */
const RADIX_BITS = 12;
const RADIX = 2 ** RADIX_BITS;

/** Sorts by 12 bits of the grams and keeps the order of equal ones: a step of a radix sort, which takes a third of the time of `sort`. */
function sortedBy(shift: number, { grams, offsets }: SortedGrams): SortedGrams {
  const places = new Uint32Array(RADIX + 1);
  for (const gram of grams) {
    const digit = ((gram >>> shift) & (RADIX - 1)) + 1;
    places[digit] = (places[digit] ?? 0) + 1;
  }
  for (let digit = 1; digit <= RADIX; digit += 1) places[digit] = (places[digit] ?? 0) + (places[digit - 1] ?? 0);
  const sorted = { grams: new Uint32Array(grams.length), offsets: new Uint16Array(grams.length) };
  for (let index = 0; index < grams.length; index += 1) {
    const gram = grams[index] ?? 0;
    const digit = (gram >>> shift) & (RADIX - 1);
    const place = places[digit] ?? 0;
    sorted.grams[place] = gram;
    sorted.offsets[place] = offsets[index] ?? 0;
    places[digit] = place + 1;
  }
  return sorted;
}

/** Users of several grams, in order and each once. */
function distinct(users: Uint16Array): Uint16Array {
  const has = new Uint8Array(SEGMENT_SIZE);
  let count = 0;
  for (const offset of users) {
    count += 1 - (has[offset] ?? 0);
    has[offset] = 1;
  }
  const found = new Uint16Array(count);
  for (let offset = SEGMENT_SIZE - 1; count > 0; offset -= 1) {
    if (has[offset] === 0) continue;
    count -= 1;
    found[count] = offset;
  }
  return found;
}

/** Index of the first value that is not below `wanted`. */
function lowerBound(values: Uint16Array | Uint32Array, wanted: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether a list that is in order has a value. */
export const includes = (values: Uint16Array, wanted: number): boolean => values[lowerBound(values, wanted)] === wanted;

/** Users of the second list per user of the first one, above which each of the latter is looked up. */
const FEW = 10;

/** The values of the first list that are in the second one too, which is no shorter. Both are in order. */
function inBoth(some: Uint16Array, others: Uint16Array): Uint16Array {
  if (some.length === 0) return some;
  if (some.length * FEW < others.length) return some.filter((offset) => includes(others, offset));
  const found = new Uint16Array(some.length);
  let [count, at] = [0, 0];
  for (const offset of some) {
    while ((others[at] ?? SEGMENT_SIZE) < offset) at += 1;
    if (others[at] !== offset) continue;
    found[count] = offset;
    count += 1;
  }
  return found.subarray(0, count);
}
