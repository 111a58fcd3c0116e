import { LRUCache } from 'lru-cache';
import type { UserRole } from '../../domain/events';
import { type Page, type PageArguments, queryDigest } from '../paging/page';
import { keysetPage, keysetPageAsync, type KeysetWalk, walkConditions, walkOrder } from '../paging/keyset';
import { KEAP_ID_BINDINGS_TABLE } from '../keapIdBindings/projection';
import { isImported } from '../imports/projection';
import type { ReadModelDatabase } from '../engine/database';
import { inChunks, SqlParameters } from '../engine/query';
import { type AppRow, type ExpiredInvitation, invitationColumns, type InvitationKey, type InvitationOfToken, type InvitationRow, JOIN_INVITED_USER, type LicenceUsageRow, type NamedUserRow, type PersonInAppKey, type PersonInAppRow, type PersonKey, type StatusCountRow, type UnsearchedFilter, userColumns, type UserFilter, type UserKey, type UserOrder, type UserRow } from './rows';
import { completeCounts, countByStatus, countLapsed, countReopened, normalizeUserFilter, type SortCount, userPlace, type UsersQuery, usersWalk } from './walk';
import { AppResultsCache } from './cache';
import { UserSearch } from './search/queries';
import { lastOf } from './search/segments';
import { readInSteps, withWork, type Work, workOf } from './search/steps';
import { EXPIRED_USERS_INDEX, EXPIRING_USERS_INDEX, orderIndex, UNBOUND_USERS_INDEX, USER_LIST_TABLES } from './tables';

const { apps, users, invitations, sends, counts, formerSignIns, search: searched } = USER_LIST_TABLES;

const APP_COLUMNS = 'app_id AS appId, name, url, licences, registered_at AS registeredAt, revision, position';
const APP_ORDER = { columns: ['app_id'], ascending: true } as const;

/** Maximum number of apps that a sign-in binds to a person; the next sign-in binds more. */
const MAX_UNBOUND = 1_000;

/** Keap IDs of which it is remembered that they have no unbound user. Each request asks for that of its sender. */
const MAX_WITHOUT_UNBOUND = 10_000;

/** Maximum number of apps that a sign-in updates; a later one updates more. */
const MAX_OUTDATED = 10_000;

/** Users of an app that are read at once when all of them are. */
const NUMBERS_PER_STEP = 2_000;

/** Queries for apps, their users and their invitations. Expiry is decided at the time `now`. */
export class UserListQueries {
  readonly #cache: AppResultsCache;
  readonly #search: UserSearch;
  /** Keap IDs without an unbound user, each with the last change (`ReadModelDatabase.lastChange`) before that was read. Made when it is needed: it takes its whole space at once, and views of the past need none. */
  #withoutUnbound: LRUCache<string, number> | undefined;

  constructor(
    private readonly database: ReadModelDatabase,
    private readonly now: () => string,
  ) {
    this.#cache = new AppResultsCache(database);
    this.#search = new UserSearch(database);
  }

  /** Returns the app; undefined when it does not exist. */
  app(appId: string): AppRow | undefined {
    const now = this.now();
    const known = this.#cache.get<AppRow>(appId, 'app', now);
    if (known) return known;
    const row = this.database.get<AppRow>(`SELECT ${APP_COLUMNS} FROM ${apps} WHERE app_id = ?`, [appId]);
    return row && this.#cache.set(appId, 'app', now, row, null);
  }

  /** Returns the ids of the apps in which this person is or was a user. */
  appIdsOfPerson(personId: string): readonly string[] {
    return this.database.all<{ readonly appId: string }>(`SELECT app_id AS appId FROM ${users} WHERE person_id = ? ORDER BY app_id`, [personId]).map(({ appId }) => appId);
  }

  /** Returns several apps in no particular order. Missing ones are left out. */
  appsByIds(appIds: readonly string[]): readonly AppRow[] {
    return inChunks([...new Set(appIds)], (keys) =>
      this.database.all<AppRow>(`SELECT ${APP_COLUMNS} FROM json_each(?) k CROSS JOIN ${apps} ON app_id = k.value`, [keys]));
  }

  /** Returns a page of all apps in the order of their ids. @throws InvalidPage; InvalidCursor */
  appsPage(page: PageArguments): Page<AppRow> {
    return keysetPage<AppRow>(
      {
        digest: queryDigest('apps'),
        placeOf: ({ appId }) => ({ key: null, id: appId }),
        rows: (walk) => {
          const parameters = new SqlParameters();
          const bounds = walkConditions(APP_ORDER, walk, ({ id }) => [id], parameters);
          return this.database.all<AppRow>(
            `SELECT ${APP_COLUMNS} FROM ${apps} WHERE TRUE${bounds} ORDER BY ${walkOrder(APP_ORDER, walk)} LIMIT ${parameters.add(walk.limit)}`,
            parameters.values,
          );
        },
      },
      page,
    );
  }

