import { comparisonKey, comparisonKeyOrNull } from '../../comparisonKey';
import { inChunks, type ReadModelDatabase, SqlParameters } from '../../engine/database';
import type { KeysetWalk } from '../../paging/keyset';
import type { Place } from '../../paging/page';
import { USER_KINDS, USER_ROLES, USER_STATUSES, statusAt, userColumns, type UserRow } from '../rows';
import { USER_LIST_TABLES } from '../tables';
import { ORDER_COLUMNS, userPlace, type NormalizedUserFilter, type SortCount, type UsersQuery, usersWalk } from '../walk';
import { SEGMENT_SIZE } from './segment';
import { type SegmentRange, SearchSegments } from './segments';
import { type Reading, readInSteps, type Work } from './steps';

const { search: searched, users } = USER_LIST_TABLES;

/** Users per statement that are looked up by their numbers. */
const NUMBERS_PER_STEP = 1_000;

/** Above this share of a segment, all of its rows are read rather than those of the candidates. */
const MOST_CANDIDATES = SEGMENT_SIZE / 4;

/** Users who are read in the order of the list before all others are compared, when many of them match. */
const MOST_WALKED = 1_500;
/** Users of the first step; each further one reads twice as many. */
const FIRST_WALKED = 100;

/** A text matches many users when at least one of this number may have it. */
const MANY = 20;

/** Users to compare in one step: those with the numbers, or with all numbers of a range. */
type Part = { readonly numbers: readonly number[] } | Pick<SegmentRange, 'from' | 'to'>;

/** A search of an app's users by a text. */
type SearchFilter = NormalizedUserFilter & { readonly search: string };

/** Finds users by a part of their name or Keap ID. However large the app is, each step is short; indexes leave out most users who cannot match. */
export class UserSearch {
  readonly segments: SearchSegments;

  constructor(private readonly database: ReadModelDatabase) {
    this.segments = new SearchSegments(database);
  }

  /** Returns the users of a walk through the list of those that match `search`. */
  rows(query: UsersQuery, search: string, walk: KeysetWalk, work: Work): Promise<readonly UserRow[]> {
    return readInSteps(this.database, query.appId, (database) => this.#rows(database, { ...query, filter: { ...query.filter, search } }, walk), work);
  }

  /** Counts the users that match by status at `now`, and ignores the filter's statuses. */
  counts(appId: string, filter: NormalizedUserFilter, search: string, now: string, work: Work): Promise<readonly SortCount[]> {
    return readInSteps(this.database, appId, (database) => this.#counts(database, appId, { ...filter, search }, now), work);
  }

  *#rows(database: ReadModelDatabase, query: UsersQuery & { readonly filter: SearchFilter }, walk: KeysetWalk): Reading<readonly UserRow[]> {
    if (walk.limit === 0) return [];
    const { parts, matchesMany } = this.#partsOf(database, query.appId, query.filter.search);
    if (matchesMany) {
      const found = yield* inOrder(database, query, walk);
      if (found) return found;
    }
    const list = new SortedPlaces(query, walk);
    for (const part of parts) {
      list.add(placesIn(database, part, query, walk, list.last));
      yield;
    }
    return usersAt(database, query, list.places);
  }

  *#counts(database: ReadModelDatabase, appId: string, filter: SearchFilter, now: string): Reading<readonly SortCount[]> {
    const totals = USER_STATUSES.map(() => 0);
    for (const part of this.#partsOf(database, appId, filter.search).parts) {
      countsIn(database, part, appId, filter, now).forEach((number, index) => { totals[index] = (totals[index] ?? 0) + number; });
      yield;
    }
    return USER_STATUSES.map((status, index) => ({ status, number: totals[index] ?? 0 }));
  }

  #partsOf(database: ReadModelDatabase, appId: string, search: string): { readonly parts: readonly Part[]; readonly matchesMany: boolean } {
    const parts: Part[] = [];
    let numbers: number[] = [];
    let candidates = 0;
    let indexed = 0;
    for (const { from, to, segment } of this.segments.rangesOf(appId, database)) {
      const found = segment?.candidates(search, MOST_CANDIDATES);
      if (segment) [candidates, indexed] = [candidates + (found?.length ?? SEGMENT_SIZE), indexed + SEGMENT_SIZE];
      if (!found) {
        parts.push({ from, to });
        continue;
      }
      if (numbers.length + found.length > NUMBERS_PER_STEP) {
        parts.push({ numbers });
        numbers = [];
      }
      numbers.push(...found);
    }
    if (numbers.length > 0) parts.push({ numbers });
    return { parts, matchesMany: indexed > 0 && candidates * MANY > indexed };
  }
}

