import { ROSTER_PREFIX } from '../../domain/streams';
import type { ReadModelDatabase } from '../engine/database';
import { SqlParameters } from '../engine/query';
import type { Page, PageArguments } from '../paging/page';
import type { UserKey } from '../userList/rows';
import { USER_LIST_TABLES } from '../userList/tables';
import { conditionsOf, normalizeEventsFilter } from './entries';
import { EventPages, MAX_USERS } from './paging';
import { ENTRY_INDEXES, MEMBERSHIP_EVENTS_INDEX, MEMBERSHIP_EVENTS_TABLES } from './projection';
import type { LatestEventRow, MembershipEventRow, MembershipEventsFilter } from './rows';

const { entries, addresses } = MEMBERSHIP_EVENTS_TABLES;

/** Queries for the events of apps. They return places in the log, not the events themselves. */
export class MembershipEventsQueries {
  readonly #pages: EventPages;

  constructor(private readonly database: ReadModelDatabase) {
    this.#pages = new EventPages(database, MEMBERSHIP_EVENTS_INDEX);
  }

  /**
   * Returns a page of the events that match the filter, in log order.
   * @throws InvalidPage; InvalidCursor; FilterTooWide for a Keap ID with more than 100 users.
   */
  page(filter: MembershipEventsFilter, page: PageArguments): Page<MembershipEventRow> {
    return this.#pages.page(filter, page);
  }

  /** Counts the events that match the filter, up to `most`. @throws FilterTooWide for a Keap ID with more than 100 users. */
  count(filter: MembershipEventsFilter, most: number): number {
    return this.#pages.count(filter, most);
  }

  /** Returns the latest roster event of each type about the users, in log order, up to the filter's `untilTime` and `untilPosition`. */
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
   * Returns the ids under which a user's events are recorded: their own, and those of users invited under the same Keap ID
   * who were merged into this one when it accepted the invitation.
   */
  idsOfUser({ appId, userId, keapIdNormalized }: UserKey & { readonly keapIdNormalized: string }): readonly string[] {
    const merged = this.database.all<{ readonly userId: string }>(
      `SELECT a.user_id AS userId FROM ${addresses} a WHERE a.keap_id_normalized = ?1 AND a.app_id = ?2 AND a.user_id <> ?3
        AND NOT EXISTS (SELECT 1 FROM ${USER_LIST_TABLES.users} u WHERE u.app_id = a.app_id AND u.user_id = a.user_id) LIMIT ${MAX_USERS - 1}`,
      [keapIdNormalized, appId, userId],
    );
    return [userId, ...merged.map((one) => one.userId)];
  }
}
