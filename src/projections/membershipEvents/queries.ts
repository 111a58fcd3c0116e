import { CONTACTS_PREFIX, ROSTER_PREFIX } from '../../domain/streams';
import { conditionsOf, ENTRY_INDEXES, eventsDigest, type EventsFilter, MEMBERSHIP_EVENTS_TABLES, normalizeEventsFilter, type Stretch, stretchesOf } from './projection';
import { type ReadModelDatabase, SqlParameters } from '../engine/database';
import { keysetPage, type KeysetWalk } from '../paging/keyset';
import { FilterTooWide, type LatestEventRow, type MembershipEventRow, type MembershipEventsFilter } from './rows';
import type { Page, PageArguments } from '../paging/page';
import type { UserKey } from '../userList/rows';
import { KEAP_ID_BINDINGS_TABLE } from '../keapIdBindings/projection';
import { USER_LIST_TABLES } from '../userList/tables';

const { entries, addresses } = MEMBERSHIP_EVENTS_TABLES;

/** Up to this number the entries that match a condition are counted. */
const MOST_COUNTED = 1_000;

/** FROM and WHERE of a query that returns entries in log order. */
interface EntryPart {
  readonly from: string;
  readonly conditions: string;
}

/** One condition of a filter: queries that find its entries through an index, and the condition for entries found in another way. */
interface Path {
  parts(parameters: SqlParameters): readonly EntryPart[];
  condition(parameters: SqlParameters): string;
}

/** Builds the queries that find the entries; none when nothing can match. */
type EntrySelection = (parameters: SqlParameters) => readonly EntryPart[];

/**
 * Plans how to find the entries of a filter, apart from its times and positions: through the index of the condition with the
 * fewest entries. The other conditions are checked on each of these.
 * @param userIds users of the filter; null for no restriction.
 * @param actorIds people with the filter's Keap ID of an actor; null for no restriction.
 */
function selectEntries(database: ReadModelDatabase, filter: EventsFilter, userIds: readonly string[] | null, actorIds: readonly string[] | null): EntrySelection {
  if ([filter.types, filter.appIds, userIds, actorIds].some((list) => list?.length === 0)) return () => [];
  const paths = pathsOf(filter, userIds, actorIds);
  const best = shortest(database, paths);
  if (!best) return () => [{ from: entries, conditions: 'TRUE' }];
  const others = paths.filter((path) => path !== best);
  return (parameters) => {
    const rest = others.map((path) => ` AND ${path.condition(parameters)}`).join('');
    return best.parts(parameters).map(({ from, conditions }) => ({ from, conditions: conditions + rest }));
  };
}

function pathsOf(filter: EventsFilter, userIds: readonly string[] | null, actorIds: readonly string[] | null): readonly Path[] {
  const { correlationId, actorId, appIds } = filter;
  return [
    ...(correlationId === null ? [] : [equal('correlation_id', ENTRY_INDEXES.correlation, correlationId)]),
    ...(userIds === null ? [] : [ofUsers(userIds)]),
    ...(actorId === null ? [] : [equal('actor_id', ENTRY_INDEXES.actor, actorId)]),
    ...(actorIds === null ? [] : [among('actor_id', ENTRY_INDEXES.actor, actorIds)]),
    ...(appIds === null ? [] : [among('app_id', ENTRY_INDEXES.app, appIds)]),
    ...ofAppAndTypes(filter),
  ];
}

const through = (index: string): string => `${entries} INDEXED BY ${index}`;

function equal(column: string, index: string, value: string): Path {
  const condition = (parameters: SqlParameters): string => `${column} = ${parameters.add(value)}`;
  return { condition, parts: (parameters) => [{ from: through(index), conditions: condition(parameters) }] };
}

function among(column: string, index: string, values: readonly string[]): Path {
  return {
    condition: (parameters) => `${column} IN (${values.map((value) => parameters.add(value)).join(', ')})`,
    parts: (parameters) => values.map((value) => ({ from: through(index), conditions: `${column} = ${parameters.add(value)}` })),
  };
}

function ofUsers(userIds: readonly string[]): Path {
  return {
    condition(parameters) {
      const among = userIds.map((userId) => parameters.add(userId)).join(', ');
      return `(user_id IN (${among}) OR other_user_id IN (${among}))`;
    },
    parts: (parameters) =>
      userIds.flatMap((userId) => {
        const user = parameters.add(userId);
        return [
          { from: through(ENTRY_INDEXES.user), conditions: `user_id = ${user} AND stream_prefix = '${ROSTER_PREFIX}'` },
          { from: through(ENTRY_INDEXES.user), conditions: `user_id = ${user} AND stream_prefix = '${CONTACTS_PREFIX}'` },
          { from: through(ENTRY_INDEXES.otherUser), conditions: `other_user_id = ${user}` },
        ];
      }),
  };
}

