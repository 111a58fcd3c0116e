import { Steps } from '../../concurrency';
import { LRUCache } from 'lru-cache';
import type { ReadModelDatabase } from '../engine/database';
import { inChunks, SqlParameters } from '../engine/query';
import type { LogPosition } from '../../eventstore/eventStore';
import { ENTRY_INDEXES, MEMBERSHIP_EVENTS_TABLES } from '../membershipEvents/projection';
import { FilterTooWide } from '../membershipEvents/rows';
import { keysetPageAsync, type KeysetWalk, walkConditions, walkOrder } from '../paging/keyset';
import { type Page, type PageArguments, queryDigest } from '../paging/page';
import type { UserKey } from '../userList/rows';
import { USER_LIST_TABLES } from '../userList/tables';
import { BEGINNINGS, CLASS, DAYS_OF_CLASSES, LASTING, PERIOD_INDEXES, PERIOD_TABLES } from './projection';
import type { AccessFilter, AccessPart, AccessRow, AccessTime, HeldRole, PeriodMoment, PeriodRow, PeriodsFilter } from './rows';

const { periods } = PERIOD_TABLES;
const { addresses, entries } = MEMBERSHIP_EVENTS_TABLES;
const { apps, users } = USER_LIST_TABLES;

const COLUMNS = `p.app_id AS appId, p.user_id AS userId, p.kind, p.role, p.from_at AS "from", p.to_at AS "to",
  p.began_position AS beganPosition, p.began_revision AS beganRevision, p.ended_revision AS endedRevision, p.invited_by AS invitedBy, p.reason`;

/** Earliest begun first. */
const ORDER = { columns: ['from_at', 'began_position'], ascending: true } as const;

const DAY_MS = 24 * 60 * 60 * 1000;

/** Most users with the Keap ID of a filter. A Keap ID with more is refused. */
const MAX_USERS = 100;

/** A filter in which null means no restriction, with the users of its Keap ID. */
interface Wanted extends Readonly<Record<'from' | 'to', string | null>> {
  readonly appIds: readonly string[] | null;
  readonly roles: readonly string[] | null;
  readonly kinds: readonly string[] | null;
  readonly users: readonly UserKey[] | null;
}

type Bounds = Pick<KeysetWalk, 'backwards' | 'from' | 'fromInclusive' | 'until'>;

const WHOLE_LIST: Bounds = { backwards: false, from: null, fromInclusive: false, until: null };

/** Queries for the periods of access. */
export class PeriodsOfAccessQueries {
  constructor(private readonly database: ReadModelDatabase) {}

