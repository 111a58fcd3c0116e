import { type LogPosition, START } from '../eventstore/eventStore';
import { type CountedRows, type Projection, type TableDefinition, tablePrefix } from './projection';
import type { ReadModelDatabase } from './readModelDatabase';

const CHECKPOINTS = 'projection_checkpoints';
const CREATE_CHECKPOINTS = `CREATE TABLE IF NOT EXISTS ${CHECKPOINTS} (projection TEXT PRIMARY KEY, version INTEGER NOT NULL, store_id TEXT NOT NULL, position TEXT NOT NULL) WITHOUT ROWID`;

export interface Checkpoint {
  readonly version: number;
  readonly storeId: string;
  readonly position: LogPosition;
}

/**
 * Makes each projection's tables where they are missing, or where they belong to another version or another store: then
 * the old ones are dropped and the projection begins anew.
 * @returns the checkpoint of each projection, by name.
 */
export function prepareTables(database: ReadModelDatabase, projections: readonly Projection[], storeId: string): Map<string, LogPosition> {
  return database.transaction(() => {
    database.execute(CREATE_CHECKPOINTS);
    return new Map(projections.map((projection) => [projection.name, prepareProjection(database, projection, storeId)]));
  });
}

/** Makes a projection's tables anew, empty; bare ones have neither indexes nor triggers, which slow writing down. */
export function makeTablesAnew(database: ReadModelDatabase, projection: Projection, storeId: string, bare: boolean): void {
  database.transaction(() => {
    database.execute(CREATE_CHECKPOINTS);
    beginAnew(database, projection, storeId, bare);
  });
}

/** Gives tables that were filled bare their summaries, and what keeps them. Their indexes are made apart from it (`also`). */
export function completeTables(database: ReadModelDatabase, { tables }: Projection): void {
  database.transaction(() => {
    for (const { summary } of tables) if (summary) database.execute(summary.atOnce);
    for (const table of tables) for (const trigger of triggersOf(table)) database.execute(trigger);
  });
}

/** Remembers how far each of the projections has come; to be called in the transaction that wrote their rows. */
export function writeCheckpoints(database: ReadModelDatabase, moved: readonly { readonly projection: Projection; readonly position: LogPosition }[]): void {
  if (moved.length === 0) return;
  const checkpoints = JSON.stringify(moved.map(({ projection, position }) => [projection.name, position]));
  database.run(`UPDATE ${CHECKPOINTS} SET position = moved.value ->> 1 FROM json_each(?) AS moved WHERE projection = moved.value ->> 0`, [checkpoints]);
}

/** The checkpoint of each projection that the database holds, by name. */
export function checkpointsOf(database: ReadModelDatabase): ReadonlyMap<string, Checkpoint> {
  if (database.get('SELECT 1 FROM sqlite_master WHERE name = ?', [CHECKPOINTS]) === undefined) return new Map();
  const rows = database.all<Checkpoint & { readonly projection: string }>(`SELECT projection, version, store_id AS storeId, position FROM ${CHECKPOINTS}`);
  return new Map(rows.map(({ projection, version, storeId, position }) => [projection, { version, storeId, position }]));
}

function prepareProjection(database: ReadModelDatabase, projection: Projection, storeId: string): LogPosition {
  const { name, version } = projection;
  const checkpoint = database.get<Checkpoint>(`SELECT version, store_id AS storeId, position FROM ${CHECKPOINTS} WHERE projection = ?`, [name]);
  if (checkpoint?.version === version && checkpoint.storeId === storeId) return checkpoint.position;
  beginAnew(database, projection, storeId, false);
  return START;
}

function beginAnew(database: ReadModelDatabase, projection: Projection, storeId: string, bare: boolean): void {
  const { name, version, tables } = projection;
  dropTables(database, name);
  for (const table of tables) {
    createTable(database, projection, table);
    if (!bare) for (const statement of [...(table.also ?? []), ...triggersOf(table)]) database.execute(statement);
  }
  database.run(`INSERT OR REPLACE INTO ${CHECKPOINTS} (projection, version, store_id, position) VALUES (?, ?, ?, ?)`, [name, version, storeId, START]);
}

function dropTables(database: ReadModelDatabase, projection: string): void {
  const ofAnyVersion = new RegExp(`^${projection}_v\\d+_[a-z_]+$`);
  const tables = database.all<{ readonly name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'");
  for (const { name } of tables) if (ofAnyVersion.test(name)) database.execute(`DROP TABLE ${name}`);
}

function createTable(database: ReadModelDatabase, projection: Projection, table: TableDefinition): void {
  if (!table.name.startsWith(tablePrefix(projection.name, projection.version))) {
    throw new Error(`The table ${table.name} of the projection ${projection.name} has to begin with ${tablePrefix(projection.name, projection.version)}.`);
  }
  const columns = Object.entries(table.columns).map(([column, type]) => `${column} ${type}`);
  database.execute(`CREATE TABLE ${table.name} (${[...columns, `PRIMARY KEY (${table.primaryKey.join(', ')})`].join(', ')})${table.withoutRowId ? ' WITHOUT ROWID' : ''}`);
}

function triggersOf({ name, counted, summary }: TableDefinition): readonly string[] {
  return [...(counted ? countingTriggers(name, counted) : []), ...(summary?.triggers ?? [])];
}

function countingTriggers(table: string, { table: counts, by }: CountedRows): readonly string[] {
  const columns = by.join(', ');
  const change = (row: 'new' | 'old', number: 1 | -1): string =>
    `INSERT INTO ${counts} (${columns}, number) VALUES (${by.map((column) => `${row}.${column}`).join(', ')}, ${number}) ON CONFLICT (${columns}) DO UPDATE SET number = number + excluded.number;`;
  const moved = by.map((column) => `old.${column} <> new.${column}`).join(' OR ');
  return [
    `CREATE TRIGGER ${table}_added AFTER INSERT ON ${table} BEGIN ${change('new', 1)} END`,
    `CREATE TRIGGER ${table}_removed AFTER DELETE ON ${table} BEGIN ${change('old', -1)} END`,
    `CREATE TRIGGER ${table}_moved AFTER UPDATE OF ${columns} ON ${table} WHEN ${moved} BEGIN ${change('old', -1)} ${change('new', 1)} END`,
  ];
}
