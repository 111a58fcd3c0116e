import { existsSync } from 'node:fs';
import Database from 'libsql';
import { LRUCache } from 'lru-cache';
import type { SqlValue } from './projection';

/** Statements of lists are made of filters and orders, so there are many, but few that are used often. */
const MAX_PREPARED_STATEMENTS = 500;

/** A moment's wait for another process that holds the file, for example a copy being made. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * The local SQLite file that holds all read models, with their checkpoints. It may be deleted while nobody has it open:
 * the log fills it again. Calls are synchronous.
 */
export class ReadModelDatabase {
  #database: Database.Database;
  #file: string;
  #aliases: ReadonlyMap<string, string> = new Map();
  readonly #statements = new LRUCache<string, Database.Statement>({ max: MAX_PREPARED_STATEMENTS });
  #statementCount = 0;
  #generation = 0;

  private constructor(
    database: Database.Database,
    file: string,
  ) {
    this.#database = database;
    this.#file = file;
  }

  /**
   * Opens the file, which is made when absent, or a database in memory for `:memory:`.
   * @throws Error when the file cannot be opened or is no SQLite database.
   */
  static open(file: string): ReadModelDatabase {
    try {
      const database = new Database(file);
      database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = NORMAL');
      // Ids are random, so that each event touches pages all over the indexes. Keeping more of them at hand, and moving them
      // into the file less often than every 1,000 (the default), saves a fifth of the time to fill the tables.
      database.pragma('cache_size = -16000');
      database.pragma('wal_autocheckpoint = 4000');
      return new ReadModelDatabase(database, file);
    } catch (error) {
      throw new Error(`The read models in ${file} cannot be opened. The file may be deleted: it is filled again from the log.`, { cause: error });
    }
  }

  /** Opens a file that nobody else has and nobody needs later: nothing is flushed, nothing stands beside it. @throws Error when it is no SQLite database. */
  static openScratch(file: string): ReadModelDatabase {
    const database = new Database(file);
    for (const setting of ['journal_mode = MEMORY', 'synchronous = OFF', 'locking_mode = EXCLUSIVE', 'cache_size = -16000']) database.pragma(setting);
    return new ReadModelDatabase(database, file);
  }

  /**
   * Opens a file for reading, as it stands now whatever is written to it meanwhile, until it is closed; soon, since its
   * log grows as long as it is open.
   * @throws Error when there is no such file, or it is no SQLite database.
   */
  static openSnapshot(file: string): ReadModelDatabase {
    if (!existsSync(file)) throw new Error(`There are no read models at ${file}; start the service once.`);
    const snapshot = new ReadModelDatabase(new Database(file, { timeout: BUSY_TIMEOUT_MS }), file);
    snapshot.execute('PRAGMA query_only = ON; BEGIN');
    snapshot.all('SELECT 1 FROM sqlite_schema LIMIT 1');
    return snapshot;
  }

  /** Writes everything into a new file. @throws Error when the file is there already or cannot be written. */
  writeCopyTo(file: string): void {
    this.run('VACUUM INTO ?', [file]);
  }

  /** The path that it was opened with. */
  get file(): string {
    return this.#file;
  }

  /** How many statements have been run; a page must not need more of them for more rows. */
  get statementCount(): number {
    return this.#statementCount;
  }

  /** Another one as soon as the same names may mean other tables, whatever these say of their state. */
  get generation(): number {
    return this.#generation;
  }

  /** All rows of a query; the caller names their shape. Placeholders are `?` or `?1`. */
  all<T extends object>(sql: string, parameters: readonly SqlValue[] = []): T[] {
    this.#statementCount += 1;
    return this.#prepare(sql).all(parameters) as T[];
  }

  /** The first row of a query, or undefined. */
  get<T extends object>(sql: string, parameters: readonly SqlValue[] = []): T | undefined {
    return this.all<T>(sql, parameters)[0];
  }

  /** Runs a statement that gives no rows. */
  run(sql: string, parameters: readonly SqlValue[] = []): void {
    this.#statementCount += 1;
    this.#prepare(sql).run(parameters);
  }

  /** Runs statements that make or drop tables. */
  execute(sql: string): void {
    this.#database.exec(sql);
  }

  /** Runs `work` in one transaction: all of its writes or, when it throws, none. */
  transaction<T>(work: () => T): T {
    this.#prepare('BEGIN IMMEDIATE').run();
    try {
      const result = work();
      this.#prepare('COMMIT').run();
      return result;
    } catch (error) {
      if (this.#database.inTransaction) this.#prepare('ROLLBACK').run();
      throw error;
    }
  }

  /** From now on names in statements that begin like a key mean those that begin like its value: tables and indexes of another version. */
  readAs(aliases: ReadonlyMap<string, string>): void {
    this.#statements.clear();
    this.#aliases = aliases;
    this.#generation += 1;
  }

  /** Each becomes the other: what reads this database reads from now on what the other one had opened. */
  exchangeWith(other: ReadModelDatabase): void {
    for (const one of [this, other]) one.readAs(new Map());
    [this.#database, other.#database] = [other.#database, this.#database];
    [this.#file, other.#file] = [other.#file, this.#file];
  }

  /** Lets others open a scratch file, now and not when what was prepared on it is collected. */
  release(): void {
    this.execute('PRAGMA locking_mode = NORMAL');
    this.all('SELECT 1 FROM sqlite_schema LIMIT 1');
  }

  /** Closes the file; doing it twice is harmless. */
  close(): void {
    if (!this.#database.open) return;
    this.#statements.clear();
    this.#database.close();
  }

  #prepare(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(this.#meant(sql));
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #meant(sql: string): string {
    let meant = sql;
    for (const [alias, name] of this.#aliases) meant = meant.replaceAll(alias, name);
    return meant;
  }
}
