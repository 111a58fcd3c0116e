import { comparisonKey, comparisonKeyOrNull } from '../comparisonKey';
import { SqlParameters } from '../engine/query';
import { USER_KINDS, USER_ROLES, USER_STATUSES, userColumns, type UserFilter, type UserOrder, type UserOrderField, type UserRow, type UserStatus } from './rows';
import { EXPIRED_USERS_INDEX, EXPIRING_USERS_INDEX, orderIndex, USER_LIST_TABLES } from './tables';
import { type KeysetWalk, walkConditions, walkOrder } from '../paging/keyset';
import type { Place } from '../paging/page';

const DEFAULT_STATUSES: readonly UserStatus[] = ['ACTIVE', 'INVITED'];

/** A filter with all defaults applied. */
export interface NormalizedUserFilter {
  readonly statuses: readonly UserStatus[];
  readonly kinds: readonly (typeof USER_KINDS)[number][];
  readonly roles: readonly (typeof USER_ROLES)[number][];
  /** Searched text in the form in which it is compared; null for no restriction. `UserSearch` reads it, and nothing in this file. */
  readonly search: string | null;
}

/** Applies the defaults, so that filters with the same meaning become equal. */
export function normalizeUserFilter({ statuses, kinds, roles, search }: UserFilter): NormalizedUserFilter {
  return {
    statuses: USER_STATUSES.filter((status) => (statuses ?? DEFAULT_STATUSES).includes(status)),
    kinds: USER_KINDS.filter((kind) => (kinds ?? USER_KINDS).includes(kind)),
    roles: USER_ROLES.filter((role) => (roles ?? USER_ROLES).includes(role)),
    search: comparisonKey(search ?? '').trim() || null,
  };
}

/** Some of an app's users: conditions on the users' table, and the index to use. */
interface UserSelection {
  readonly index: string;
  readonly conditions: string;
}

/**
 * Splits the users that match a filter into selections, each of which `index` returns in order. Expired users take two
 * kinds of selections: those with an expiry event, and those that have expired by the clock alone. The latter are few, because
 * a process appends that event soon, and are found by their expiry. So are invited users with an expiry event, whom there are
 * only where the clock was ahead.
 */
function selectionsOf({ appId, filter, now, someReopened }: UsersQuery, index: string, parameters: SqlParameters): readonly UserSelection[] {
  const app = `app_id = ${parameters.add(appId)}`;
  const present = parameters.add(now);
  const sorts = filter.kinds.flatMap((kind) => filter.roles.map((role) => `kind = '${kind}' AND role = '${role}'`));
  const inOrder = (status: UserStatus, more = ''): readonly UserSelection[] =>
    sorts.map((sort) => ({ index, conditions: `${app} AND status = '${status}' AND ${sort}${more}` }));
  const few = (fewOnes: string, byExpiry: string): readonly UserSelection[] =>
    sorts.map((sort) => ({ index: byExpiry, conditions: `${app} AND ${fewOnes} AND ${sort}` }));
  const both = filter.statuses.includes('INVITED') && filter.statuses.includes('EXPIRED');
  return filter.statuses.flatMap((status) => {
    if (status === 'INVITED' && !both) return [...inOrder(status, ` AND expires_at > ${present}`), ...(someReopened ? few(reopened(present), EXPIRED_USERS_INDEX) : [])];
    if (status === 'EXPIRED' && !both) return [...inOrder(status, ` AND expires_at <= ${present}`), ...few(lapsed(present), EXPIRING_USERS_INDEX)];
    return inOrder(status);
  });
}

/** Condition for users whose invitation has expired by the clock at `now` and has no expiry event. */
const lapsed = (now: string): string => `status = 'INVITED' AND expires_at <= ${now}`;

/** Condition for users whose invitation has an expiry event and is open by the clock at `now`, which was ahead when the event was appended. */
const reopened = (now: string): string => `status = 'EXPIRED' AND expires_at > ${now}`;

/** SQL that counts an app's users of some kinds whose recorded status is INVITED or EXPIRED and whose status at `now` is the other one. */
export const countLapsed = (app: string, sorts: string, now: string): string => `(SELECT count(*) FROM ${USER_LIST_TABLES.users} INDEXED BY ${EXPIRING_USERS_INDEX} WHERE ${app} AND ${lapsed(now)} AND ${sorts})`;
export const countReopened = (app: string, sorts: string, now: string): string => `(SELECT count(*) FROM ${USER_LIST_TABLES.users} INDEXED BY ${EXPIRED_USERS_INDEX} WHERE ${app} AND ${reopened(now)} AND ${sorts})`;

/** Number of users with a status. */
export interface SortCount {
  readonly status: UserStatus;
  readonly number: number;
}

/** SQL that counts an app's users by status at `now` and ignores the filter's statuses and its searched text; null when nobody can match. */
export function countByStatus(appId: string, filter: NormalizedUserFilter, now: string, parameters: SqlParameters): string | null {
  if (filter.kinds.length === 0 || filter.roles.length === 0) return null;
  const app = `app_id = ${parameters.add(appId)}`;
  const present = parameters.add(now);
  const sorts = `kind IN (${filter.kinds.map((kind) => `'${kind}'`).join(', ')}) AND role IN (${filter.roles.map((role) => `'${role}'`).join(', ')})`;
  const expired = `${countLapsed(app, sorts, present)} - ${countReopened(app, sorts, present)}`;
  return `SELECT status, sum(number) AS number FROM (
      SELECT status, number FROM ${USER_LIST_TABLES.counts} WHERE ${app} AND ${sorts}
      UNION ALL SELECT 'INVITED', -(${expired})
      UNION ALL SELECT 'EXPIRED', ${expired}
    ) GROUP BY status`;
}