/** Reads the list in its order until enough users match; undefined when too few of the first ones do. */
function* inOrder(database: ReadModelDatabase, query: UsersQuery & { readonly filter: SearchFilter }, walk: KeysetWalk): Reading<readonly UserRow[] | undefined> {
  const { search } = query.filter;
  const found: UserRow[] = [];
  let rest = { ...walk, limit: FIRST_WALKED };
  for (let walked = 0; walked < MOST_WALKED; walked += rest.limit / 2) {
    const statement = usersWalk(query, rest);
    if (statement === null) return [];
    const rows = database.all<UserRow>(statement.sql, statement.parameters.values);
    found.push(...rows.filter(({ name, keapId, keapIdNormalized }) => [comparisonKeyOrNull(name), comparisonKey(keapId), keapIdNormalized].some((text) => text?.includes(search) === true)));
    const last = rows.at(-1);
    if (found.length >= walk.limit || rows.length < rest.limit || last === undefined) return found.slice(0, walk.limit);
    rest = { ...rest, from: userPlace(last, query.order.field), fromInclusive: false, limit: 2 * rest.limit };
    yield;
  }
  return undefined;
}

function placesIn(database: ReadModelDatabase, part: Part, { appId, filter, order, now }: UsersQuery & { readonly filter: SearchFilter }, walk: KeysetWalk, last: Place | undefined): readonly Place[] {
  if (filter.statuses.length === 0 || filter.kinds.length === 0 || filter.roles.length === 0) return [];
  const parameters = new SqlParameters();
  const column = ORDER_COLUMNS[order.field];
  const isUpward = (order.direction === 'ASC') !== walk.backwards;
  const direction = isUpward ? 'ASC' : 'DESC';
  const source = sourceOf(part, appId, parameters);
  const bounds = [
    ...(walk.from === null ? [] : [beyond(column, walk.from, isUpward, walk.backwards, walk.fromInclusive, parameters)]),
    ...(walk.until === null ? [] : [beyond(column, walk.until, !isUpward, !walk.backwards, false, parameters)]),
    ...(last === undefined ? [] : [beyond(column, last, !isUpward, !walk.backwards, false, parameters)]),
  ];
  const statuses = filter.statuses.length === USER_STATUSES.length ? [] : [`${statusAt(parameters.add(now))} IN (${filter.statuses.map((status) => `'${status}'`).join(', ')})`];
  const conditions = [source.condition, ...sortsOf(filter), ...statuses, contains(filter.search, parameters), ...bounds].join(' AND ');
  return database.all<Place>(
    `SELECT ${column} AS key, user_id AS id FROM ${source.from} WHERE ${conditions}
      ORDER BY ${column} IS NULL ${walk.backwards ? 'DESC' : 'ASC'}, ${column} ${direction}, user_id ${direction} LIMIT ${parameters.add(walk.limit)}`,
    parameters.values,
  );
}

/** Condition for users who come after a place in the direction of a walk. Users without a sort key come last in the list. */
function beyond(column: string, { key, id }: Place, isUpward: boolean, backwards: boolean, inclusive: boolean, parameters: SqlParameters): string {
  const operator = (isUpward ? '>' : '<') + (inclusive ? '=' : '');
  if (key === null) {
    const there = `(${column} IS NULL AND user_id ${operator} ${parameters.add(id)})`;
    return backwards ? `(${column} IS NOT NULL OR ${there})` : there;
  }
  const there = `(${column}, user_id) ${operator} (${parameters.add(key)}, ${parameters.add(id)})`;
  return backwards ? there : `(${column} IS NULL OR ${there})`;
}

/** Bits of a count in a sum of several: no step reads as many users as these can count. */
const COUNT_BITS = 11;

/** Statuses whose counts are added up in one sum, which is a number without loss. */
const STATUSES_PER_SUM = 4;