  /** Returns several users in no particular order. Missing ones are left out. */
  usersByIds(keys: readonly UserKey[]): readonly UserRow[] {
    const now = this.now();
    const read = inChunks(keys.map(({ appId, userId }) => [appId, userId]), (pairs) =>
      this.database.all<UserRow>(
        `SELECT ${userColumns('?1')} FROM json_each(?2) k CROSS JOIN ${users} u ON u.app_id = k.value ->> 0 AND u.user_id = k.value ->> 1`,
        [now, pairs],
      ));
    return read.map((row) => this.#cache.set(row.appId, `user ${row.userId}`, now, row, expiryOf(row)));
  }

  /** Returns how these users are named, in no particular order. Those that are not there are left out. */
  namesOf(keys: readonly UserKey[]): readonly NamedUserRow[] {
    return inChunks(keys.map(({ appId, userId }) => [appId, userId]), (pairs) => this.database.all<NamedUserRow>(
      `SELECT u.app_id AS appId, u.user_id AS userId, u.name, u.keap_id AS keapId FROM json_each(?1) k CROSS JOIN ${users} u ON u.app_id = k.value ->> 0 AND u.user_id = k.value ->> 1`,
      [pairs],
    ));
  }

  /** Returns those of the people and Keap IDs that are active in an app, or were invited and have not answered, in no particular order. */
  presentAmong(appId: string, personIds: readonly string[], keapIdsNormalized: readonly string[]): readonly Pick<UserRow, 'personId' | 'keapIdNormalized'>[] {
    const present = 'SELECT u.person_id AS personId, u.keap_id_normalized AS keapIdNormalized FROM json_each(?2) k CROSS JOIN';
    const read = (keys: readonly string[], of: string): readonly Pick<UserRow, 'personId' | 'keapIdNormalized'>[] =>
      inChunks(keys, (some) => this.database.all(`${present} ${users} u ${of} AND u.status IN ('ACTIVE', 'INVITED')`, [appId, some]));
    const inOrder = `INDEXED BY ${orderIndex('keap_id_normalized')} ON u.app_id = ?1 AND u.kind IN ('USER', 'PARTNER') AND u.role IN ('ADMIN', 'STANDARD') AND u.keap_id_normalized = k.value`;
    return [...read(personIds, 'ON u.person_id = k.value AND u.app_id = ?1'), ...read(keapIdsNormalized, inOrder)];
  }

  /** Returns a user that `usersByIds` has read before, if nothing has changed since; undefined otherwise. */
  knownUser({ appId, userId }: UserKey): UserRow | undefined {
    return this.#cache.get<UserRow>(appId, `user ${userId}`, this.now());
  }

  /**
   * Returns the user of a person in an app, whatever its status. The user is found by its bound person, or by Keap ID while
   * nobody is bound to the user and nobody else to the Keap ID. An app whose import is not finished has no users for its members.
   */
  userOfPerson(appId: string, person: PersonKey): UserRow | undefined {
    const now = this.now();
    const question = `person ${person.personId} ${person.keapIdNormalized}`;
    const known = this.#cache.get<UserRow | null>(appId, question, now, person.keapIdNormalized);
    if (known !== undefined) return known ?? undefined;
    const row = this.#userOfPerson(appId, person, now) ?? null;
    return this.#cache.set(appId, question, now, row, row && expiryOf(row), person.keapIdNormalized) ?? undefined;
  }

  #userOfPerson(appId: string, { personId, keapIdNormalized }: PersonKey, now: string): UserRow | undefined {
    const bound = this.database.get<UserRow>(`SELECT ${userColumns('?1')} FROM ${users} u WHERE u.person_id = ?2 AND u.app_id = ?3 AND ${isImported('?3')} ORDER BY u.status = 'ACTIVE' DESC`, [now, personId, appId]);
    return bound ?? this.database.get<UserRow>(
      // Without INDEXED BY, SQLite would read all of the app's users because of the order.
      `SELECT ${userColumns('?1')} FROM ${users} u INDEXED BY ${UNBOUND_USERS_INDEX} WHERE u.person_id IS NULL AND u.vacated = 0 AND u.keap_id_normalized = ?2 AND u.app_id = ?3 AND ${isImported('?3')}
        AND NOT EXISTS (SELECT 1 FROM ${KEAP_ID_BINDINGS_TABLE} b WHERE b.keap_id_normalized = ?2 AND b.person_id <> ?4)
        AND NOT EXISTS (SELECT 1 FROM ${formerSignIns} r WHERE r.app_id = ?3 AND r.user_id = u.user_id AND r.person_id = ?4 AND r.excluded = 1) ORDER BY u.status = 'ACTIVE' DESC, u.user_id`,
      [now, keapIdNormalized, appId, personId],
    );
  }

