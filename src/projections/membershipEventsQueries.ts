import { ROSTER_PREFIX } from '../domain/streamNames';
import { keysetPage, type KeysetWalk } from './keysetPage';
import { conditionsOf, eventsDigest, normalizeEventsFilter, type EventsFilter } from './membershipEventsFilter';
import { ENTRY_INDEXES, MEMBERSHIP_EVENTS_TABLES } from './membershipEventsProjection';
import { FilterTooWide, type LatestEventRow, type MembershipEventRow, type MembershipEventsFilter } from './membershipEventsRows';
import { selectEntries, type EntrySelection } from './membershipEventsSelection';
import { stretchesOf, type Stretch } from './membershipEventsStretches';
import type { Page } from './page';
import type { PageArguments } from './pageArguments';
import type { ReadModelDatabase } from './readModelDatabase';
import { SqlParameters } from './sqlParameters';
import type { UserKey } from './userListRows';
import { USER_LIST_TABLES } from './userListTables';

const { entries, addresses } = MEMBERSHIP_EVENTS_TABLES;

/** The events of so many users are looked for at once. */
const MAX_USERS = 100;

/** What happened in apps, as an index into the log. */
export class MembershipEventsQueries {
  constructor(private readonly database: ReadModelDatabase) {}

  /**
   * A page of the events that the filter lets through, in log order.
   * @throws InvalidPage, InvalidCursor; FilterTooWide for a Keap ID with more than 100 users.
   */
  page(filter: MembershipEventsFilter, page: PageArguments): Page<MembershipEventRow> {
    const wanted = normalizeEventsFilter(filter);
    const selection = selectEntries(this.database, wanted, this.#userIdsOf(wanted));
    return keysetPage<MembershipEventRow>(
      { digest: eventsDigest(wanted), placeOf: ({ position }) => ({ key: null, id: position }), rows: (walk) => this.#rows(wanted, selection, walk) },
      page,
    );
  }

  /** How many events the filter lets through, `most` at most. @throws FilterTooWide as for a page. */
  count(filter: MembershipEventsFilter, most: number): number {
    const wanted = normalizeEventsFilter(filter);
    return this.#rows(wanted, selectEntries(this.database, wanted, this.#userIdsOf(wanted)), { backwards: false, from: null, fromInclusive: false, until: null, limit: most }).length;
  }

  /** The latest event of each type about the users in their app's roster, in log order, as far as `untilTime` and `untilPosition` let see. */
  latestRosterEvents(userIds: readonly string[], filter: MembershipEventsFilter): readonly LatestEventRow[] {
    const { untilPosition, untilTime } = normalizeEventsFilter(filter);
    const parameters = new SqlParameters();
    const users = userIds.map((userId) => parameters.add(userId)).join(', ');
    const conditions = [`user_id IN (${users})`, `stream_prefix = '${ROSTER_PREFIX}'`, ...conditionsOf(parameters, ['position <=', untilPosition], ['occurred_at <=', untilTime])];
    return this.database.all<LatestEventRow>(
      `SELECT type, max(position) AS position, revision FROM ${entries} INDEXED BY ${ENTRY_INDEXES.user} WHERE ${conditions.join(' AND ')} GROUP BY type ORDER BY position`,
      parameters.values,
    );
  }

  /**
   * The ids under which a user's events stand: their own, and those of users who were invited under the same Keap ID and
   * are nobody any more, since this one accepted the invitation.
   */
  idsOfUser({ appId, userId, keapIdNormalized }: UserKey & { readonly keapIdNormalized: string }): readonly string[] {
    const merged = this.database.all<{ readonly userId: string }>(
      `SELECT a.user_id AS userId FROM ${addresses} a WHERE a.keap_id_normalized = ?1 AND a.app_id = ?2 AND a.user_id <> ?3
        AND NOT EXISTS (SELECT 1 FROM ${USER_LIST_TABLES.users} u WHERE u.app_id = a.app_id AND u.user_id = a.user_id) LIMIT ${MAX_USERS - 1}`,
      [keapIdNormalized, appId, userId],
    );
    return [userId, ...merged.map((one) => one.userId)];
  }

  /** The users that the filter means; null when it is about everybody. */
  #userIdsOf({ userIds, keapIdNormalized, appId }: EventsFilter): readonly string[] | null {
    if (keapIdNormalized === null) return userIds;
    const parameters = new SqlParameters();
    const conditions = conditionsOf(parameters, ['keap_id_normalized =', keapIdNormalized], ['app_id =', appId]);
    const rows = this.database.all<{ readonly userId: string }>(
      `SELECT user_id AS userId FROM ${addresses} WHERE ${conditions.join(' AND ')} LIMIT ${MAX_USERS + 1}`,
      parameters.values,
    );
    if (rows.length > MAX_USERS) throw new FilterTooWide(`This Keap ID has users in more than ${MAX_USERS} apps. Add "appId" to the filter.`);
    return rows.map(({ userId }) => userId).filter((userId) => userIds === null || userIds.includes(userId));
  }

  #rows(filter: EventsFilter, selection: EntrySelection, walk: KeysetWalk): readonly MembershipEventRow[] {
    const rows: MembershipEventRow[] = [];
    for (const stretch of stretchesOf(this.database, filter, walk)) {
      rows.push(...this.#rowsWithin(stretch, filter, selection, walk.backwards, walk.limit - rows.length));
      if (rows.length >= walk.limit) break;
    }
    return rows;
  }

  #rowsWithin({ first, last }: Stretch, { from, to, untilTime }: EventsFilter, selection: EntrySelection, backwards: boolean, limit: number): readonly MembershipEventRow[] {
    const parameters = new SqlParameters();
    const parts = selection(parameters);
    if (parts.length === 0) return [];
    const within = [
      `rowid BETWEEN ${parameters.add(first)} AND ${parameters.add(last)}`,
      ...conditionsOf(parameters, ['occurred_at >=', from], ['occurred_at <', to], ['occurred_at <=', untilTime]),
    ].join(' AND ');
    const direction = backwards ? 'DESC' : 'ASC';
    // UNION: an event may take something from one of the users and give it to another. The parts are in order, so that nothing is sorted.
    const numbers = parts.map((part) => `SELECT rowid AS number FROM ${part.from} WHERE ${part.conditions} AND ${within}`).join(' UNION ');
    return this.database.all<MembershipEventRow>(
      `SELECT e.position, e.app_id AS appId, e.stream_prefix || e.app_id AS stream, e.revision
        FROM (${numbers} ORDER BY number ${direction} LIMIT ${parameters.add(limit)}) n CROSS JOIN ${entries} e ON e.rowid = n.number ORDER BY n.number ${direction}`,
      parameters.values,
    );
  }
}
