import { type TableDefinition, versionedTable } from './projection';

export const USER_LIST = 'user_list';
export const USER_LIST_VERSION = 2;

const table = (name: string): string => versionedTable(USER_LIST, USER_LIST_VERSION, name);

/** Full names of the user list's tables. */
export const USER_LIST_TABLES = {
  apps: table('apps'),
  users: table('users'),
  invitations: table('invitations'),
  sends: table('sends'),
  counts: table('counts'),
} as const;

const { apps, users, invitations, sends, counts } = USER_LIST_TABLES;

/** The index that gives an app's users of one status, kind and role in the order of `column`. */
export const orderIndex = (column: string): string => `${users}_by_${column}`;

/** The index that gives the open invitations of an app that expire first. */
export const EXPIRING_USERS_INDEX = `${users}_expiring`;

/** The index that finds users who joined or were invited without signing in, by address. */
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
    keap_id: 'TEXT NOT NULL',
    keap_id_normalized: 'TEXT NOT NULL',
    name: 'TEXT',
    name_key: 'TEXT',
    kind: 'TEXT NOT NULL',
    role: 'TEXT NOT NULL',
    /** as written in the log: an invitation that the clock has ended is still INVITED. */
    status: 'TEXT NOT NULL',
    epoch: 'INTEGER NOT NULL DEFAULT 0',
    invited_at: 'TEXT',
    invited_by: 'TEXT',
    joined_at: 'TEXT',
    ended_at: 'TEXT',
    invitation_id: 'TEXT',
    expires_at: 'TEXT',
  },
  primaryKey: ['app_id', 'user_id'],
  also: [
    ...['name_key', 'keap_id_normalized', 'invited_at', 'joined_at'].map(orderedBy),
    `CREATE INDEX ${EXPIRING_USERS_INDEX} ON ${users} (app_id, expires_at, kind, role) WHERE status = 'INVITED'`,
    `CREATE INDEX ${users}_by_person ON ${users} (person_id, app_id) WHERE person_id IS NOT NULL`,
    `CREATE INDEX ${UNBOUND_USERS_INDEX} ON ${users} (keap_id_normalized, app_id) WHERE person_id IS NULL`,
  ],
  counted: { table: counts, by: ['app_id', 'status', 'kind', 'role'] },
};

const invitationsTable: TableDefinition = {
  name: invitations,
  columns: {
    app_id: 'TEXT NOT NULL',
    invitation_id: 'TEXT NOT NULL',
    user_id: 'TEXT NOT NULL',
    keap_id_normalized: 'TEXT NOT NULL',
    /** as written in the log. */
    status: 'TEXT NOT NULL',
    expires_at: 'TEXT NOT NULL',
    send_count: 'INTEGER NOT NULL',
    delivery: 'TEXT NOT NULL',
    kind: 'TEXT NOT NULL',
    role: 'TEXT NOT NULL',
    invited_by: 'TEXT',
    invited_at: 'TEXT NOT NULL',
  },
  primaryKey: ['app_id', 'invitation_id'],
  also: [
    `CREATE INDEX ${invitations}_by_user ON ${invitations} (app_id, user_id)`,
    `CREATE INDEX ${invitations}_by_address ON ${invitations} (keap_id_normalized)`,
    `CREATE INDEX ${invitations}_expiring ON ${invitations} (expires_at) WHERE status = 'OPEN'`,
  ],
};

/** One row for each message with a link, also for links that a newer one has replaced. */
const sendsTable: TableDefinition = {
  name: sends,
  columns: {
    app_id: 'TEXT NOT NULL',
    invitation_id: 'TEXT NOT NULL',
    send_count: 'INTEGER NOT NULL',
    token_hash: 'TEXT',
    sent_at: 'TEXT NOT NULL',
  },
  primaryKey: ['app_id', 'invitation_id', 'send_count'],
  withoutRowId: true,
  also: [`CREATE INDEX ${sends}_by_token ON ${sends} (token_hash) WHERE token_hash IS NOT NULL`],
};

/** How many users of each sort an app has, kept by the triggers of the users' table. */
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

export const userListTables: readonly TableDefinition[] = [appsTable, countsTable, usersTable, invitationsTable, sendsTable];