  /** Returns active users of all apps under that Keap ID whom no person is bound to (owners, imported people), at most 1,000. */
  unboundUsers(keapIdNormalized: string): readonly UserRow[] {
    const version = this.database.lastChange;
    this.#withoutUnbound ??= new LRUCache({ max: MAX_WITHOUT_UNBOUND });
    if (this.#withoutUnbound.get(keapIdNormalized) === version) return [];
    const unbound = this.database.all<UserRow>(
      `SELECT ${userColumns('?1')} FROM ${users} u WHERE u.person_id IS NULL AND u.keap_id_normalized = ?2 AND u.status = 'ACTIVE' AND ${isImported('u.app_id')} ORDER BY u.app_id LIMIT ${MAX_UNBOUND}`,
      [this.now(), keapIdNormalized],
    );
    if (unbound.length === 0) this.#withoutUnbound.set(keapIdNormalized, version);
    return unbound;
  }

  /** Returns the apps, at most 10,000, that show an active person with another Keap ID or name than their sign-in has, unless a later token has said so. */
  outdatedApps({ personId, keapIdNormalized, name, issuedAt }: PersonKey & { readonly name: string | null; readonly issuedAt: string | null }): readonly string[] {
    const rows = this.database.all<{ readonly appId: string }>(
      `SELECT app_id AS appId FROM ${users} WHERE person_id = ?1 AND status = 'ACTIVE' AND (keap_id_normalized <> ?2 OR (?3 IS NOT NULL AND name IS NOT ?3))
        AND (?4 IS NULL OR stated_at IS NULL OR stated_at <= ?4) AND ${isImported('app_id')} ORDER BY app_id LIMIT ${MAX_OUTDATED}`,
      [personId, keapIdNormalized, name, issuedAt],
    );
    return rows.map(({ appId }) => appId);
  }

  /** Returns several invitations in no particular order. Missing ones are left out. */
  invitationsByIds(keys: readonly InvitationKey[]): readonly InvitationRow[] {
    return inChunks(keys.map(({ appId, invitationId }) => [appId, invitationId]), (pairs) =>
      this.database.all<InvitationRow>(
        `SELECT ${invitationColumns('?1')} FROM json_each(?2) k CROSS JOIN ${invitations} i ON i.app_id = k.value ->> 0 AND i.invitation_id = k.value ->> 1 ${JOIN_INVITED_USER}`,
        [this.now(), pairs],
      ));
  }

  /** Returns the invitation of a link by the SHA-256 of its token in hex, even if a newer link has replaced it; undefined for a token that was never sent. */
  invitationByTokenHash(tokenHash: string): InvitationOfToken | undefined {
    const row = this.database.get<InvitationRow & { readonly tokenSendCount: number }>(
      `SELECT ${invitationColumns('?1')}, s.send_count AS tokenSendCount FROM ${sends} s
        JOIN ${invitations} i ON i.app_id = s.app_id AND i.invitation_id = s.invitation_id ${JOIN_INVITED_USER} WHERE s.token_hash = ?2`,
      [this.now(), tokenHash],
    );
    if (row === undefined) return undefined;
    const { tokenSendCount, ...invitation } = row;
    return { invitation, superseded: tokenSendCount < invitation.sendCount };
  }

  /** Returns the licence usage of several apps. Missing ones are left out. */
  licenceUsage(appIds: readonly string[]): readonly LicenceUsageRow[] {
    return inChunks([...new Set(appIds)], (keys) =>
      this.database.all<LicenceUsageRow>(
        `SELECT appId, total, used, reserved, total - used - reserved AS available FROM (
          SELECT a.app_id AS appId, a.licences AS total,
            (SELECT coalesce(sum(number), 0) FROM ${counts} c WHERE c.app_id = a.app_id AND c.status = 'ACTIVE' AND c.kind = 'USER') AS used,
            (SELECT coalesce(sum(number), 0) FROM ${counts} c WHERE c.app_id = a.app_id AND c.status = 'INVITED' AND c.kind = 'USER')
              - ${countLapsed('app_id = a.app_id', "kind = 'USER'", '?1')} + ${countReopened('app_id = a.app_id', "kind = 'USER'", '?1')} AS reserved
          FROM json_each(?2) k CROSS JOIN ${apps} a ON a.app_id = k.value)`,
        [this.now(), keys],
      ));
  }

  /**
   * Returns a page of an app's users. It reads a constant number of rows at any depth. A search is a promise, because it lets other work in between.
   * @throws InvalidPage; InvalidCursor
   */
  usersPage(appId: string, filter: UnsearchedFilter, order: UserOrder, page: PageArguments): Page<UserRow>;
  usersPage(appId: string, filter: UserFilter, order: UserOrder, page: PageArguments): Page<UserRow> | Promise<Page<UserRow>>;
  usersPage(appId: string, filter: UserFilter, order: UserOrder, page: PageArguments): Page<UserRow> | Promise<Page<UserRow>> {
    const normalized = normalizeUserFilter(filter);
    const now = this.now();
    const question = `users ${JSON.stringify([normalized, order, page])}`;
    return this.#once(appId, question, now, (work, someReopened) => this.#usersPage({ appId, filter: normalized, order, now, someReopened }, page, work));
  }

  /** Returns when the clock next changes what the queries about the app return, because an invitation expires; null for never. */
  nextExpiry(appId: string): string | null {
    const now = this.now();
    const known = this.#cache.get<{ readonly at: string | null }>(appId, 'expiry', now);
    if (known) return known.at;
    const { nextExpiry } = this.#expiries(appId, now);
    return this.#cache.set(appId, 'expiry', now, { at: nextExpiry }, nextExpiry).at;
  }

  #usersPage(query: UsersQuery, page: PageArguments, work: Work): Page<UserRow> | Promise<Page<UserRow>> {
    const { appId, filter: { statuses, kinds, roles, search }, order: { field, direction } } = query;
    const list = { digest: queryDigest('users', appId, statuses, kinds, roles, search, field, direction), placeOf: (row: UserRow) => userPlace(row, field) };
    if (search !== null) return keysetPageAsync<UserRow>({ ...list, rows: (walk) => this.#search.rows(query, search, walk, work) }, page);
    const rows = (walk: KeysetWalk): readonly UserRow[] => {
      const statement = usersWalk(query, walk);
      return statement === null ? [] : this.database.all<UserRow>(statement.sql, statement.parameters.values);
    };
    return keysetPage<UserRow>({ ...list, rows }, page);
  }

  /** Returns the cached result of a question, or computes it. Callers who ask at the same time share a promise. */
  #once<T extends object>(appId: string, question: string, now: string, compute: (work: Work, someReopened: boolean) => T | Promise<T>): T | Promise<T> {
    const known = this.#cache.get<T | Promise<T>>(appId, question, now);
    if (known) return known;
    const { someReopened, nextExpiry } = this.#expiries(appId, now);
    const work = { ms: 0 };
    const result = compute(work, someReopened);
    if (!(result instanceof Promise)) return this.#cache.set(appId, question, now, result, nextExpiry);
    const version = this.database.versionOf(appId);
    const settled = result.then(
      (value) => (this.database.versionOf(appId) === version ? this.#cache.set(appId, question, now, value, nextExpiry) : value),
      (error: unknown) => {
        this.#cache.drop(appId, question);
        throw error;
      },
    );
    return this.#cache.set(appId, question, now, withWork(settled, work), nextExpiry);
  }

  /** Returns when the app's next invitation expires, null when none is open; and whether any is open although its expiry is recorded, because the clock was ahead. */
  #expiries(appId: string, now: string): { readonly nextExpiry: string | null; readonly someReopened: boolean } {
    const next = (index: string, status: 'INVITED' | 'EXPIRED'): string => `(SELECT min(expires_at) FROM ${users} INDEXED BY ${index} WHERE app_id = ?1 AND status = '${status}' AND expires_at > ?2)`;
    const found = this.database.get<{ readonly open: string | null; readonly reopened: string | null }>(
      `SELECT ${next(EXPIRING_USERS_INDEX, 'INVITED')} AS open, ${next(EXPIRED_USERS_INDEX, 'EXPIRED')} AS reopened`,
      [appId, now],
    );
    const { open = null, reopened = null } = found ?? {};
    return { nextExpiry: open !== null && (reopened === null || open < reopened) ? open : reopened, someReopened: reopened !== null };
  }

  /** Counts the users of each of the seven statuses. The filter's own statuses are ignored. A search is a promise. */
  statusCounts(appId: string, filter: UnsearchedFilter): readonly StatusCountRow[];
  statusCounts(appId: string, filter: UserFilter): readonly StatusCountRow[] | Promise<readonly StatusCountRow[]>;
  statusCounts(appId: string, filter: UserFilter): readonly StatusCountRow[] | Promise<readonly StatusCountRow[]> {
    const normalized = normalizeUserFilter(filter);
    const { search, kinds, roles } = normalized;
    const now = this.now();
    if (search !== null) {
      return this.#once(appId, `counts ${JSON.stringify([search, kinds, roles])}`, now, async (work) => completeCounts(await this.#search.counts(appId, normalized, search, now, work)));
    }
    const parameters = new SqlParameters();
    const sql = countByStatus(appId, normalized, now, parameters);
    return completeCounts(sql === null ? [] : this.database.all<SortCount>(sql, parameters.values));
  }

  /** Counts the users that match the filter. A search is a promise. */
  totalCount(appId: string, filter: UnsearchedFilter): number;
  totalCount(appId: string, filter: UserFilter): number | Promise<number>;
  totalCount(appId: string, filter: UserFilter): number | Promise<number> {
    const { statuses } = normalizeUserFilter(filter);
    const sum = (counts: readonly StatusCountRow[]): number => counts.reduce((total, { status, count }) => (statuses.includes(status) ? total + count : total), 0);
    const counts = this.statusCounts(appId, filter);
    return counts instanceof Promise ? withWork(counts.then(sum), workOf(counts)) : sum(counts);
  }

  /** Returns invitations that have expired and have no expiry event yet, oldest first. */
  expiredInvitations(limit: number): readonly ExpiredInvitation[] {
    return this.database.all<ExpiredInvitation>(
      `SELECT app_id AS appId, invitation_id AS invitationId, user_id AS userId, expires_at AS expiresAt
        FROM ${invitations} WHERE status = 'OPEN' AND expires_at <= ? ORDER BY expires_at, app_id, invitation_id LIMIT ?`,
      [this.now(), limit],
    );
  }
}

/** Returns when the clock changes the row's status; null for never. */
const expiryOf = ({ status, expiresAt }: UserRow): string | null => (status === 'INVITED' ? expiresAt : null);

/** Queries for the people of apps. */
export class AppPeopleQueries {
  constructor(private readonly database: ReadModelDatabase) {}

