import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LogPosition, START } from '../../eventstore/eventStore';
import { type CountedRows, type Projection, type TableDefinition, tablePrefix } from './projection';
import { BESIDE, ReadModelDatabase } from './database';

/** Suffix of a file that is being filled and must not be read before it is complete. */
export const UNFINISHED = '.unfinished';

/** The file of the part that another thread fills, while a file of read models is being filled. */
export const besideFile = (file: string): string => `${file}${UNFINISHED}.beside`;

/** The file of one of the parts that other threads fill while the service answers. */
export const behindFile = (file: string, part: number): string => `${file}${UNFINISHED}.behind${part}`;

/** Parts that may be filled behind; no more files of this kind are looked for. */
const MAX_PARTS_BEHIND = 4;

/**
 * The files of a data directory's read models. One of two files is live; new read models are filled in the other. A marker
 * file tells which one is live, since an open database cannot be renamed safely.
 */
export class ReadModelFiles {
  readonly #first: string;
  readonly #second: string;
  /** Exists while the second file is the live one. */
  readonly #marker: string;

  constructor(directory: string) {
    this.#first = join(directory, 'readmodels.db');
    this.#second = join(directory, 'readmodels.next.db');
    this.#marker = join(directory, 'readmodels.next.live');
  }

  /** Path of the live file. */
  get live(): string {
    return this.#isSecondLive() ? this.#second : this.#first;
  }

  /** Path of the file for new read models. */
  get next(): string {
    return this.#isSecondLive() ? this.#first : this.#second;
  }

