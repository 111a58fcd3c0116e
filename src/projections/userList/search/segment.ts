import type { KeysetWalk } from '../../paging/keyset';
import type { Place } from '../../paging/page';
import { USER_KINDS, USER_ROLES, USER_STATUSES, type UserOrder, type UserOrderField, type UserRow } from '../rows';
import type { NormalizedUserFilter } from '../walk';
import { GramIndex, includes, isExact, SEGMENT_SIZE } from './grams';
import { compareTexts, type FirstPlaces } from './places';

/** What changes about a numbered user. */
export interface NumberedState extends Pick<UserRow, 'kind' | 'role' | 'status' | 'expiresAt' | 'invitedAt' | 'joinedAt'> {
  readonly number: number;
  /** Null when the number names nobody any more. */
  readonly userId: string | null;
}

/** A numbered user. */
export interface NumberedUser extends NumberedState {
  readonly userId: string;
  readonly name: string | null;
  readonly keapId: string;
  /** Null when it equals `keapId`. */
  readonly normalized: string | null;
}

/** A user who is gone. */
const NOBODY = 255;
/** Kinds and roles of a status. */
const SORTS = USER_KINDS.length * USER_ROLES.length;
const STATES = USER_STATUSES.length * SORTS;
const INVITED = USER_STATUSES.indexOf('INVITED');
const EXPIRED = USER_STATUSES.indexOf('EXPIRED');

/** Users who are offered one by one rather than in order. */
const FEW = 32;

/** Approximate bytes of a string and of what points to it, without its characters. */
const BYTES_PER_STRING = 28;

/** The offsets of a segment's users in an order, upward and downward, at one version of the segment. */
interface Ordered extends Readonly<Record<UserOrder['direction'], Uint16Array>> {
  readonly version: number;
}

/** Numbers of users at one version of a segment, by state. */
interface Counted {
  readonly version: number;
  /** The time from which on the numbers are right. */
  readonly from: number;
  /** The time at which they are wrong again, because an invitation expires. */
  readonly until: number;
  readonly states: Uint16Array;
}

/** The users of a segment who have a text. */
export interface Matches {
  /** In order. Some of them may be gone. */
  readonly offsets: Uint16Array;
  /** The last count. */
  counted: Counted | null;
}

/** The users whom a search may find, apart from its text. */
export class Wanted {
  readonly nowMs: number;
  /** Whether a kind with a role is wanted. */
  readonly sorts: readonly boolean[];
  /** Whether a status is wanted. */
  readonly statuses: readonly boolean[];

  constructor({ kinds, roles, statuses }: NormalizedUserFilter, now: string) {
    this.nowMs = Date.parse(now);
    this.sorts = USER_KINDS.flatMap((kind) => USER_ROLES.map((role) => kinds.includes(kind) && roles.includes(role)));
    this.statuses = USER_STATUSES.map((status) => statuses.includes(status));
  }
}

/** The users with the numbers of one segment, in memory. Their texts never change; the rest follows the table. */
export class SearchSegment {
  readonly #grams: GramIndex;
  /** Names, Keap IDs and normalized Keap IDs. */
  readonly #texts: readonly (readonly (string | null)[])[];
  readonly #ids: readonly string[];
  readonly #offsets: Uint16Array;
  readonly #orders = new Map<UserOrderField, Ordered>();
  /** Status, kind and role. */
  readonly #states = new Uint8Array(SEGMENT_SIZE).fill(NOBODY);
  readonly #times = { expires: timesOfNobody(), INVITED_AT: timesOfNobody(), JOINED_AT: timesOfNobody() };
  readonly #textBytes: number;
  /** Grows with every change of a user. */
  #version = 0;

