import type { Page } from './page';
import { keysetPage, walkConditions, walkOrder } from './keysetPage';
import type { PageArguments } from './pageArguments';
import { queryDigest } from './pageCursor';
import { KEAP_ID_BINDINGS_TABLE } from './keapIdBindingsProjection';
import type { ReadModelDatabase } from './readModelDatabase';
import { inChunks } from './sqlChunks';
import { SqlParameters } from './sqlParameters';
import { invitationColumns, JOIN_INVITED_USER, userColumns } from './userRows';
import { completeCounts, countByStatus, normalizeUserFilter } from './userSelection';
import type {
  AppRow, ExpiredInvitation, InvitationKey, InvitationOfToken, InvitationRow, LicenceUsageRow, PersonKey, StatusCountRow, UserFilter, UserKey, UserOrder, UserRow, UserStatus,
} from './userListRows';
import { EXPIRING_USERS_INDEX, UNBOUND_USERS_INDEX, USER_LIST_TABLES } from './userListTables';
import { UsersPageCache, type UsersState } from './usersPageCache';
import { userPlace, usersWalk, type UsersQuery } from './usersWalk';

const { apps, users, invitations, sends, counts } = USER_LIST_TABLES;

const APP_COLUMNS = 'app_id AS appId, name, url, licences, registered_at AS registeredAt, revision, position';
const APP_ORDER = { columns: ['app_id'], ascending: true } as const;

/** How many apps a person is bound to at one sign-in; more are bound at the next one. */
const MAX_UNBOUND = 1_000;

/** More messages to one recipient than any limit counts. */
const MAX_SENDS = 10_000;

/** Apps, their users and their invitations, as the user list's tables have them; what the clock decides is decided by `now`. */
export class UserListQueries {
  readonly #usersPages = new UsersPageCache();

  constructor(
    private readonly database: ReadModelDatabase,
    private readonly now: () => string,
  ) {}

  /** The app; undefined when it does not exist. */
  app(appId: string): AppRow | undefined {
    return this.database.get<AppRow>(`SELECT ${APP_COLUMNS} FROM ${apps} WHERE app_id = ?`, [appId]);
  }

  /** Several apps, in no particular order; those that do not exist are absent. */
  appsByIds(appIds: readonly string[]): readonly AppRow[] {
    return inChunks([...new Set(appIds)], (keys) =>
      this.database.all<AppRow>(`SELECT ${APP_COLUMNS} FROM json_each(?) k CROSS JOIN ${apps} ON app_id = k.value`, [keys]));
  }

  /** A page of all apps, by app id. @throws InvalidPage, InvalidCursor */
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

  /** Several users, in no particular order; those that do not exist are absent. */
  usersByIds(keys: readonly UserKey[]): readonly UserRow[] {
    return inChunks(keys.map(({ appId, userId }) => [appId, userId]), (pairs) =>
      this.database.all<UserRow>(
        `SELECT ${userColumns('?1')} FROM json_each(?2) k CROSS JOIN ${users} u ON u.app_id = k.value ->> 0 AND u.user_id = k.value ->> 1`,
        [this.now(), pairs],
      ));
  }

  /**
   * The user that a person is in an app, whatever the status: by sign-in, or by Keap ID while the user has no sign-in and
   * the address is nobody else's.
   */
  userOfPerson(appId: string, { personId, keapIdNormalized }: PersonKey): UserRow | undefined {
    const bound = this.database.get<UserRow>(`SELECT ${userColumns('?1')} FROM ${users} u WHERE u.person_id = ?2 AND u.app_id = ?3`, [this.now(), personId, appId]);
    return bound ?? this.database.get<UserRow>(
      // The index is named, since the order makes SQLite read all of the app's users instead.
      `SELECT ${userColumns('?1')} FROM ${users} u INDEXED BY ${UNBOUND_USERS_INDEX} WHERE u.person_id IS NULL AND u.keap_id_normalized = ?2 AND u.app_id = ?3
        AND NOT EXISTS (SELECT 1 FROM ${KEAP_ID_BINDINGS_TABLE} b WHERE b.keap_id_normalized = ?2 AND b.person_id <> ?4) ORDER BY u.user_id`,
      [this.now(), keapIdNormalized, appId, personId],
    );
  }

  /** Active users of all apps who joined without signing in (owners, imported people) under that Keap ID, at most 1,000. */
  unboundUsers(keapIdNormalized: string): readonly UserRow[] {
    return this.database.all<UserRow>(
      `SELECT ${userColumns('?1')} FROM ${users} u WHERE u.person_id IS NULL AND u.keap_id_normalized = ?2 AND u.status = 'ACTIVE' ORDER BY u.app_id LIMIT ${MAX_UNBOUND}`,
      [this.now(), keapIdNormalized],
    );
  }

  /** Several invitations, in no particular order; those that do not exist are absent. */
  invitationsByIds(keys: readonly InvitationKey[]): readonly InvitationRow[] {
    return inChunks(keys.map(({ appId, invitationId }) => [appId, invitationId]), (pairs) =>
      this.database.all<InvitationRow>(
        `SELECT ${invitationColumns('?1')} FROM json_each(?2) k CROSS JOIN ${invitations} i ON i.app_id = k.value ->> 0 AND i.invitation_id = k.value ->> 1 ${JOIN_INVITED_USER}`,
        [this.now(), pairs],
      ));
  }