  /** Switches the live file for everybody who opens it from now on, and removes the old one. */
  nextIsLive(): void {
    const old = this.live;
    if (this.#isSecondLive()) rmSync(this.#marker);
    else writeFileSync(this.#marker, '', { flush: true });
    removeReadModelFile(old);
  }

  /** Removes both files; the next start fills the first one from the log. Nobody may have them open. */
  remove(): void {
    removeReadModelFile(this.#first);
    removeReadModelFile(this.#second);
    rmSync(this.#marker, { force: true });
  }

  #isSecondLive(): boolean {
    return existsSync(this.#marker) && existsSync(this.#second);
  }
}

/** Removes a file of read models and the files that SQLite keeps beside it. Nobody may have it open. */
export function removeReadModelFile(file: string): void {
  const parts = [besideFile(file), ...Array.from({ length: MAX_PARTS_BEHIND }, (_, part) => behindFile(file, part))];
  for (const one of [...['', ...BESIDE, UNFINISHED].map((suffix) => file + suffix), ...parts]) rmSync(one, { force: true, recursive: true });
}

const CHECKPOINTS = 'projection_checkpoints';
const CREATE_CHECKPOINTS = `CREATE TABLE IF NOT EXISTS ${CHECKPOINTS} (projection TEXT PRIMARY KEY, version INTEGER NOT NULL, store_id TEXT NOT NULL, position TEXT NOT NULL) WITHOUT ROWID`;

export interface Checkpoint {
  readonly version: number;
  readonly storeId: string;
  readonly position: LogPosition;
}

/**
 * Creates the tables of each projection if they are missing. Tables of another version or another store are dropped first,
 * and their projection starts from the beginning of the log.
 * @returns the checkpoint of each projection, by name.
 */
export function prepareTables(database: ReadModelDatabase, projections: readonly Projection[], storeId: string): Map<string, LogPosition> {
  return database.transaction(() => {
    database.execute(CREATE_CHECKPOINTS);
    return new Map(projections.map((projection) => [projection.name, prepareProjection(database, projection, storeId)]));
  });
}

/** Recreates a projection's tables, empty. Bare tables have no indexes and no triggers, which slow down writing. */
export function recreateTables(database: ReadModelDatabase, projection: Projection, storeId: string, bare: boolean): void {
  database.transaction(() => {
    database.execute(CREATE_CHECKPOINTS);
    startOver(database, projection, storeId, bare);
  });
}

/** Computes the counts and summaries of tables that were filled bare, and creates their triggers. Indexes are created separately (`also`). */
export function completeTables(database: ReadModelDatabase, { tables }: Projection): void {
  database.transaction(() => {
    for (const { name, counted, summary } of tables) {
      if (counted) database.execute(countingAtOnce(name, counted));
      if (summary) database.execute(summary.atOnce);
    }
    for (const table of tables) for (const trigger of triggersOf(table)) database.execute(trigger);
  });
}

/** Derives, step by step, the derived tables of tables that were filled bare. Call it before `completeTables`. */
export function* deriveTables(database: ReadModelDatabase, { tables }: Projection): Generator<void, void, undefined> {
  for (const { derived } of tables) {
    while (derived !== undefined && database.runCounting(derived.fillNext) > 0) yield;
  }
}

/** Stores the positions of projections. Call it in the transaction that writes their rows. */
export function writeCheckpoints(database: ReadModelDatabase, moved: readonly { readonly projection: Projection; readonly position: LogPosition }[]): void {
  if (moved.length === 0) return;
  const checkpoints = JSON.stringify(moved.map(({ projection, position }) => [projection.name, position]));
  database.run(`UPDATE ${CHECKPOINTS} SET position = moved.value ->> 1 FROM json_each(?) AS moved WHERE projection = moved.value ->> 0`, [checkpoints]);
}

/** Returns the checkpoint of each projection in the database, by name. */
export function checkpointsOf(database: ReadModelDatabase): ReadonlyMap<string, Checkpoint> {
  if (database.get('SELECT 1 FROM sqlite_master WHERE name = ?', [CHECKPOINTS]) === undefined) return new Map();
  const rows = database.all<Checkpoint & { readonly projection: string }>(`SELECT projection, version, store_id AS storeId, position FROM ${CHECKPOINTS}`);
  return new Map(rows.map(({ projection, version, storeId, position }) => [projection, { version, storeId, position }]));
}

function prepareProjection(database: ReadModelDatabase, projection: Projection, storeId: string): LogPosition {
  const { name, version } = projection;
  const checkpoint = database.get<Checkpoint>(`SELECT version, store_id AS storeId, position FROM ${CHECKPOINTS} WHERE projection = ?`, [name]);
  if (checkpoint?.version === version && checkpoint.storeId === storeId) return checkpoint.position;
  startOver(database, projection, storeId, false);
  return START;
}

function startOver(database: ReadModelDatabase, projection: Projection, storeId: string, bare: boolean): void {
  const { name, version, tables } = projection;
  dropTables(database, name);
  for (const table of tables) {
    createTable(database, projection, table);
    for (const statement of table.derived?.create ?? []) database.execute(statement);
    if (!bare) for (const statement of [...(table.also ?? []), ...triggersOf(table)]) database.execute(statement);
  }
  database.run(`INSERT OR REPLACE INTO ${CHECKPOINTS} (projection, version, store_id, position) VALUES (?, ?, ?, ?)`, [name, version, storeId, START]);
}

/**
 * Copies the tables of other projections, with their indexes, triggers and checkpoints, from another file. Tables of the same
 * definition are copied page by page, without sorting their indexes again. @throws Error when the file cannot be read.
 */
export function takeTables(database: ReadModelDatabase, file: string): void {
  database.run('ATTACH ? AS other', [file]);
  try {
    // A deferred transaction reads the other file as it is at one moment, and keeps nobody from writing it.
    database.transaction(() => {
      const definitions = database.all<{ readonly type: string; readonly name: string; readonly sql: string }>("SELECT type, name, sql FROM other.sqlite_master WHERE sql IS NOT NULL AND name <> ?", [CHECKPOINTS]);
      const ofType = (wanted: string): typeof definitions => definitions.filter(({ type }) => type === wanted);
      database.execute(CREATE_CHECKPOINTS);
      for (const { sql } of [...ofType('table'), ...ofType('index')]) database.execute(sql);
      for (const { name } of ofType('table')) database.run(`INSERT INTO main.${name} SELECT * FROM other.${name}`, []);
      for (const { sql } of ofType('trigger')) database.execute(sql);
      database.run(`INSERT OR REPLACE INTO main.${CHECKPOINTS} SELECT * FROM other.${CHECKPOINTS}`, []);
    }, 'BEGIN DEFERRED');
  } finally {
    database.execute('DETACH other');
  }
}

function dropTables(database: ReadModelDatabase, projection: string): void {
  database.markChanged(null);
  const ofAnyVersion = new RegExp(`^${projection}_v\\d+_[a-z_]+$`);
  const tables = database.all<{ readonly name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'");
  for (const { name } of tables) if (ofAnyVersion.test(name)) database.execute(`DROP TABLE ${name}`);
}

function createTable(database: ReadModelDatabase, projection: Projection, table: TableDefinition): void {
  if (!table.name.startsWith(tablePrefix(projection.name, projection.version))) {
    throw new Error(`The name of the table ${table.name} of the projection ${projection.name} must begin with ${tablePrefix(projection.name, projection.version)}.`);
  }
  const columns = Object.entries(table.columns).map(([column, type]) => `${column} ${type}`);
  database.execute(`CREATE TABLE ${table.name} (${[...columns, `PRIMARY KEY (${table.primaryKey.join(', ')})`].join(', ')})${table.withoutRowId ? ' WITHOUT ROWID' : ''}`);
}

function triggersOf({ name, counted, summary, derived }: TableDefinition): readonly string[] {
  return [...(counted ? countingTriggers(name, counted) : []), ...(summary?.triggers ?? []), ...(derived?.triggers ?? [])];
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

function countingAtOnce(table: string, { table: counts, by }: CountedRows): string {
  const columns = by.join(', ');
  return `INSERT INTO ${counts} (${columns}, number) SELECT ${columns}, count(*) FROM ${table} GROUP BY ${columns}`;
}

/** Read models that were filled by another version of this program. */
export interface StaleReadModels {
  /** Whether queries of this version can read the old tables, because their schema is the same. */
  readonly readable: boolean;
  /** The current projections under the versions in the file, which keep the old tables up to date until the new ones are filled. */
  readonly standIns: readonly Projection[];
  /** Prefixes of table and index names of this version, with the prefixes in the file. */
  readonly aliases: ReadonlyMap<string, string>;
}

/** Returns what has to be rebuilt because a projection is new or of another version; null when nothing is, or when the file holds no read models. */
export function staleReadModels(database: ReadModelDatabase, projections: readonly Projection[], storeId: string): StaleReadModels | null {
  const checkpoints = checkpointsOf(database);
  const foundOf = ({ name }: Projection): number | undefined => (checkpoints.get(name)?.storeId === storeId ? checkpoints.get(name)?.version : undefined);
  const stale = projections.filter((projection) => foundOf(projection) !== projection.version);
  if (stale.length === 0 || projections.every((projection) => foundOf(projection) === undefined)) return null;
  const readable = stale.every((projection) => hasSameSchema(database, projection, foundOf(projection)));
  return {
    readable,
    standIns: projections.map((projection) => ({ ...projection, version: foundOf(projection) ?? projection.version })),
    aliases: new Map(stale.map((projection) => [tablePrefix(projection.name, projection.version), tablePrefix(projection.name, foundOf(projection) ?? projection.version)])),
  };
}

function hasSameSchema(database: ReadModelDatabase, projection: Projection, found: number | undefined): boolean {
  if (found === undefined) return false;
  const today = ReadModelDatabase.open(':memory:');
  try {
    prepareTables(today, [projection], '');
    return schemaOf(database, projection, found) === schemaOf(today, projection, projection.version);
  } finally {
    today.close();
  }
}

/** The `CREATE` statements of a projection's tables, indexes and triggers, without its version. */
function schemaOf(database: ReadModelDatabase, { name }: Projection, version: number): string {
  const prefix = tablePrefix(name, version);
  const statements = database.all<{ readonly sql: string }>('SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND substr(tbl_name, 1, length(?1)) = ?1', [prefix]);
  return statements.map(({ sql }) => sql.replaceAll(prefix, `${name} `).replace(/\s+/g, ' ')).sort().join('\n');
}

/** The log that read models were filled from, and how far. */
interface ReadModelOrigin {
  /** UUID of the log; empty while it is unknown. */
  readonly storeId: string;
  /** Greatest checkpoint. */
  readonly position: LogPosition;
}

const NO_ORIGIN: ReadModelOrigin = { storeId: '', position: START };

/** Returns the origin of the read models in a file; an empty one for a new file. */
export function originOf(database: ReadModelDatabase): ReadModelOrigin {
  if (!hasCheckpoints(database)) return NO_ORIGIN;
  return database.get<ReadModelOrigin>('SELECT store_id AS storeId, position FROM projection_checkpoints ORDER BY position DESC LIMIT 1') ?? NO_ORIGIN;
}

/** Sets the log that the read models belong to. With another log's id, or an empty one, the next projector fills them again. */
export function setOrigin(database: ReadModelDatabase, storeId: string): void {
  if (hasCheckpoints(database)) database.run('UPDATE projection_checkpoints SET store_id = ?', [storeId]);
}

/** Number of erasures of people before the read models were started. */
export function erasuresSeen(database: ReadModelDatabase): number {
  return database.get<{ readonly user_version: number }>('PRAGMA user_version')?.user_version ?? 0;
}

/** Records the number of erasures, a whole number. */
export function setErasuresSeen(database: ReadModelDatabase, erasures: number): void {
  database.execute(`PRAGMA user_version = ${erasures}`);
}

function hasCheckpoints(database: ReadModelDatabase): boolean {
  return database.get("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'projection_checkpoints'") !== undefined;
}
