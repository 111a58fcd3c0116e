import type { ReadModelDatabase } from '../../engine/database';
import { inChunks, SqlParameters } from '../../engine/query';
import type { KeysetWalk } from '../../paging/keyset';
import type { Place } from '../../paging/page';
import { USER_KINDS, USER_ROLES, USER_STATUSES, statusAt, userColumns, type UserRow } from '../rows';
import { USER_LIST_TABLES } from '../tables';
import { ORDER_COLUMNS, type NormalizedUserFilter, type SortCount, type UsersQuery } from '../walk';
import { FirstPlaces } from './places';
import { Wanted } from './segment';
import { type SegmentRange, SearchSegments } from './segments';
import { type Reading, readInSteps, type Work } from './steps';

const { search: searched, users } = USER_LIST_TABLES;

/** The numbers of users to compare in one step. */
type Numbers = Pick<SegmentRange, 'from' | 'to'>;

/** A search of an app's users by a text. */
type SearchFilter = NormalizedUserFilter & { readonly search: string };

/** Finds users by a part of their name or Keap ID. However large the app is, each step is short. */
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
    const { appId, filter, order, now } = query;
    const wanted = new Wanted(filter, now);
    const list = new FirstPlaces(order, walk);
    for (const range of yield* this.segments.rangesOf(appId, database)) {
      const { segment } = range;
      if (segment) segment.offer(this.segments.matches(segment, filter.search), wanted, order, walk, list);
      else for (const place of placesIn(database, range, query, walk, list.last)) list.offer(place);
      yield;
    }
    return usersAt(database, query, list.places);
  }

  *#counts(database: ReadModelDatabase, appId: string, filter: SearchFilter, now: string): Reading<readonly SortCount[]> {
    const wanted = new Wanted(filter, now);
    const totals = USER_STATUSES.map(() => 0);
    for (const range of yield* this.segments.rangesOf(appId, database)) {
      const { segment } = range;
      if (segment) segment.count(this.segments.matches(segment, filter.search), wanted, totals);
      else countsIn(database, range, appId, filter, now).forEach((number, index) => { totals[index] = (totals[index] ?? 0) + number; });
      yield;
    }
    return USER_STATUSES.map((status, index) => ({ status, number: totals[index] ?? 0 }));
  }
}

function placesIn(database: ReadModelDatabase, part: Numbers, { appId, filter, order, now }: UsersQuery & { readonly filter: SearchFilter }, walk: KeysetWalk, last: Place | undefined): readonly Place[] {
  if (filter.statuses.length === 0 || filter.kinds.length === 0 || filter.roles.length === 0) return [];
  const parameters = new SqlParameters();
  const column = ORDER_COLUMNS[order.field];
  const isUpward = (order.direction === 'ASC') !== walk.backwards;
  const direction = isUpward ? 'ASC' : 'DESC';
  const numbers = numbersOf(part, appId, parameters);
  const bounds = [
    ...(walk.from === null ? [] : [beyond(column, walk.from, isUpward, walk.backwards, walk.fromInclusive, parameters)]),
    ...(walk.until === null ? [] : [beyond(column, walk.until, !isUpward, !walk.backwards, false, parameters)]),
    ...(last === undefined ? [] : [beyond(column, last, !isUpward, !walk.backwards, false, parameters)]),
  ];
  const statuses = filter.statuses.length === USER_STATUSES.length ? [] : [`${statusAt(parameters.add(now))} IN (${filter.statuses.map((status) => `'${status}'`).join(', ')})`];
  const conditions = [numbers, ...sortsOf(filter), ...statuses, contains(filter.search, parameters), ...bounds].join(' AND ');
  return database.all<Place>(
    `SELECT ${column} AS key, user_id AS id FROM ${searched} WHERE ${conditions}
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
function countsIn(database: ReadModelDatabase, part: Numbers, appId: string, filter: SearchFilter, now: string): readonly number[] {
  if (filter.kinds.length === 0 || filter.roles.length === 0) return [];
  const parameters = new SqlParameters();
  const numbers = numbersOf(part, appId, parameters);
  const status = statusAt(parameters.add(now));
  const unit = (index: number): number => 2 ** (COUNT_BITS * (index % STATUSES_PER_SUM));
  const sumOf = (from: number): string =>
    `sum(CASE ${status} ${USER_STATUSES.slice(from, from + STATUSES_PER_SUM).map((one, index) => `WHEN '${one}' THEN ${unit(index)}`).join(' ')} ELSE 0 END)`;
  const conditions = [numbers, ...sortsOf(filter), contains(filter.search, parameters)].join(' AND ');
  const row = database.get<{ readonly low: number | null; readonly high: number | null }>(`SELECT ${sumOf(0)} AS low, ${sumOf(STATUSES_PER_SUM)} AS high FROM ${searched} WHERE ${conditions}`, parameters.values);
  return USER_STATUSES.map((_, index) => Math.floor(((index < STATUSES_PER_SUM ? row?.low : row?.high) ?? 0) / unit(index)) % 2 ** COUNT_BITS);
}

const numbersOf = ({ from, to }: Numbers, appId: string, parameters: SqlParameters): string =>
  `app_id = ${parameters.add(appId)} AND number BETWEEN ${parameters.add(from)} AND ${parameters.add(to)}`;

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
