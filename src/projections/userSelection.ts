import { comparisonKey } from './comparisonKey';
import type { SqlParameters } from './sqlParameters';
import { USER_KINDS, USER_ROLES, USER_STATUSES, type UserFilter, type UserStatus } from './userListRows';
import { EXPIRING_USERS_INDEX, USER_LIST_TABLES } from './userListTables';

const DEFAULT_STATUSES: readonly UserStatus[] = ['ACTIVE', 'INVITED'];

/** A filter with its defaults, in one form for each meaning. */
export interface NormalizedUserFilter {
  readonly statuses: readonly UserStatus[];
  readonly kinds: readonly (typeof USER_KINDS)[number][];
  readonly roles: readonly (typeof USER_ROLES)[number][];
  /** in the form in which it is compared; null for everybody. */
  readonly search: string | null;
}

/** Two filters that mean the same become equal. */
export function normalizeUserFilter({ statuses, kinds, roles, search }: UserFilter): NormalizedUserFilter {
  return {
    statuses: USER_STATUSES.filter((status) => (statuses ?? DEFAULT_STATUSES).includes(status)),
    kinds: USER_KINDS.filter((kind) => (kinds ?? USER_KINDS).includes(kind)),
    roles: USER_ROLES.filter((role) => (roles ?? USER_ROLES).includes(role)),
    search: search === null || search === undefined || search === '' ? null : comparisonKey(search),
  };
}

/** Some of an app's users, as conditions on the users' table and the index that gives them; see `selectionsOf`. */
export interface UserSelection {
  readonly index: string;
  readonly conditions: string;
}

/**
 * The users that a filter lets through, in parts of which each stands in the index `index` in its order. A status that
 * the clock decides is two parts: invitations that have expired without it being written yet are few, since a process
 * writes it, and are found by their expiry.
 */
export function selectionsOf(appId: string, filter: NormalizedUserFilter, index: string, now: string, parameters: SqlParameters): readonly UserSelection[] {
  const app = `app_id = ${parameters.add(appId)}`;
  const present = parameters.add(now);
  const search = searchCondition(filter.search, parameters);
  const sorts = filter.kinds.flatMap((kind) => filter.roles.map((role) => `kind = '${kind}' AND role = '${role}'`));
  const inOrder = (status: UserStatus, more = ''): readonly UserSelection[] =>
    sorts.map((sort) => ({ index, conditions: `${app} AND status = '${status}' AND ${sort}${more}${search}` }));
  const expiredUnwritten = (): readonly UserSelection[] =>
    sorts.map((sort) => ({ index: EXPIRING_USERS_INDEX, conditions: `${app} AND status = 'INVITED' AND expires_at <= ${present} AND ${sort}${search}` }));
  return filter.statuses.flatMap((status) => {
    if (status === 'INVITED') return inOrder(status, filter.statuses.includes('EXPIRED') ? '' : ` AND expires_at > ${present}`);
    if (status === 'EXPIRED' && !filter.statuses.includes('INVITED')) return [...inOrder(status), ...expiredUnwritten()];
    return inOrder(status);
  });
}

function searchCondition(search: string | null, parameters: SqlParameters): string {
  if (search === null) return '';
  const text = parameters.add(search);
  return ` AND (instr(keap_id_normalized, ${text}) > 0 OR instr(name_key, ${text}) > 0)`;
}

interface SortCount {
  readonly status: UserStatus;
  readonly number: number;
}

/** The statement that counts an app's users by status as of `now`, for the filter without its statuses; null when there can be none. */
export function countByStatus(appId: string, filter: NormalizedUserFilter, now: string, parameters: SqlParameters): string | null {
  if (filter.kinds.length === 0 || filter.roles.length === 0) return null;
  const app = `app_id = ${parameters.add(appId)}`;
  const present = parameters.add(now);
  const sorts = `kind IN (${filter.kinds.map((kind) => `'${kind}'`).join(', ')}) AND role IN (${filter.roles.map((role) => `'${role}'`).join(', ')})`;
  if (filter.search !== null) {
    return `SELECT CASE WHEN status = 'INVITED' AND expires_at <= ${present} THEN 'EXPIRED' ELSE status END AS status, count(*) AS number
      FROM ${USER_LIST_TABLES.users} WHERE ${app} AND ${sorts}${searchCondition(filter.search, parameters)} GROUP BY 1`;
  }
  const unwritten = `FROM ${USER_LIST_TABLES.users} INDEXED BY ${EXPIRING_USERS_INDEX} WHERE ${app} AND status = 'INVITED' AND expires_at <= ${present} AND ${sorts}`;
  return `SELECT status, sum(number) AS number FROM (
      SELECT status, number FROM ${USER_LIST_TABLES.counts} WHERE ${app} AND ${sorts}
      UNION ALL SELECT 'INVITED', -count(*) ${unwritten}
      UNION ALL SELECT 'EXPIRED', count(*) ${unwritten}
    ) GROUP BY status`;
}

/** Every status with its number, those with none included. */
export const completeCounts = (counts: readonly SortCount[]): readonly { readonly status: UserStatus; readonly count: number }[] =>
  USER_STATUSES.map((status) => ({ status, count: counts.find((one) => one.status === status)?.number ?? 0 }));
