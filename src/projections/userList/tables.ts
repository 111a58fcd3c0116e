import { type TableDefinition, versionedTable } from '../engine/projection';
import { searchTable } from './search/tables';

/** Name and version of the projection. */
export const [NAME, VERSION] = ['user_list', 11] as const;

const table = (name: string): string => versionedTable(NAME, VERSION, name);

/** Full names of the tables of the user list. */
export const USER_LIST_TABLES = {
  apps: table('apps'),
  users: table('users'),
  invitations: table('invitations'),
  sends: table('sends'),
  counts: table('counts'),
  formerSignIns: table('former_sign_ins'),
  search: table('search'),
} as const;

const { apps, users, invitations, sends, counts, formerSignIns, search } = USER_LIST_TABLES;

/** Name of the index that returns an app's users of one status, kind and role in the order of `column`. */
export const orderIndex = (column: string): string => `${users}_by_${column}`;

/** Name of the index that returns an app's open invitations by expiry. */
export const EXPIRING_USERS_INDEX = `${users}_expiring`;

/** Name of the index that returns, by expiry, an app's users whose invitation has an expiry event. It finds those that are open again because the clock has gone back. */
export const EXPIRED_USERS_INDEX = `${users}_expired`;

/** Name of the index that finds, by Keap ID, users whom no person is bound to. */
export const UNBOUND_USERS_INDEX = `${users}_unbound`;

const orderedBy = (column: string): string => `CREATE INDEX ${orderIndex(column)} ON ${users} (app_id, status, kind, role, ${column}, user_id)`;

const appsTable: TableDefinition = {
  name: apps,
  columns: {
    app_id: 'TEXT NOT NULL',
    name: 'TEXT NOT NULL',
    url: 'TEXT NOT NULL',
    licences: 'INTEGER NOT NULL',
    registered_at: 'TEXT NOT NULL',
    revision: 'INTEGER NOT NULL',
    position: 'TEXT NOT NULL',
  },
  primaryKey: ['app_id'],
  withoutRowId: true,
};

const usersTable: TableDefinition = {
  name: users,
  columns: {
    app_id: 'TEXT NOT NULL',
    user_id: 'TEXT NOT NULL',
    person_id: 'TEXT',
    /** Is 1 where the sign-in of this user, who has ended, belongs to another user of the app now. Nobody else becomes this user by the address. */
    vacated: 'INTEGER NOT NULL DEFAULT 0',
    keap_id: 'TEXT NOT NULL',
    keap_id_normalized: 'TEXT NOT NULL',
    keap_id_key: 'TEXT NOT NULL',
    name: 'TEXT',
    name_key: 'TEXT',
    /** When the token was issued from which Keap ID and name were last updated. */
    stated_at: 'TEXT',
    kind: 'TEXT NOT NULL',
    role: 'TEXT NOT NULL',
    /** Status by the log alone. INVITED and EXPIRED differ only in whether an expiry event is recorded; whether the invitation has expired is decided by `expires_at` and the clock. */
    status: 'TEXT NOT NULL',
    epoch: 'INTEGER NOT NULL DEFAULT 0',
    invited_at: 'TEXT',
    invited_by: 'TEXT',
    joined_at: 'TEXT',
    /** When the access or the invitation ended, by the log alone: an invitation that expired has none here. */
    ended_at: 'TEXT',
    invitation_id: 'TEXT',
    expires_at: 'TEXT',
  },
  primaryKey: ['app_id', 'user_id'],
  also: [
    ...['name_key', 'keap_id_normalized', 'invited_at', 'joined_at'].map(orderedBy),
    `CREATE INDEX ${EXPIRING_USERS_INDEX} ON ${users} (app_id, expires_at, kind, role) WHERE status = 'INVITED'`,
    `CREATE INDEX ${EXPIRED_USERS_INDEX} ON ${users} (app_id, expires_at, kind, role) WHERE status = 'EXPIRED'`,
    `CREATE INDEX ${users}_by_person ON ${users} (person_id, app_id) WHERE person_id IS NOT NULL`,
    `CREATE INDEX ${UNBOUND_USERS_INDEX} ON ${users} (keap_id_normalized, app_id) WHERE person_id IS NULL`,
  ],
  counted: { table: counts, by: ['app_id', 'status', 'kind', 'role'] },
  derived: searchTable(search, users),
};

const invitationsTable: TableDefinition = {
  name: invitations,
  columns: {
    app_id: 'TEXT NOT NULL',
    invitation_id: 'TEXT NOT NULL',
    user_id: 'TEXT NOT NULL',
    keap_id_normalized: 'TEXT NOT NULL',
    /** Status by the log alone. */
    status: 'TEXT NOT NULL',
    expires_at: 'TEXT NOT NULL',
    send_count: 'INTEGER NOT NULL',
    delivery: 'TEXT NOT NULL',
    /** Why the latest message was given up, as recorded. */
    delivery_reason: 'TEXT',
    kind: 'TEXT NOT NULL',
    role: 'TEXT NOT NULL',
    invited_by: 'TEXT',
    invited_at: 'TEXT NOT NULL',
    /** The admin who answers for the invitation: who sent it last, or raised its role to ADMIN since. */
    person_id: 'TEXT NOT NULL',
    /** Is 1 where that admin was removed or demoted since, or lost their sign-in. */
    sent_by_former_admin: 'INTEGER NOT NULL DEFAULT 0',
  },
  primaryKey: ['app_id', 'invitation_id'],
  also: [
    `CREATE INDEX ${invitations}_by_user ON ${invitations} (app_id, user_id)`,
    `CREATE INDEX ${invitations}_expiring ON ${invitations} (expires_at) WHERE status = 'OPEN'`,
  ],
};

/** One row per message with a link, including links that a newer one has replaced. */
const sendsTable: TableDefinition = {
  name: sends,
  columns: {
    app_id: 'TEXT NOT NULL',
    invitation_id: 'TEXT NOT NULL',
    send_count: 'INTEGER NOT NULL',
    token_hash: 'TEXT',
  },
  primaryKey: ['app_id', 'invitation_id', 'send_count'],
  withoutRowId: true,
  also: [`CREATE INDEX ${sends}_by_token ON ${sends} (token_hash) WHERE token_hash IS NOT NULL`],
};

/** Number of users by app, status, kind and role. Triggers of the users' table maintain it. */
const countsTable: TableDefinition = {
  name: counts,
  columns: {
    app_id: 'TEXT NOT NULL',
    status: 'TEXT NOT NULL',
    kind: 'TEXT NOT NULL',
    role: 'TEXT NOT NULL',
    number: 'INTEGER NOT NULL',
  },
  primaryKey: ['app_id', 'status', 'kind', 'role'],
  withoutRowId: true,
};

/** Sign-ins that a user had before. The history names the user for what they did. */
const formerSignInsTable: TableDefinition = {
  name: formerSignIns,
  columns: {
    app_id: 'TEXT NOT NULL',
    user_id: 'TEXT NOT NULL',
    person_id: 'TEXT NOT NULL',
    /** Is 1 where an operator took the sign-in from the user: the address alone does not bind it to them again. */
    excluded: 'INTEGER NOT NULL',
  },
  primaryKey: ['app_id', 'user_id', 'person_id'],
  withoutRowId: true,
  also: [`CREATE INDEX ${formerSignIns}_by_person ON ${formerSignIns} (person_id)`],
};

/** The definitions of the tables of the user list. */
export const USER_LIST_DEFINITIONS: readonly TableDefinition[] = [appsTable, countsTable, usersTable, invitationsTable, sendsTable, formerSignInsTable];