  /** Returns the roles of an app's active users, by user id. It lets other work in between. */
  activeRoles(appId: string): Promise<ReadonlyMap<string, UserRole>> {
    return readInSteps(this.database, appId, function* (database) {
      const roles = new Map<string, UserRole>();
      for (let from = 0, { lastNumber } = lastOf(database, appId); from <= lastNumber; from += NUMBERS_PER_STEP) {
        const rows = database.all<{ readonly userId: string; readonly role: UserRole }>(
          `SELECT user_id AS userId, role FROM ${searched} WHERE app_id = ? AND number BETWEEN ? AND ? AND status = 'ACTIVE'`,
          [appId, from, from + NUMBERS_PER_STEP - 1],
        );
        for (const { userId, role } of rows) roles.set(userId, role);
        yield;
      }
      return roles;
    });
  }

  /** Returns signed-in people as users of apps. A person whose sign-in was a user's before comes as that user; where there are two rows for a person, the later one counts. People who never were users of the app are left out. */
  peopleInApps(keys: readonly PersonInAppKey[]): readonly PersonInAppRow[] {
    return inChunks(keys.map(({ appId, personId }) => [appId, personId]), (pairs) =>
      this.database.all<PersonInAppRow>(
        `SELECT f.app_id AS appId, f.person_id AS personId, u.user_id AS userId, u.keap_id AS keapId, u.name, -1 AS rank FROM json_each(?1) k
          CROSS JOIN ${formerSignIns} f ON f.app_id = k.value ->> 0 AND f.person_id = k.value ->> 1 CROSS JOIN ${users} u ON u.app_id = f.app_id AND u.user_id = f.user_id
        UNION ALL SELECT u.app_id, u.person_id, u.user_id, u.keap_id, u.name, u.status = 'ACTIVE' FROM json_each(?1) k
          CROSS JOIN ${users} u ON u.app_id = k.value ->> 0 AND u.person_id = k.value ->> 1 ORDER BY rank`,
        [pairs],
      ));
  }
}