function ofAppAndTypes({ appId, types }: EventsFilter): readonly Path[] {
  if (types === null) return appId === null ? [] : [equal('app_id', ENTRY_INDEXES.app, appId)];
  const inApp = (parameters: SqlParameters): string => (appId === null ? '' : `app_id = ${parameters.add(appId)} AND `);
  const from = through(appId === null ? ENTRY_INDEXES.type : ENTRY_INDEXES.appAndType);
  return [
    {
      condition: (parameters) => `${inApp(parameters)}type IN (${types.map((type) => parameters.add(type)).join(', ')})`,
      parts(parameters) {
        const app = inApp(parameters);
        return types.map((type) => ({ from, conditions: `${app}type = ${parameters.add(type)}` }));
      },
    },
  ];
}

/** Returns the path with the fewest entries, counted up to 1,000; the first of several. Undefined without paths. */
function shortest(database: ReadModelDatabase, paths: readonly Path[]): Path | undefined {
  if (paths.length < 2) return paths[0];
  const parameters = new SqlParameters();
  const counts = paths.map((path, index) => {
    const found = path.parts(parameters).map(({ from, conditions }) => `SELECT 1 FROM ${from} WHERE ${conditions}`);
    return `SELECT ${index} AS path, count(*) AS length FROM (SELECT 1 FROM (${found.join(' UNION ALL ')}) LIMIT ${MOST_COUNTED})`;
  });
  const [first] = database.all<{ readonly path: number; readonly length: number }>(`${counts.join(' UNION ALL ')} ORDER BY length, path`, parameters.values);
  return first && paths[first.path];
}

/** Maximum number of users in a filter. A Keap ID with more is refused. */
const MAX_USERS = 100;

/** Queries for the events of apps. They return places in the log, not the events themselves. */
export class MembershipEventsQueries {
  constructor(private readonly database: ReadModelDatabase) {}

  /**
   * Returns a page of the events that match the filter, in log order.
   * @throws InvalidPage; InvalidCursor; FilterTooWide for a Keap ID with more than 100 users.
   */
  page(filter: MembershipEventsFilter, page: PageArguments): Page<MembershipEventRow> {
    const wanted = normalizeEventsFilter(filter);
    const selection = this.#select(wanted);
    return keysetPage<MembershipEventRow>(
      { digest: eventsDigest(wanted), placeOf: ({ position }) => ({ key: null, id: position }), rows: (walk) => this.#rows(wanted, selection, walk) },
      page,
    );
  }

  /** Counts the events that match the filter, up to `most`. @throws FilterTooWide for a Keap ID with more than 100 users. */
  count(filter: MembershipEventsFilter, most: number): number {
    const wanted = normalizeEventsFilter(filter);
    return this.#rows(wanted, this.#select(wanted), { backwards: false, from: null, fromInclusive: false, until: null, limit: most }).length;
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

  #select(filter: EventsFilter): EntrySelection {
    return selectEntries(this.database, filter, this.#userIdsOf(filter), this.#actorIdsOf(filter));
  }

  /** People with the filter's Keap ID of an actor, also by a sign-in that they had before; null for no restriction. */
  #actorIdsOf({ actorKeapIdNormalized }: EventsFilter): readonly string[] | null {
    if (actorKeapIdNormalized === null) return null;
    const rows = this.database.all<{ readonly personId: string }>(
      `SELECT person_id AS personId FROM ${KEAP_ID_BINDINGS_TABLE} WHERE keap_id_normalized = ?1
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
    // UNION removes duplicates: an event may concern two of the users. The parts are in order, so nothing is sorted.
    const numbers = parts.map((part) => `SELECT rowid AS number FROM ${part.from} WHERE ${part.conditions} AND ${within}`).join(' UNION ');
    return this.database.all<MembershipEventRow>(
      `SELECT e.position, e.app_id AS appId, e.stream_prefix || e.app_id AS stream, e.revision
        FROM (${numbers} ORDER BY number ${direction} LIMIT ${parameters.add(limit)}) n CROSS JOIN ${entries} e ON e.rowid = n.number ORDER BY n.number ${direction}`,
      parameters.values,
    );
  }
}