  /**
   * Returns a page of the periods that match the filter, earliest begun first.
   * @throws InvalidPage; InvalidCursor; FilterTooWide for a Keap ID with more than 100 users.
   */
  async page(filter: PeriodsFilter, page: PageArguments): Promise<Page<PeriodRow>> {
    const wanted = this.#wanted(filter);
    const { appIds, keapIdNormalized, roles, kinds, from, to } = filter;
    const digest = queryDigest('periodsOfAccess', sorted(appIds), keapIdNormalized ?? null, sorted(roles), sorted(kinds), from ?? null, to ?? null);
    return keysetPageAsync<PeriodRow>({ digest, placeOf: ({ from: key, beganPosition: id }) => ({ key, id }), rows: (walk) => this.#rows(wanted, walk) }, page);
  }

  /** Counts the periods that match the filter. @throws FilterTooWide for a Keap ID with more than 100 users. */
  async count(filter: PeriodsFilter): Promise<number> {
    const wanted = this.#wanted(filter);
    if (isEmpty(wanted)) return 0;
    const steps = new Steps();
    let count = 0;
    for (const appId of wanted.users === null && wanted.appIds !== null ? wanted.appIds : [null]) {
      for (const query of listed(wanted, appId, WHOLE_LIST)) {
        const parameters = new SqlParameters();
        const places = query(parameters);
        for (const found of this.database.all<{ readonly count: number }>(`SELECT count(*) AS count FROM (${places})`, parameters.values)) count += found.count;
        if (steps.isOver) await steps.next();
      }
    }
    return count;
  }

  /** Returns the periods of an app that began after a moment and had ended as of another one: at most `most`, earliest begun first. */
  within(appId: string, after: PeriodMoment, until: PeriodMoment, most: number): Promise<readonly PeriodRow[]> {
    const parameters = new SqlParameters();
    const began = 'time' in after ? begunAfterTime(appId, after.time, parameters) : begunAfterPosition(appId, after.position, parameters);
    const ended = 'time' in until ? `p.to_at <= ${parameters.add(until.time)}` : `p.ended_position <= ${parameters.add(until.position)}`;
    const rows = this.database.all<PeriodRow>(
      `SELECT ${COLUMNS} FROM (${began}) n CROSS JOIN ${periods} p ON p.began_position = n.place WHERE ${ended} ORDER BY p.from_at, p.began_position LIMIT ${parameters.add(most)}`,
      parameters.values,
    );
    return Promise.resolve(rows);
  }

  #wanted({ appIds, keapIdNormalized, roles, kinds, from, to }: PeriodsFilter): Wanted {
    const apps = appIds ? [...new Set(appIds)] : null;
    const users = keapIdNormalized === null || keapIdNormalized === undefined ? null : this.#usersWith(keapIdNormalized, apps);
    return { appIds: apps, roles: roles ?? null, kinds: kinds ?? null, from: from ?? null, to: to ?? null, users };
  }

  #usersWith(keapIdNormalized: string, appIds: readonly string[] | null): readonly UserKey[] {
    const inApps = appIds === null ? '' : ' AND app_id IN (SELECT value FROM json_each(?2))';
    const users = this.database.all<UserKey>(
      `SELECT app_id AS appId, user_id AS userId FROM ${addresses} WHERE keap_id_normalized = ?1${inApps} LIMIT ${MAX_USERS + 1}`,
      [keapIdNormalized, ...(appIds === null ? [] : [JSON.stringify(appIds)])],
    );
    if (users.length > MAX_USERS) throw new FilterTooWide(`This Keap ID has users in more than ${MAX_USERS} apps. Name some of them in "appIds".`);
    return users;
  }

  async #rows(wanted: Wanted, walk: KeysetWalk): Promise<readonly PeriodRow[]> {
    if (isEmpty(wanted)) return [];
    if (wanted.users !== null || wanted.appIds === null) return this.#read(listed(wanted, null, walk), walk);
    const steps = new Steps();
    const rows: PeriodRow[] = [];
    for (const appId of wanted.appIds) {
      rows.push(...this.#read(listed(wanted, appId, walk), walk));
      if (steps.isOver) await steps.next();
    }
    if (wanted.appIds.length > 1) rows.sort(walk.backwards ? (a, b) => inOrder(b, a) : inOrder);
    return rows.slice(0, walk.limit);
  }

  /** Reads the first rows of several queries. Each is in order, so nothing is sorted. */
  #read(queries: readonly PlaceQuery[], walk: KeysetWalk): readonly PeriodRow[] {
    const parameters = new SqlParameters();
    const parts = queries.map((query) => query(parameters));
    const places = this.database.all<{ readonly place: string }>(
      `SELECT began_position AS place FROM (${parts.join(' UNION ALL ')} ORDER BY ${walkOrder(ORDER, walk)} LIMIT ${parameters.add(walk.limit)})`,
      parameters.values,
    );
    return inChunks(places.map(({ place }) => place), (keys) => this.database.all<PeriodRow>(`SELECT ${COLUMNS} FROM json_each(?) k CROSS JOIN ${periods} p ON p.began_position = k.value`, [keys]));
  }
}

/** Periods that one part of a list of access looks at. */
const PERIODS_PER_PART = 500;

/** Names of inviters and apps that are remembered while a list is read. Beyond it, one is looked up again. */
const MAX_NAMES = 10_000;

/** The place of a period in the index by user, in which each person's periods follow one another in order of time. */
interface AccessPlace extends UserKey {
  readonly lasts: number;
  readonly place: string;
}

