import { isUtf8 } from 'node:buffer';
import Database from 'libsql';
import { LRUCache } from 'lru-cache';
import type { Row, SqlValue } from './projection';

/** A row holds bytes that are no text. */
class DamagedRow extends Error {
  override readonly name = 'DamagedRow';
}

/** Whether the error means that the file is damaged: SQLite says so, a row holds bytes that are no text, or a table is missing. */
export function isDamage(error: unknown): boolean {
  if (error instanceof DamagedRow) return true;
  return error instanceof Database.SqliteError && /^SQLITE_(?:CORRUPT|NOTADB|IOERR_SHORT_READ|IOERR_DATA)/.test(error.code);
}

/** Statements that have rows and can be part of another one. */
const READS = /^\s*(?:SELECT|WITH|VALUES)\b/i;

/**
 * A query whose rows arrive as one JSON text. The driver ends the whole process when a text column holds bytes that are no
 * UTF-8, so SQLite writes the rows as JSON and they are decoded here, which takes less time than reading them value by value.
 */
export class Query {
  readonly #statement: Database.Statement;
  /** The names of the columns; null for a statement that cannot be part of another one. */
  readonly #columns: readonly string[] | null = null;

  constructor(database: Database.Database, sql: string) {
    if (!READS.test(sql)) {
      this.#statement = database.prepare(sql);
      return;
    }
    this.#columns = namesOfColumns(database, sql);
    const columns = this.#columns.map((_name, index) => `c${index}`).join(', ');
    this.#statement = database.prepare(`WITH rows (${columns}) AS (${sql}) SELECT CAST(json_group_array(json_array(${columns})) AS BLOB) FROM rows`).raw(true);
  }

  /** @throws DamagedRow; the database's error. */
  all(parameters: readonly SqlValue[]): Row[] {
    if (this.#columns === null) return this.#statement.all(parameters) as Row[];
    const [found] = this.#statement.all(parameters);
    const json: unknown = Array.isArray(found) ? found[0] : null;
    if (!Buffer.isBuffer(json) || !isUtf8(json)) throw new DamagedRow('A row of the read models holds bytes that are no text.');
    const names = this.#columns;
    return (JSON.parse(json.toString('utf8')) as SqlValue[][]).map((values) => rowOf(names, values));
  }
}

/** The names of the columns by statement, since each fold of the past prepares the same ones for another file. */
const known = new LRUCache<string, readonly string[]>({ max: 1_000 });

function namesOfColumns(database: Database.Database, sql: string): readonly string[] {
  const found = known.get(sql);
  if (found !== undefined) return found;
  const names = database.prepare(sql).columns().map(({ name }) => name);
  known.set(sql, names);
  return names;
}

function rowOf(names: readonly string[], values: readonly SqlValue[]): Row {
  const row: Record<string, SqlValue> = {};
  for (let place = 0; place < names.length; place += 1) row[names[place] ?? ''] = values[place] ?? null;
  return row;
}

/** Collects the values of a statement's numbered placeholders while its text is built. */
export class SqlParameters {
  readonly values: SqlValue[] = [];

  /** Adds a value and returns its placeholder, which may be used more than once. */
  add(value: SqlValue): string {
    this.values.push(value);
    return `?${this.values.length}`;
  }
}

/** Maximum number of keys per statement. */
const KEYS_PER_STATEMENT = 500;

/** Looks up many keys with one statement per 500. A statement gets its keys as one JSON text. */
export function inChunks<K, R>(keys: readonly K[], look: (keysJson: string) => readonly R[]): readonly R[] {
  const found: R[] = [];
  for (let start = 0; start < keys.length; start += KEYS_PER_STATEMENT) {
    found.push(...look(JSON.stringify(keys.slice(start, start + KEYS_PER_STATEMENT))));
  }
  return found;
}
