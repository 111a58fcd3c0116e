import { conditionsOf, eventsDigest, type EventIndex, type EventsFilter, normalizeEventsFilter, type Stretch, stretchesOf } from './entries';
import { FilterTooWide, type MembershipEventRow, type MembershipEventsFilter } from './rows';
import { type EntrySelection, selectEntries } from './selection';
import { MEMBERSHIP_EVENTS_TABLES } from './projection';
import type { ReadModelDatabase } from '../engine/database';
import { SqlParameters } from '../engine/query';
import { keysetPage, type KeysetWalk } from '../paging/keyset';
import type { Page, PageArguments } from '../paging/page';
import { KEAP_ID_BINDINGS_TABLE, SIGN_INS_TABLE } from '../keapIdBindings/projection';
import { USER_LIST_TABLES } from '../userList/tables';

const { addresses } = MEMBERSHIP_EVENTS_TABLES;

/** Maximum number of users in a filter. A Keap ID with more is refused. */
export const MAX_USERS = 100;

/** Reads pages of an index of events. They hold places in the log, not the events themselves. */
export class EventPages {
  constructor(
    private readonly database: ReadModelDatabase,
    private readonly index: EventIndex,
  ) {}

  /**
   * Returns a page of the events that match the filter, in log order.
   * @throws InvalidPage; InvalidCursor; FilterTooWide for a Keap ID with more than 100 users.
   */
  page(filter: MembershipEventsFilter, page: PageArguments): Page<MembershipEventRow> {
    const wanted = normalizeEventsFilter(filter);
    const selection = this.#select(wanted);
    return keysetPage<MembershipEventRow>(
      { digest: eventsDigest(this.index.list, wanted), placeOf: ({ position }) => ({ key: null, id: position }), rows: (walk) => this.#rows(wanted, selection, walk) },
      page,
    );
  }

  /** Counts the events that match the filter, up to `most`. @throws FilterTooWide for a Keap ID with more than 100 users. */
  count(filter: MembershipEventsFilter, most: number): number {
    const wanted = normalizeEventsFilter(filter);
    return this.#rows(wanted, this.#select(wanted), { backwards: false, from: null, fromInclusive: false, until: null, limit: most }).length;
  }

  #select(filter: EventsFilter): EntrySelection {
    return selectEntries(this.database, this.index, filter, { userIds: this.#userIdsOf(filter), actorIds: this.#actorIdsOf(filter) });
  }

  /** People with the filter's Keap ID of an actor, also by a sign-in that they had before; null for no restriction. */
  #actorIdsOf({ actorKeapIdNormalized }: EventsFilter): readonly string[] | null {
    if (actorKeapIdNormalized === null) return null;
    const rows = this.database.all<{ readonly personId: string }>(
      `SELECT person_id AS personId FROM ${KEAP_ID_BINDINGS_TABLE} WHERE keap_id_normalized = ?1 AND person_id IS NOT NULL
        UNION SELECT person_id FROM ${SIGN_INS_TABLE} WHERE keap_id_normalized = ?1
        UNION SELECT u.person_id FROM ${addresses} a CROSS JOIN ${USER_LIST_TABLES.users} u ON u.app_id = a.app_id AND u.user_id = a.user_id
          WHERE a.keap_id_normalized = ?1 AND u.person_id IS NOT NULL
        UNION SELECT f.person_id FROM ${addresses} a CROSS JOIN ${USER_LIST_TABLES.formerSignIns} f ON f.app_id = a.app_id AND f.user_id = a.user_id
          WHERE a.keap_id_normalized = ?1 LIMIT ${MAX_USERS + 1}`,
      [actorKeapIdNormalized],
    );
    if (rows.length > MAX_USERS) throw new FilterTooWide(`More than ${MAX_USERS} people have had this Keap ID. Use "actorId" instead.`);
    return rows.map(({ personId }) => personId);
  }

  /** Users of the filter; null for no restriction. */
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
    for (const stretch of stretchesOf(this.database, this.index, filter, walk)) {
      rows.push(...this.#rowsWithin(stretch, filter, selection, walk.backwards, walk.limit - rows.length));
      if (rows.length >= walk.limit) break;
    }
    return rows;
  }

  #rowsWithin({ first, last }: Stretch, { from, to, untilTime }: EventsFilter, selection: EntrySelection, backwards: boolean, limit: number): readonly MembershipEventRow[] {
    const { entries, stream } = this.index;
    const parameters = new SqlParameters();
    const parts = selection(parameters);
    if (parts.length === 0) return [];
    const within = [
      `rowid BETWEEN ${parameters.add(first)} AND ${parameters.add(last)}`,
      ...conditionsOf(parameters, ['occurred_at >=', from], ['occurred_at <', to], ['occurred_at <=', untilTime]),
    ].join(' AND ');
    const direction = backwards ? 'DESC' : 'ASC';
    // UNION removes duplicates: an event may concern two of the users. The parts are in order, so nothing is sorted.
    const numbers = parts.map((part) => `SELECT rowid AS number FROM ${part.from} WHERE ${part.conditions} AND ${within}`).join(' UNION ');
    return this.database.all<MembershipEventRow>(
      `SELECT e.position, e.app_id AS appId, ${stream} AS stream, e.revision
        FROM (${numbers} ORDER BY number ${direction} LIMIT ${parameters.add(limit)}) n CROSS JOIN ${entries} e ON e.rowid = n.number ORDER BY n.number ${direction}`,
      parameters.values,
    );
  }
}