type AccessColumns = Omit<AccessRow, 'invitedBy' | 'appName'> & { readonly inviter: string | null };

const PLACE = 'app_id, user_id, lasts, began_position';

/** Lists everybody who had access, for exports: app by app, each person's periods together. Read it from a snapshot, which stays as it is meanwhile. */
export class AccessQueries {
  readonly #names = new LRUCache<string, string>({ max: MAX_NAMES });

  constructor(private readonly database: ReadModelDatabase) {}

  /** Counts the periods that a list of these apps, or of all apps (null), looks at. */
  count(appIds: readonly string[] | null): number {
    const inApps = appIds === null ? '' : ' WHERE app_id IN (SELECT value FROM json_each(?))';
    return this.database.get<{ readonly count: number }>(`SELECT count(*) AS count FROM ${periods} INDEXED BY ${PERIOD_INDEXES.user}${inApps}`, appIds === null ? [] : [JSON.stringify(appIds)])?.count ?? 0;
  }

  /** Returns the list in parts, each of which takes a few milliseconds. */
  *parts(time: AccessTime, filter: AccessFilter): Generator<AccessPart, void, undefined> {
    const { appIds } = filter;
    for (const appId of appIds === null ? [null] : [...new Set(appIds)].sort()) {
      let after: AccessPlace | undefined;
      do {
        const until: AccessPlace | undefined = this.#endOfPart(appId, after);
        yield { rows: this.#rows((parameters) => [inRange(appId, after, until, parameters), hadAccess(time, parameters), ...matching(filter, parameters)]), read: until === undefined ? 0 : PERIODS_PER_PART };
        after = until;
      } while (after !== undefined);
    }
  }

  /** Returns the roles that these users had, each with the places in the log of the events that gave and took it. */
  roles(users: readonly UserKey[]): readonly HeldRole[] {
    return inChunks(users.map(({ appId, userId }) => [appId, userId]), (keys) => this.database.all<HeldRole>(
      `SELECT p.app_id AS appId, p.user_id AS userId, p.began_position AS began, p.ended_position AS ended, p.role FROM json_each(?) k CROSS JOIN ${periods} p INDEXED BY ${PERIOD_INDEXES.user} ON p.app_id = k.value ->> 0 AND p.user_id = k.value ->> 1`,
      [keys],
    ));
  }

  /** The last place of the part that follows; undefined when it is the last part. */
  #endOfPart(appId: string | null, after: AccessPlace | undefined): AccessPlace | undefined {
    const parameters = new SqlParameters();
    return this.database.get<AccessPlace>(
      `SELECT p.app_id AS appId, p.user_id AS userId, p.lasts, p.began_position AS place FROM ${periods} p INDEXED BY ${PERIOD_INDEXES.user}
        WHERE ${inRange(appId, after, undefined, parameters)} ORDER BY ${PLACE} LIMIT 1 OFFSET ${PERIODS_PER_PART - 1}`,
      parameters.values,
    );
  }

  #rows(conditions: (parameters: SqlParameters) => readonly string[]): readonly AccessRow[] {
    const parameters = new SqlParameters();
    const rows = this.database.all<AccessColumns>(
      `SELECT p.app_id AS appId, u.name, coalesce(u.keap_id, '') AS keapId, p.kind, p.role, p.from_at AS "from", p.to_at AS "to",
        p.origin, p.invited_by AS inviter, p.reason, p.ended_by AS endedBy, p.end_reason AS endReason
        FROM ${periods} p INDEXED BY ${PERIOD_INDEXES.user} LEFT JOIN ${users} u ON u.app_id = p.app_id AND u.user_id = p.user_id
        WHERE ${conditions(parameters).join(' AND ')} ORDER BY p.app_id, p.user_id, p.lasts, p.began_position`,
      parameters.values,
    );
    this.#lookUpNames(rows);
    // Written out, since copying the rest of an object takes as long as reading the row.
    return rows.map(({ appId, name, keapId, kind, role, from, to, origin, inviter, reason, endedBy, endReason }) => ({
      appId, appName: this.#names.get(appId) ?? '', name, keapId, kind, role, from, to, origin,
      invitedBy: inviter === null ? null : (this.#names.get(keyOf(appId, inviter)) ?? NOBODY_KNOWN), reason, endedBy, endReason,
    }));
  }

