import type { DerivedTables } from '../../engine/projection';

/** Columns of the users' table that decide whether a search finds a user. */
const TEXTS = ['name_key', 'keap_id_key', 'keap_id_normalized'] as const;

/** Other columns of the users' table that filters and orders read. */
const OTHERS = ['kind', 'role', 'status', 'expires_at', 'invited_at', 'joined_at'] as const;

const COLUMNS = [...TEXTS, ...OTHERS];

/** Users per step of a fill. */
const STEP = 1_000;

/**
 * The table that searches read: the columns of `users` that a search needs, in few bytes, with the users of an app side by side
 * and numbered from 0. A number names one text for ever. A user who gets another name or Keap ID gets a new number, and the row
 * of the old one stays without content, so that texts that are kept in memory by number never become wrong. All other changes of
 * an app's rows are counted, and `changed` is the last one of a row, so that the rows that have changed since are found.
 */
export function searchTable(table: string, users: string): DerivedTables {
  const nextNumber = (appId: string): string => `coalesce((SELECT max(number) + 1 FROM ${table} WHERE app_id = ${appId}), 0)`;
  const nextChange = (appId: string): string => `coalesce((SELECT max(changed) + 1 FROM ${table} WHERE app_id = ${appId} AND changed > 0), 1)`;
  const add = `INSERT INTO ${table} (app_id, number, user_id, ${COLUMNS.join(', ')}) VALUES (new.app_id, ${nextNumber('new.app_id')}, new.user_id, ${COLUMNS.map((column) => `new.${column}`).join(', ')});`;
  const empty = `UPDATE ${table} SET user_id = NULL, ${COLUMNS.map((column) => `${column} = NULL`).join(', ')}, changed = ${nextChange('old.app_id')} WHERE app_id = old.app_id AND user_id = old.user_id;`;
  const differ = (columns: readonly string[]): string => columns.map((column) => `old.${column} IS NOT new.${column}`).join(' OR ');
  return {
    create: [
      `CREATE TABLE ${table} (app_id TEXT NOT NULL, number INTEGER NOT NULL, user_id TEXT, ${COLUMNS.map((column) => `${column} TEXT`).join(', ')}, changed INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (app_id, number)) WITHOUT ROWID`,
      `CREATE UNIQUE INDEX ${table}_by_user ON ${table} (app_id, user_id) WHERE user_id IS NOT NULL`,
      `CREATE INDEX ${table}_by_change ON ${table} (app_id, changed) WHERE changed > 0`,
    ],
    triggers: [
      `CREATE TRIGGER ${table}_added AFTER INSERT ON ${users} BEGIN ${add} END`,
      `CREATE TRIGGER ${table}_removed AFTER DELETE ON ${users} BEGIN ${empty} END`,
      `CREATE TRIGGER ${table}_renamed AFTER UPDATE OF ${TEXTS.join(', ')} ON ${users} WHEN ${differ(TEXTS)} BEGIN ${empty} ${add} END`,
      `CREATE TRIGGER ${table}_moved AFTER UPDATE OF ${OTHERS.join(', ')} ON ${users} WHEN ${differ(OTHERS)} BEGIN
        UPDATE ${table} SET ${OTHERS.map((column) => `${column} = new.${column}`).join(', ')}, changed = ${nextChange('new.app_id')} WHERE app_id = new.app_id AND user_id = new.user_id; END`,
    ],
    fillNext: `INSERT INTO ${table} (app_id, number, user_id, ${COLUMNS.join(', ')})
      SELECT app_id, row_number() OVER (PARTITION BY app_id ORDER BY user_id) - 1 + ${nextNumber('u.app_id')}, user_id, ${COLUMNS.join(', ')} FROM (
        SELECT * FROM ${users} WHERE (app_id, user_id) > (coalesce((SELECT max(app_id) FROM ${table}), ''), coalesce((SELECT user_id FROM ${table} ORDER BY app_id DESC, number DESC LIMIT 1), ''))
        ORDER BY app_id, user_id LIMIT ${STEP}) u`,
  };
}
