import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Projection, Row, SqlValue, TableDefinition } from './projection';
import { rowText, shortName, tablesOf } from './projectionDigest';
import type { ReadModelDatabase } from './readModelDatabase';
import { walkedRows } from './walkedRows';

export interface RowDifferences {
  /** how many rows differ. */
  readonly count: number;
  /** the first of them, one sentence each. */
  readonly described: readonly string[];
}

const MAX_DESCRIBED = 20;

/** Compares a projection's rows in two databases. */
export async function rowDifferences(projection: Projection, live: ReadModelDatabase, replayed: ReadModelDatabase): Promise<RowDifferences> {
  const described: string[] = [];
  let count = 0;
  for (const table of tablesOf(projection)) {
    for await (const [mine, other] of aligned(table, live, replayed)) {
      if (mine && other && rowText(table, mine) === rowText(table, other)) continue;
      count += 1;
      if (described.length < MAX_DESCRIBED) described.push(describe(`${projection.name}.${shortName(projection, table)}`, table, mine, other));
    }
  }
  return { count, described };
}

/** The rows of a table in both databases, those with the same key together. */
async function* aligned(table: TableDefinition, live: ReadModelDatabase, replayed: ReadModelDatabase): AsyncGenerator<readonly [Row | undefined, Row | undefined], void, undefined> {
  const [left, right] = [rowsOf(live, table), rowsOf(replayed, table)];
  let [mine, other] = [await left.next(), await right.next()];
  while (mine.done !== true || other.done !== true) {
    const order = mine.done === true ? 1 : other.done === true ? -1 : compareKeys(table, mine.value, other.value);
    yield [order <= 0 && mine.done !== true ? mine.value : undefined, order >= 0 && other.done !== true ? other.value : undefined];
    if (order <= 0) mine = await left.next();
    if (order >= 0) other = await right.next();
  }
}

async function* rowsOf(database: ReadModelDatabase, table: TableDefinition): AsyncGenerator<Row, void, undefined> {
  for (const page of walkedRows(database, table)) {
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

/** As SQLite orders them: null, numbers, texts by their bytes. */
function compareValues(a: SqlValue, b: SqlValue): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return rankOf(a) - rankOf(b);
}

const rankOf = (value: SqlValue): number => (value === null ? 0 : typeof value === 'number' ? 1 : 2);

function describe(name: string, { columns, primaryKey }: TableDefinition, live: Row | undefined, replayed: Row | undefined): string {
  const key = JSON.stringify(Object.fromEntries(primaryKey.map((column) => [column, (live ?? replayed)?.[column]])));
  if (!live) return `${name} ${key} is missing`;
  if (!replayed) return `${name} ${key} is there, and should not be`;
  const differing = Object.keys(columns).filter((column) => live[column] !== replayed[column]);
  return `${name} ${key}: ${differing.map((column) => `${column} is ${JSON.stringify(live[column])} and should be ${JSON.stringify(replayed[column])}`).join(', ')}`;
}