  /**
   * @param first the first number of the segment.
   * @param upTo the last change of the app's table that the users have.
   */
  constructor(
    readonly first: number,
    users: readonly NumberedUser[],
    public upTo: number,
  ) {
    const ids = Array<string>(SEGMENT_SIZE).fill('');
    const [names, keapIds, normalized] = [0, 1, 2].map(() => Array<string | null>(SEGMENT_SIZE).fill(null)) as [(string | null)[], (string | null)[], (string | null)[]];
    this.#textBytes = users.reduce((bytes, user) => {
      const at = user.number - first;
      [ids[at], names[at], keapIds[at], normalized[at]] = [user.userId, user.name, user.keapId, user.normalized];
      this.follow(user);
      return [user.userId, user.name, user.keapId, user.normalized].reduce((sum, text) => sum + (text === null ? 0 : text.length + BYTES_PER_STRING), bytes);
    }, 0);
    this.#ids = ids;
    this.#texts = [names, keapIds, normalized];
    this.#offsets = Uint16Array.from(users, ({ number }) => number - first);
    this.#grams = new GramIndex(Array.from(this.#offsets, (offset) => ({ offset, texts: this.#texts.map((texts) => texts[offset] ?? null) })));
  }

  /** Approximate memory in bytes. */
  get bytes(): number {
    return this.#grams.bytes + this.#textBytes + SEGMENT_SIZE * BYTES_PER_USER;
  }

  /** Takes over the present state of a user. */
  follow({ number, userId, kind, role, status, expiresAt, invitedAt, joinedAt }: NumberedState): void {
    const offset = number - this.first;
    this.#version += 1;
    this.#states[offset] = userId === null ? NOBODY : USER_STATUSES.indexOf(status) * SORTS + USER_KINDS.indexOf(kind) * USER_ROLES.length + USER_ROLES.indexOf(role);
    this.#times.expires[offset] = msOf(expiresAt);
    this.#times.INVITED_AT[offset] = msOf(invitedAt);
    this.#times.JOINED_AT[offset] = msOf(joinedAt);
  }

  /** Returns all users with the text, which is not empty. */
  matches(search: string): Matches {
    const candidates = this.#grams.candidates(search);
    const [names, keapIds, normalized] = this.#texts;
    const hasText = (text: string | null | undefined): boolean => typeof text === 'string' && text.indexOf(search) >= 0;
    const offsets = isExact(search) ? candidates : candidates.filter((offset) => hasText(keapIds?.[offset]) || hasText(names?.[offset]) || hasText(normalized?.[offset]));
    return { offsets, counted: null };
  }

  /** Adds the wanted ones among the users to the totals of their statuses, and ignores which statuses are wanted. */
  count(matches: Matches, { sorts, nowMs }: Wanted, totals: number[]): void {
    if (matches.offsets.length === 0) return;
    const { states } = this.#counted(matches, nowMs);
    for (let state = 0; state < STATES; state += 1) {
      if (states[state] !== 0 && sorts[state % SORTS] === true) totals[Math.floor(state / SORTS)] = (totals[Math.floor(state / SORTS)] ?? 0) + (states[state] ?? 0);
    }
  }

  #counted(matches: Matches, nowMs: number): Counted {
    const { counted, offsets } = matches;
    if (counted?.version === this.#version && counted.from <= nowMs && nowMs < counted.until) return counted;
    const states = new Uint16Array(STATES);
    let [from, until] = [-Infinity, Infinity];
    for (const offset of offsets) {
      const state = this.#states[offset] ?? NOBODY;
      if (state === NOBODY) continue;
      const status = this.#statusAt(offset, nowMs);
      const now = status * SORTS + (state % SORTS);
      states[now] = (states[now] ?? 0) + 1;
      const expires = this.#times.expires[offset] ?? NaN;
      if (status === EXPIRED) from = Math.max(from, expires);
      if (status === INVITED && expires < until) until = expires;
    }
    matches.counted = { version: this.#version, from, until, states };
    return matches.counted;
  }

  /** Offers the places of the wanted ones among the users. */
  offer({ offsets }: Matches, wanted: Wanted, { field, direction }: UserOrder, { backwards, from }: KeysetWalk, list: FirstPlaces): void {
    if (offsets.length <= FEW) {
      for (const offset of offsets) if (this.#isWanted(offset, wanted)) list.offer(this.#placeOf(offset, field));
      return;
    }
    const order = this.#ordered(field)[direction];
    const at = (place: number): number => order[backwards ? order.length - 1 - place : place] ?? 0;
    let [low, high] = [0, from === null ? 0 : order.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (list.beginsAfter(this.#placeOf(at(middle), field))) low = middle + 1;
      else high = middle;
    }
    for (let place = low; place < order.length; place += 1) {
      const offset = at(place);
      if (includes(offsets, offset) && this.#isWanted(offset, wanted) && !list.offer(this.#placeOf(offset, field))) return;
    }
  }

  /** Returns the offsets of all users in an order. */
  #ordered(field: UserOrderField): Ordered {
    const isOfTexts = field === 'NAME' || field === 'KEAP_ID';
    const known = this.#orders.get(field);
    if (known && (isOfTexts || known.version === this.#version)) return known;
    const keyed = this.#offsets.filter((offset) => this.#keyOf(offset, field) !== null);
    const others = this.#offsets.filter((offset) => this.#keyOf(offset, field) === null);
    const byId = (a: number, b: number): number => compareTexts(this.#ids[a] ?? '', this.#ids[b] ?? '');
    const compare = isOfTexts
      ? (a: number, b: number): number => compareTexts(this.#keyOf(a, field) ?? '', this.#keyOf(b, field) ?? '') || byId(a, b)
      : (a: number, b: number): number => (this.#times[field][a] ?? 0) - (this.#times[field][b] ?? 0) || byId(a, b);
    keyed.sort(compare);
    others.sort(byId);
    const ordered: Ordered = { version: this.#version, ASC: Uint16Array.of(...keyed, ...others), DESC: Uint16Array.of(...keyed.reverse(), ...others.reverse()) };
    this.#orders.set(field, ordered);
    return ordered;
  }

  #isWanted(offset: number, { sorts, statuses, nowMs }: Wanted): boolean {
    const state = this.#states[offset] ?? NOBODY;
    return state !== NOBODY && sorts[state % SORTS] === true && statuses[this.#statusAt(offset, nowMs)] === true;
  }

  /** The status at the time, as `statusAt` in SQL. */
  #statusAt(offset: number, nowMs: number): number {
    const status = Math.floor((this.#states[offset] ?? 0) / SORTS);
    if (status !== INVITED && status !== EXPIRED) return status;
    return (this.#times.expires[offset] ?? NaN) <= nowMs ? EXPIRED : INVITED;
  }

  #placeOf(offset: number, field: UserOrderField): Place {
    return { key: this.#keyOf(offset, field), id: this.#ids[offset] ?? '' };
  }

  #keyOf(offset: number, field: UserOrderField): string | null {
    const [names, keapIds, normalized] = this.#texts;
    if (field === 'NAME') return names?.[offset] ?? null;
    if (field === 'KEAP_ID') return normalized?.[offset] ?? keapIds?.[offset] ?? null;
    const ms = this.#times[field][offset] ?? NaN;
    return Number.isNaN(ms) ? null : new Date(ms).toISOString();
  }
}

/** Arrays of a segment: four of strings, the offsets, four orders in two directions, the states and three times. */
const BYTES_PER_USER = 4 * 8 + 2 + 4 * 2 * 2 + 1 + 3 * 8;

const timesOfNobody = (): Float64Array => new Float64Array(SEGMENT_SIZE).fill(NaN);

/** The milliseconds of a time, and NaN for none. All times have one format, so they sort as their texts do. */
const msOf = (time: string | null): number => (time === null ? NaN : Date.parse(time));
