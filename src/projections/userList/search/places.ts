import type { KeysetWalk } from '../../paging/keyset';
import type { Place } from '../../paging/page';
import type { UserOrder } from '../rows';

const FIRST_SURROGATE = 0xd800;
const AFTER_SURROGATES = 0xe000;

/** The order of a UTF-16 code unit in UTF-8, where surrogates stand for the greatest characters. */
const rankOf = (unit: number): number => (unit >= FIRST_SURROGATE && unit < AFTER_SURROGATES ? unit + AFTER_SURROGATES : unit);

/** Compares as SQLite does: by the bytes of UTF-8. */
export function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const [one, other] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (one !== other) return rankOf(one) - rankOf(other);
  }
  return a.length - b.length;
}

/** The first places of a walk, among those that are offered. */
export class FirstPlaces {
  readonly #upward: boolean;
  readonly #places: Place[] = [];

  constructor(
    { direction }: UserOrder,
    private readonly walk: KeysetWalk,
  ) {
    this.#upward = (direction === 'ASC') !== walk.backwards;
  }

  get places(): readonly Place[] {
    return this.#places;
  }

  /** The place before which a further one counts; undefined while there are too few. */
  get last(): Place | undefined {
    return this.#places.length < this.walk.limit ? undefined : this.#places.at(-1);
  }

  /** Whether the walk begins after a place. */
  beginsAfter(place: Place): boolean {
    const { from, fromInclusive } = this.walk;
    return from !== null && this.#compare(place, from) < (fromInclusive ? 0 : 1);
  }

  /** Adds a place of the walk if it is among the first ones. Returns false for one that comes too late, as all that follow it do. */
  offer(place: Place): boolean {
    const { until, limit } = this.walk;
    if (this.beginsAfter(place)) return true;
    if (until !== null && this.#compare(place, until) >= 0) return false;
    const { last } = this;
    if (last !== undefined && this.#compare(place, last) >= 0) return false;
    let [low, high] = [0, this.#places.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(this.#places[middle] ?? place, place) < 0) low = middle + 1;
      else high = middle;
    }
    this.#places.splice(low, 0, place);
    this.#places.length = Math.min(this.#places.length, limit);
    return true;
  }

  #compare(a: Place, b: Place): number {
    if ((a.key === null) !== (b.key === null)) return (a.key === null) === this.walk.backwards ? -1 : 1;
    const order = compareTexts(a.key ?? '', b.key ?? '') || compareTexts(a.id, b.id);
    return this.#upward ? order : -order;
  }
}