/** Adds the statuses that nobody has, with the count 0. */
export const completeCounts = (counts: readonly SortCount[]): readonly { readonly status: UserStatus; readonly count: number }[] =>
  USER_STATUSES.map((status) => ({ status, count: counts.find((one) => one.status === status)?.number ?? 0 }));

/** Columns that the orders compare. */
export const ORDER_COLUMNS: Readonly<Record<UserOrderField, string>> = {
  NAME: 'name_key',
  KEAP_ID: 'keap_id_normalized',
  INVITED_AT: 'invited_at',
  JOINED_AT: 'joined_at',
};

/** Returns a user's place in an order. */
export function userPlace({ userId, name, keapIdNormalized, invitedAt, joinedAt }: UserRow, field: UserOrderField): Place {
  const keys = { NAME: comparisonKeyOrNull(name), KEAP_ID: keapIdNormalized, INVITED_AT: invitedAt, JOINED_AT: joinedAt };
  return { key: keys[field], id: userId };
}

export interface UsersQuery {
  readonly appId: string;
  readonly filter: NormalizedUserFilter;
  readonly order: UserOrder;
  readonly now: string;
  /** Whether the app has invited users with an expiry event. */
  readonly someReopened: boolean;
}

interface SqlQuery {
  readonly sql: string;
  readonly parameters: SqlParameters;
}

/**
 * Builds the SQL of one walk through an app's users; null when nobody can match. Users with a sort key and users without one
 * are two stretches, because the latter come last in either direction. Within a stretch an index returns each selection in
 * order, and SQLite merges them without reading more than it needs. The second stretch is read only for the rows that the
 * first one lacks.
 */
export function usersWalk(query: UsersQuery, walk: KeysetWalk): SqlQuery | null {
  const { appId, order, now } = query;
  const parameters = new SqlParameters();
  const column = ORDER_COLUMNS[order.field];
  const selections = selectionsOf(query, orderIndex(column), parameters);
  if (selections.length === 0) return null;
  const ascending = order.direction === 'ASC';
  const limit = parameters.add(walk.limit);

  const stretch = (columns: readonly string[], keyed: boolean, most: string): string => {
    const bounds = walkConditions({ columns, ascending }, withinStretch(walk, keyed), ({ key, id }) => (keyed ? [key, id] : [id]), parameters);
    const parts = selections.map(
      ({ index, conditions }) =>
        `SELECT ${column} AS place_key, user_id AS place_id FROM ${USER_LIST_TABLES.users} INDEXED BY ${index} WHERE ${conditions} AND ${column} IS ${keyed ? 'NOT NULL' : 'NULL'}${bounds}`,
    );
    const placed = columns.map((name) => (name === 'user_id' ? 'place_id' : 'place_key'));
    return `SELECT place_key, place_id FROM (${parts.join(' UNION ALL ')} ORDER BY ${walkOrder({ columns: placed, ascending }, walk)} LIMIT ${most})`;
  };

  const stretches = [true, false].filter((keyed) => reaches(walk, keyed)).map((keyed) => ({ keyed, columns: keyed ? [column, 'user_id'] : ['user_id'] }));
  const [first, second] = walk.backwards ? stretches.reverse() : stretches;
  if (first === undefined) return null;
  const withFirst = `WITH first_stretch AS MATERIALIZED (${stretch(first.columns, first.keyed, limit)})`;
  const places = second === undefined
    ? `${withFirst} SELECT 0 AS part, place_key, place_id FROM first_stretch`
    : `${withFirst}, second_stretch AS MATERIALIZED (${stretch(second.columns, second.keyed, `(SELECT ${limit} - count(*) FROM first_stretch)`)})
      SELECT 0 AS part, place_key, place_id FROM first_stretch UNION ALL SELECT 1, place_key, place_id FROM second_stretch`;
  const sql = `SELECT ${userColumns(parameters.add(now))} FROM (${places}) p
    CROSS JOIN ${USER_LIST_TABLES.users} u ON u.app_id = ${parameters.add(appId)} AND u.user_id = p.place_id
    ORDER BY p.part, ${walkOrder({ columns: ['p.place_key', 'p.place_id'], ascending }, walk)}`;
  return { sql, parameters };
}

/** Whether the walk includes users with a sort key (`keyed`) or those without. */
function reaches(walk: KeysetWalk, keyed: boolean): boolean {
  const [lower, upper] = walk.backwards ? [walk.until, walk.from] : [walk.from, walk.until];
  return keyed ? lower === null || lower.key !== null : upper === null || upper.key === null;
}

/** Drops the bounds that lie in the other stretch. */
function withinStretch(walk: KeysetWalk, keyed: boolean): KeysetWalk {
  const here = (place: Place | null): Place | null => (place !== null && (place.key !== null) === keyed ? place : null);
  return { ...walk, from: here(walk.from), until: here(walk.until) };
}