/** Returns how many users of a part match, in the order of `USER_STATUSES`. Few sums are several times as fast as one per status, or as GROUP BY. */
function countsIn(database: ReadModelDatabase, part: Part, appId: string, filter: SearchFilter, now: string): readonly number[] {
  if (filter.kinds.length === 0 || filter.roles.length === 0) return [];
  const parameters = new SqlParameters();
  const source = sourceOf(part, appId, parameters);
  const status = statusAt(parameters.add(now));
  const unit = (index: number): number => 2 ** (COUNT_BITS * (index % STATUSES_PER_SUM));
  const sumOf = (from: number): string =>
    `sum(CASE ${status} ${USER_STATUSES.slice(from, from + STATUSES_PER_SUM).map((one, index) => `WHEN '${one}' THEN ${unit(index)}`).join(' ')} ELSE 0 END)`;
  const conditions = [source.condition, ...sortsOf(filter), contains(filter.search, parameters)].join(' AND ');
  const row = database.get<{ readonly low: number | null; readonly high: number | null }>(`SELECT ${sumOf(0)} AS low, ${sumOf(STATUSES_PER_SUM)} AS high FROM ${source.from} WHERE ${conditions}`, parameters.values);
  return USER_STATUSES.map((_, index) => Math.floor(((index < STATUSES_PER_SUM ? row?.low : row?.high) ?? 0) / unit(index)) % 2 ** COUNT_BITS);
}

function sourceOf(part: Part, appId: string, parameters: SqlParameters): { readonly from: string; readonly condition: string } {
  const app = `app_id = ${parameters.add(appId)}`;
  if ('numbers' in part) return { from: `json_each(${parameters.add(JSON.stringify(part.numbers))}) k CROSS JOIN ${searched}`, condition: `${app} AND number = k.value` };
  return { from: searched, condition: `${app} AND number BETWEEN ${parameters.add(part.from)} AND ${parameters.add(part.to)}` };
}

const sortsOf = ({ kinds, roles }: NormalizedUserFilter): readonly string[] => [
  ...(kinds.length === USER_KINDS.length ? [] : [`kind IN (${kinds.map((kind) => `'${kind}'`).join(', ')})`]),
  ...(roles.length === USER_ROLES.length ? [] : [`role IN (${roles.map((role) => `'${role}'`).join(', ')})`]),
];

function contains(search: string, parameters: SqlParameters): string {
  const text = parameters.add(search);
  return `(instr(name_key, ${text}) > 0 OR instr(keap_id_key, ${text}) > 0 OR instr(keap_id_normalized, ${text}) > 0)`;
}

/** Returns the users at these places, in the same order. */
function usersAt(database: ReadModelDatabase, { appId, now }: UsersQuery, places: readonly Place[]): readonly UserRow[] {
  const rows = inChunks(places.map(({ id }) => id), (ids) =>
    database.all<UserRow>(`SELECT ${userColumns('?1')} FROM json_each(?2) k CROSS JOIN ${users} u ON u.app_id = ?3 AND u.user_id = k.value`, [now, ids, appId]));
  const byId = new Map(rows.map((row) => [row.userId, row]));
  return places.flatMap(({ id }) => byId.get(id) ?? []);
}

/** The first places of a walk among those of several steps. */
class SortedPlaces {
  readonly #limit: number;
  readonly #upward: boolean;
  readonly #backwards: boolean;
  #places: readonly Place[] = [];

  constructor({ order }: UsersQuery, { backwards, limit }: KeysetWalk) {
    this.#limit = limit;
    this.#upward = (order.direction === 'ASC') !== backwards;
    this.#backwards = backwards;
  }

  get places(): readonly Place[] {
    return this.#places;
  }

  /** The place before which a further one counts; undefined while there are too few. */
  get last(): Place | undefined {
    return this.#places.length < this.#limit ? undefined : this.#places.at(-1);
  }

  add(found: readonly Place[]): void {
    if (found.length === 0) return;
    this.#places = this.#places.length === 0 ? found : [...this.#places, ...found].sort((a, b) => this.#compare(a, b)).slice(0, this.#limit);
  }

  #compare(a: Place, b: Place): number {
    if ((a.key === null) !== (b.key === null)) return (a.key === null) === this.#backwards ? -1 : 1;
    const order = compareTexts(a.key ?? '', b.key ?? '') || compareTexts(a.id, b.id);
    return this.#upward ? order : -order;
  }
}

/** Compares as SQLite does: by the bytes of UTF-8. */
const compareTexts = (a: string, b: string): number => (a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b)));