  /** The invitation that a link leads to, found by the hex SHA-256 of its token, also when a newer link has replaced it; undefined for a token that was never sent. */
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

  /** Licences of several apps; those that do not exist are absent. */
  licenceUsage(appIds: readonly string[]): readonly LicenceUsageRow[] {
    return inChunks([...new Set(appIds)], (keys) =>
      this.database.all<LicenceUsageRow>(
        `SELECT appId, total, used, reserved, total - used - reserved AS available FROM (
          SELECT a.app_id AS appId, a.licences AS total,
            (SELECT coalesce(sum(number), 0) FROM ${counts} c WHERE c.app_id = a.app_id AND c.status = 'ACTIVE' AND c.kind = 'USER') AS used,
            (SELECT coalesce(sum(number), 0) FROM ${counts} c WHERE c.app_id = a.app_id AND c.status = 'INVITED' AND c.kind = 'USER')
              - (SELECT count(*) FROM ${users} u INDEXED BY ${EXPIRING_USERS_INDEX} WHERE u.app_id = a.app_id AND u.status = 'INVITED' AND u.expires_at <= ?1 AND u.kind = 'USER') AS reserved
          FROM json_each(?2) k CROSS JOIN ${apps} a ON a.app_id = k.value)`,
        [this.now(), keys],
      ));
  }

  /** A page of an app's users. A page reads a constant number of rows at any depth, unless it searches. @throws InvalidPage, InvalidCursor */
  usersPage(appId: string, filter: UserFilter, order: UserOrder, page: PageArguments): Page<UserRow> {
    const normalized = normalizeUserFilter(filter);
    const now = this.now();
    const key = { ...this.#stateOf(appId, now), appId, generation: this.database.generation, asked: [normalized, order, page] };
    return this.#usersPages.page(key, () => this.#usersPage({ appId, filter: normalized, order, now }, page));
  }

  #usersPage(query: UsersQuery, page: PageArguments): Page<UserRow> {
    const { appId, filter: { statuses, kinds, roles, search }, order: { field, direction } } = query;
    return keysetPage<UserRow>(
      {
        digest: queryDigest('users', appId, statuses, kinds, roles, search, field, direction),
        placeOf: (row) => userPlace(row, field),
        rows: (walk) => {
          const statement = usersWalk(query, walk);
          return statement === null ? [] : this.database.all<UserRow>(statement.sql, statement.parameters.values);
        },
      },
      page,
    );
  }

  /** What decides which users an app has, and as what: its roster's revision, and which of its invitations expires next. */
  #stateOf(appId: string, now: string): UsersState {
    const [state] = this.database.all<UsersState>(
      `SELECT revision, (SELECT min(expires_at) FROM ${users} INDEXED BY ${EXPIRING_USERS_INDEX} WHERE app_id = ?1 AND status = 'INVITED' AND expires_at > ?2) AS nextExpiry
        FROM ${apps} WHERE app_id = ?1`,
      [appId, now],
    );
    return state ?? { revision: -1, nextExpiry: null };
  }

  /** How many users of each status, all seven of them, the filter without its statuses lets through. */
  statusCounts(appId: string, filter: UserFilter): readonly StatusCountRow[] {
    const parameters = new SqlParameters();
    const sql = countByStatus(appId, normalizeUserFilter(filter), this.now(), parameters);
    return completeCounts(sql === null ? [] : this.database.all<{ readonly status: UserStatus; readonly number: number }>(sql, parameters.values));
  }

  /** How many users the filter lets through. */
  totalCount(appId: string, filter: UserFilter): number {
    const { statuses } = normalizeUserFilter(filter);
    return this.statusCounts(appId, filter).reduce((sum, { status, count }) => (statuses.includes(status) ? sum + count : sum), 0);
  }

  /** Invitations that have expired without an event that says so, the oldest first. */
  expiredInvitations(limit: number): readonly ExpiredInvitation[] {
    return this.database.all<ExpiredInvitation>(
      `SELECT app_id AS appId, invitation_id AS invitationId, user_id AS userId, expires_at AS expiresAt
        FROM ${invitations} WHERE status = 'OPEN' AND expires_at <= ? ORDER BY expires_at, app_id, invitation_id LIMIT ?`,
      [this.now(), limit],
    );
  }

  /** When invitations were sent to that Keap ID since then (inclusive), over all apps, oldest first; the newest 10,000. */
  recipientSends(keapIdNormalized: string, sinceIso: string): string[] {
    const newestFirst = this.database.all<{ readonly sentAt: string }>(
      `SELECT s.sent_at AS sentAt FROM ${invitations} i CROSS JOIN ${sends} s ON s.app_id = i.app_id AND s.invitation_id = i.invitation_id
        WHERE i.keap_id_normalized = ? AND s.sent_at >= ? ORDER BY s.sent_at DESC LIMIT ${MAX_SENDS}`,
      [keapIdNormalized, sinceIso],
    );
    return newestFirst.reverse().map(({ sentAt }) => sentAt);
  }
}
