import { comparisonKeyOrNull } from './comparisonKey';
import { type KeysetWalk, walkConditions, walkOrder } from './keysetPage';
import type { Place } from './pageCursor';
import { SqlParameters } from './sqlParameters';
import { userColumns } from './userRows';
import { selectionsOf, type NormalizedUserFilter } from './userSelection';
import type { UserOrder, UserOrderField, UserRow } from './userListRows';
import { orderIndex, USER_LIST_TABLES } from './userListTables';

const ORDER_COLUMNS: Readonly<Record<UserOrderField, string>> = {
  NAME: 'name_key',
  KEAP_ID: 'keap_id_normalized',
  INVITED_AT: 'invited_at',
  JOINED_AT: 'joined_at',
};

/** Where a user stands in an order. */
export function userPlace({ userId, name, keapIdNormalized, invitedAt, joinedAt }: UserRow, field: UserOrderField): Place {
  const keys = { NAME: comparisonKeyOrNull(name), KEAP_ID: keapIdNormalized, INVITED_AT: invitedAt, JOINED_AT: joinedAt };
  return { key: keys[field], id: userId };
}

export interface UsersQuery {
  readonly appId: string;
  readonly filter: NormalizedUserFilter;
  readonly order: UserOrder;
  readonly now: string;
}

export interface SqlQuery {
  readonly sql: string;
  readonly parameters: SqlParameters;
}

/**
 * The statement for one walk along an app's users; null when nobody can be met. Users with a key and those without are
 * two stretches, since the latter stand last whatever the direction. Within a stretch each sort of user comes from an
 * index in the right order, and SQLite merges them without reading further than it needs. The second stretch is only
 * read for what the first one leaves.
 */
export function usersWalk({ appId, filter, order, now }: UsersQuery, walk: KeysetWalk): SqlQuery | null {
  const parameters = new SqlParameters();
  const column = ORDER_COLUMNS[order.field];
  const selections = selectionsOf(appId, filter, orderIndex(column), now, parameters);
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

/** Whether the walk comes through the users with a key, or those without. */
function reaches(walk: KeysetWalk, keyed: boolean): boolean {
  const [lower, upper] = walk.backwards ? [walk.until, walk.from] : [walk.from, walk.until];
  return keyed ? lower === null || lower.key !== null : upper === null || upper.key === null;
}

/** A bound in the other stretch is none in this one. */
function withinStretch(walk: KeysetWalk, keyed: boolean): KeysetWalk {
  const here = (place: Place | null): Place | null => (place !== null && (place.key !== null) === keyed ? place : null);
  return { ...walk, from: here(walk.from), until: here(walk.until) };
}
