import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Projection, type Row, type SqlValue, type TableDefinition, tablePrefix } from './projection';
import type { ReadModelDatabase } from './database';
import { SqlParameters } from './query';

export interface RowsDigest {
  /** Number of rows. */
  readonly rows: number;
  /** SHA-256 in hex. */
  readonly digest: string;
}

/**
 * Computes one digest over all rows of a projection: SHA-256 over lines of JSON, for each table in the order of names its
 * columns, then its rows in the order of keys, without counts of 0. Equal rows have equal digests, whichever release filled the tables.
 */
export async function digestOf(database: ReadModelDatabase, projection: Projection): Promise<RowsDigest> {
  const digest = createHash('sha256');
  let rows = 0;
  for (const table of tablesOf(projection)) {
    digest.update(`${JSON.stringify([shortName(projection, table), Object.keys(table.columns)])}\n`);
    for (const page of walkedRows(database, table, emptyCountsOf(projection, table))) {
      for (const row of page) digest.update(`${rowText(table, row)}\n`);
      rows += page.length;
      await nextTurn();
    }
  }
  return { rows, digest: digest.digest('hex') };
}

const PAGE_SIZE = 500;

/** SQL that leaves out counts of 0, which mean the same as missing ones; empty for a table that counts nothing. */
const emptyCountsOf = ({ tables }: Projection, { name }: TableDefinition): string => (tables.some(({ counted }) => counted?.table === name) ? ' AND number <> 0' : '');

/** Reads every row of a table in the order of its key, in pages of 500. @param except further conditions, each after AND. */
function* walkedRows(database: ReadModelDatabase, { name, columns, primaryKey }: TableDefinition, except: string): Generator<readonly Row[], void, undefined> {
  const key = primaryKey.join(', ');
  let last: Row | undefined;
  for (;;) {
    const parameters = new SqlParameters();
    const after = last;
    const beyond = after ? `(${key}) > (${primaryKey.map((column) => parameters.add(after[column] ?? null)).join(', ')})` : 'TRUE';
    const page: readonly Row[] = database.all<Row>(`SELECT ${Object.keys(columns).join(', ')} FROM ${name} WHERE ${beyond}${except} ORDER BY ${key} LIMIT ${PAGE_SIZE}`, parameters.values);
    if (page.length > 0) yield page;
    last = page.at(-1);
    if (page.length < PAGE_SIZE) return;
  }
}

/** A projection's tables in the order of their names. */
const tablesOf = ({ tables }: Projection): readonly TableDefinition[] => [...tables].sort((a, b) => (a.name < b.name ? -1 : 1));

/** Name of a table without the projection's name and version. */
const shortName = ({ name, version }: Projection, table: TableDefinition): string => table.name.slice(tablePrefix(name, version).length);

/** JSON of a row's values in the order of the table's columns. */
const rowText = ({ columns }: TableDefinition, row: Readonly<Record<string, SqlValue>>): string => JSON.stringify(Object.keys(columns).map((column) => row[column] ?? null));

interface RowDifferences {
  /** Number of rows that differ. */
  readonly count: number;
  /** One sentence for each of the first 20. */
  readonly described: readonly string[];
}

const MAX_DESCRIBED = 20;

/** Compares the rows of a projection in two databases. */
export async function rowDifferences(projection: Projection, live: ReadModelDatabase, replayed: ReadModelDatabase): Promise<RowDifferences> {
  const described: string[] = [];
  let count = 0;
  for (const table of tablesOf(projection)) {
    for await (const [mine, other] of aligned(table, emptyCountsOf(projection, table), live, replayed)) {
      if (mine && other && rowText(table, mine) === rowText(table, other)) continue;
      count += 1;
      if (described.length < MAX_DESCRIBED) described.push(describe(`${projection.name}.${shortName(projection, table)}`, table, mine, other));
    }
  }
  return { count, described };
}

/** Pairs the rows of a table in two databases by key. */
async function* aligned(table: TableDefinition, except: string, live: ReadModelDatabase, replayed: ReadModelDatabase): AsyncGenerator<readonly [Row | undefined, Row | undefined], void, undefined> {
  const [left, right] = [rowsOf(live, table, except), rowsOf(replayed, table, except)];
  let [mine, other] = [await left.next(), await right.next()];
  while (mine.done !== true || other.done !== true) {
    const order = mine.done === true ? 1 : other.done === true ? -1 : compareKeys(table, mine.value, other.value);
    yield [order <= 0 && mine.done !== true ? mine.value : undefined, order >= 0 && other.done !== true ? other.value : undefined];
    if (order <= 0) mine = await left.next();
    if (order >= 0) other = await right.next();
  }
}

async function* rowsOf(database: ReadModelDatabase, table: TableDefinition, except: string): AsyncGenerator<Row, void, undefined> {
  for (const page of walkedRows(database, table, except)) {
    yield* page;
    await nextTurn();
  }
}

function compareKeys({ primaryKey }: TableDefinition, a: Row, b: Row): number {
  for (const column of primaryKey) {
    const order = compareValues(a[column] ?? null, b[column] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}

/** Compares as SQLite does: null, then numbers, then texts by their bytes. */
function compareValues(a: SqlValue, b: SqlValue): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return rankOf(a) - rankOf(b);
}

const rankOf = (value: SqlValue): number => (value === null ? 0 : typeof value === 'number' ? 1 : 2);

function describe(name: string, { columns, primaryKey }: TableDefinition, live: Row | undefined, replayed: Row | undefined): string {
  const key = JSON.stringify(Object.fromEntries(primaryKey.map((column) => [column, (live ?? replayed)?.[column]])));
  if (!live) return `${name} ${key} is missing`;
  if (!replayed) return `${name} ${key} exists but should not`;
  const differing = Object.keys(columns).filter((column) => live[column] !== replayed[column]);
  return `${name} ${key}: ${differing.map((column) => `${column} is ${JSON.stringify(live[column])} and should be ${JSON.stringify(replayed[column])}`).join(', ')}`;
}