  #lookUpNames(rows: readonly AccessColumns[]): void {
    const unknown = new Map<string, readonly string[]>();
    for (const { appId, inviter } of rows) {
      if (!this.#names.has(appId)) unknown.set(appId, [appId]);
      if (inviter !== null && !this.#names.has(keyOf(appId, inviter))) unknown.set(keyOf(appId, inviter), [appId, inviter]);
    }
    if (unknown.size === 0) return;
    const keys = JSON.stringify([...unknown.values()]);
    const found = this.database.all<{ readonly appId: string; readonly userId: string | null; readonly name: string }>(
      `SELECT a.app_id AS appId, NULL AS userId, a.name FROM json_each(?1) k CROSS JOIN ${apps} a ON a.app_id = k.value ->> 0
        UNION ALL SELECT u.app_id, u.user_id, coalesce(u.name, u.keap_id) FROM json_each(?1) k CROSS JOIN ${users} u ON u.app_id = k.value ->> 0 AND u.user_id = k.value ->> 1`,
      [keys],
    );
    for (const { appId, userId, name } of found) this.#names.set(userId === null ? appId : keyOf(appId, userId), name);
  }
}

const keyOf = (appId: string, userId: string): string => `${appId}/${userId}`;

/** An inviter who has another user now, since they came back under another Keap ID. */
const NOBODY_KNOWN = 'somebody';

/** The periods `p` of an app, or of all apps (null), from one place to another. */
function inRange(appId: string | null, after: AccessPlace | undefined, until: AccessPlace | undefined, parameters: SqlParameters): string {
  const placeOf = ({ appId: app, userId, lasts, place }: AccessPlace): string => `(${[app, userId, lasts, place].map((value) => parameters.add(value)).join(', ')})`;
  const place = '(p.app_id, p.user_id, p.lasts, p.began_position)';
  const conditions = [
    ...(appId === null ? [] : [`p.app_id = ${parameters.add(appId)}`]),
    ...(after === undefined ? [] : [`${place} > ${placeOf(after)}`]),
    ...(until === undefined ? [] : [`${place} <= ${placeOf(until)}`]),
  ];
  return conditions.length === 0 ? 'TRUE' : conditions.join(' AND ');
}

/** The conditions of a filter, except that of apps. */
const matching = ({ keapIdNormalized = null, role = null, kind = null }: AccessFilter, parameters: SqlParameters): readonly string[] => [
  ...(keapIdNormalized === null ? [] : [`EXISTS (SELECT 1 FROM ${addresses} x WHERE x.keap_id_normalized = ${parameters.add(keapIdNormalized)} AND x.app_id = p.app_id AND x.user_id = p.user_id)`]),
  ...(role === null ? [] : [`p.role = ${parameters.add(role)}`]),
  ...(kind === null ? [] : [`p.kind = ${parameters.add(kind)}`]),
];

/** A period without any length gave nobody access at a moment. Between two moments it counts at its beginning. */
const hadAccess = (time: AccessTime, parameters: SqlParameters): string => {
  if ('asOf' in time) {
    const asOf = parameters.add(time.asOf);
    return `p.from_at <= ${asOf} AND (p.to_at IS NULL OR p.to_at > ${asOf})`;
  }
  const [from, to] = [parameters.add(time.from), parameters.add(time.to)];
  return `p.from_at < ${to} AND (p.to_at IS NULL OR p.to_at > ${from} OR p.from_at >= ${from})`;
};

/** Adds the parameters of a query for the places of periods, and returns its SQL. */
type PlaceQuery = (parameters: SqlParameters) => string;

const isEmpty = ({ appIds, roles, kinds, users }: Wanted): boolean => [appIds, roles, kinds, users].some((list) => list?.length === 0);

const sorted = (list: readonly string[] | null | undefined): readonly string[] | null => (list ? [...new Set(list)].sort() : null);

function inOrder(a: PeriodRow, b: PeriodRow): number {
  const [first, second] = a.from === b.from ? [a.beganPosition, b.beganPosition] : [a.from, b.from];
  return first < second ? -1 : 1;
}

/** The conditions of a filter, except those of apps and users. A period without any length counts at its beginning. */
function conditionsOf({ roles, kinds, from, to }: Wanted, parameters: SqlParameters): readonly string[] {
  const among = (column: string, values: readonly string[] | null): readonly string[] => (values === null ? [] : [`${column} IN (${values.map((value) => parameters.add(value)).join(', ')})`]);
  const start = from === null ? '' : parameters.add(from);
  return [
    ...among('role', roles),
    ...among('kind', kinds),
    ...(from === null ? [] : [`(to_at IS NULL OR to_at > ${start} OR from_at >= ${start})`]),
    ...(to === null ? [] : [`from_at < ${parameters.add(to)}`]),
  ];
}

/** The queries for the periods of an app, or of all apps (null): one for each class of lengths, or one for the users of the filter. */
function listed(wanted: Wanted, appId: string | null, walk: Bounds): readonly PlaceQuery[] {
  const rest = (parameters: SqlParameters): string =>
    conditionsOf(wanted, parameters).map((condition) => ` AND ${condition}`).join('') + walkConditions(ORDER, { ...walk, limit: 0 }, ({ key, id }) => [key, id], parameters);
  const { users, from } = wanted;
  if (users !== null) {
    const keys = JSON.stringify(users.map(({ appId: app, userId }) => [app, userId]));
    return [(parameters) => `SELECT from_at, began_position FROM json_each(${parameters.add(keys)}) k CROSS JOIN ${periods} INDEXED BY ${PERIOD_INDEXES.user}
      ON app_id = k.value ->> 0 AND user_id = k.value ->> 1 WHERE TRUE${rest(parameters)}`];
  }
  const index = appId === null ? PERIOD_INDEXES.all : PERIOD_INDEXES.app;
  return Array.from({ length: LASTING + 1 }, (_, number): PlaceQuery => (parameters) => {
    const inApp = appId === null ? '' : `app_id = ${parameters.add(appId)} AND `;
    const days = DAYS_OF_CLASSES[number];
    const earliest = from === null || days === undefined ? '' : ` AND from_at > ${parameters.add(new Date(Date.parse(from) - days * DAY_MS).toISOString())}`;
    return `SELECT from_at, began_position FROM ${periods} INDEXED BY ${index} WHERE ${inApp}${CLASS} = ${number}${earliest}${rest(parameters)}`;
  });
}

/** The periods of an app that have ended and began after a time: those of each class of lengths. */
const begunAfterTime = (appId: string, time: string, parameters: SqlParameters): string => {
  const [app, start] = [parameters.add(appId), parameters.add(time)];
  return Array.from({ length: LASTING }, (_, number) => `SELECT began_position AS place FROM ${periods} INDEXED BY ${PERIOD_INDEXES.app} WHERE app_id = ${app} AND ${CLASS} = ${number} AND from_at > ${start}`).join(' UNION ALL ');
};

/** The places of events of an app after a position that may have begun a period. */
function begunAfterPosition(appId: string, position: LogPosition, parameters: SqlParameters): string {
  const [app, place] = [parameters.add(appId), parameters.add(position)];
  const first = `(SELECT coalesce(max(rowid), 0) FROM (SELECT rowid FROM ${entries} WHERE position <= ${place} ORDER BY position DESC LIMIT 1))`;
  return BEGINNINGS.map((type) => `SELECT position AS place FROM ${entries} INDEXED BY ${ENTRY_INDEXES.appAndType} WHERE app_id = ${app} AND type = '${type}' AND rowid > ${first}`).join(' UNION ALL ');
}
