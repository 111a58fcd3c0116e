import { existsSync, statSync } from 'node:fs';
import { createPrivately, restrictToOwner } from '../../files/ownersFile';
import Database from 'libsql';
import { LRUCache } from 'lru-cache';
import type { SqlValue } from './projection';
import { isDamage, Query } from './query';

/** Prepared statements kept; the least recently used are dropped. Lists produce many statements, of which few are frequent. */
const MAX_PREPARED_STATEMENTS = 500;

/** How long a statement blocks this process, while nobody depends on it, until another one releases its lock of the file; then it fails. */
const BUSY_TIMEOUT_MS = 5_000;

/** Bytes to which a write-ahead log is cut when it starts again after a burst. */
const WAL_SIZE_LIMIT = 64 * 1024 * 1024;

/** Apps and Keap IDs whose changes are counted separately. Beyond that, all cached results count as outdated. */
const MAX_COUNTED = 10_000;

/** Whether the error means that another process has locked the file, rather than that the file is damaged. */
export function isLocked(error: unknown): boolean {
  if (error instanceof Database.SqliteError) return error.code.startsWith('SQLITE_BUSY') || error.code.startsWith('SQLITE_LOCKED');
  return error instanceof Error && error.cause !== undefined && isLocked(error.cause);
}

/** Names of people are in these files. */
function keepPrivate(file: string): void {
  if (file === ':memory:' || file === '') return;
  createPrivately(file);
  restrictToOwner(file, ...BESIDE.map((suffix) => file + suffix));
}

/** Suffixes of the files that SQLite keeps beside a database. */
export const BESIDE = ['-wal', '-shm'];

/**
 * The local SQLite file of all read models and their checkpoints. It may be deleted while nobody has it open; the service
 * fills it again from the log. Calls are synchronous.
 */
export class ReadModelDatabase {
  #database: Database.Database;
  #file: string;
  #aliases: ReadonlyMap<string, string> = new Map();
  readonly #statements = new LRUCache<string, Database.Statement>({ max: MAX_PREPARED_STATEMENTS });
  readonly #queries = new LRUCache<string, Query>({ max: MAX_PREPARED_STATEMENTS });
  #statementCount = 0;
  #busyMs = 0;
  /** Number of the last change of an app's rows, by app. */
  readonly #changes = new Map<string, number>();
  #lastChange = 0;
  #lastChangeOfAll = 0;
  #generation = 0;
  #beforeWriting: (() => void) | null = null;
  #onSettle: (() => void) | null = null;
  #onDamage: ((error: unknown) => void) | null = null;
  #connection: (() => ReadModelDatabase) | null = null;

  private constructor(database: Database.Database, file: string) {
    this.#database = database;
    this.#file = file;
  }

  /**
   * Opens the file, or a database in memory for `:memory:`. A missing file is created.
   * @param waitMs how long a statement blocks this process while another one has locked the file.
   * @throws Error when the file cannot be opened or is not a SQLite database.
   */
  static open(file: string, { waitMs = BUSY_TIMEOUT_MS } = {}): ReadModelDatabase {
    let database: Database.Database | undefined;
    try {
      keepPrivate(file);
      database = new Database(file);
      database.pragma(`busy_timeout = ${waitMs}`);
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = NORMAL');
      // Ids are random, so each event touches pages all over the indexes. A larger page cache, and fewer checkpoints than
      // one per 1,000 pages (the default), save a fifth of the time to fill the tables.
      database.pragma('cache_size = -16000');
      database.pragma('wal_autocheckpoint = 4000');
      database.pragma(`journal_size_limit = ${WAL_SIZE_LIMIT}`);
      return new ReadModelDatabase(database, file);
    } catch (error) {
      database?.close();
      throw new Error(`${file} cannot be opened. You may delete it: the service fills it again from the log.`, { cause: error });
    }
  }

  /**
   * Opens a temporary file for this process alone, without flushes and without a write-ahead log.
   * @throws Error when it is not a SQLite database, or is missing and must not be created.
   */
  static openScratch(file: string, { create = true } = {}): ReadModelDatabase {
    if (!create && !existsSync(file)) throw new Error(`${file} is missing.`);
    keepPrivate(file);
    const database = new Database(file);
    // The driver sorts the rows of an index in memory unless it is told otherwise, which takes longer and grows with the table.
    for (const setting of ['journal_mode = MEMORY', 'synchronous = OFF', 'locking_mode = EXCLUSIVE', 'cache_size = -16000', 'temp_store = FILE']) database.pragma(setting);
    return new ReadModelDatabase(database, file);
  }

  /**
   * Opens a read-only snapshot of a file. Close it soon: the file's write-ahead log grows while it is open.
   * @throws Error when the file does not exist or is not a SQLite database, or another process has locked it (`isLocked`).
   */
  static openSnapshot(file: string): ReadModelDatabase {
    if (!existsSync(file)) throw new Error(`There are no read models at ${file}. Start the service once to create them.`);
    const snapshot = new ReadModelDatabase(new Database(file), file);
    try {
      snapshot.execute('PRAGMA query_only = ON; BEGIN');
      snapshot.all('SELECT 1 FROM sqlite_schema LIMIT 1');
      return snapshot;
    } catch (error) {
      snapshot.close();
      throw error;
    }
  }

  /** Opens a read-only snapshot of these read models, which stays as they are now; undefined for a database in memory. Close it soon. */
  snapshot(): ReadModelDatabase | undefined {
    if (this.#file === ':memory:') return undefined;
    this.settle();
    const snapshot = ReadModelDatabase.openSnapshot(this.#file);
    snapshot.#aliases = this.#aliases;
    return snapshot;
  }

  /** Opens another connection to this file, which reads the tables that this one does. Statements fail at once while another process has locked the file. */
  openBeside(): ReadModelDatabase {
    this.settle();
    const beside = ReadModelDatabase.open(this.#file, { waitMs: 0 });
    beside.#aliases = this.#aliases;
    return beside;
  }

  /** Whether the other connection still reads the file and the tables that this one does. */
  isBeside(other: ReadModelDatabase): boolean {
    return other.#file === this.#file && other.#aliases === this.#aliases;
  }

  /** Returns a database without a file of its own, which sends each of its queries to the connection that the function returns. */
  queriedOn(connection: () => ReadModelDatabase): ReadModelDatabase {
    const redirected = new ReadModelDatabase(this.#database, ':memory:');
    redirected.#connection = connection;
    return redirected;
  }

  /** Whether rows may disappear again, because queries read a transaction that is never committed. */
  get isTrial(): boolean {
    return this.#connection !== null;
  }

  /** Calls the listener before each change of the file by this connection. */
  beforeWriting(listener: () => void): void {
    this.#beforeWriting = listener;
  }

  /** Calls the listener with the error of a statement that found the file damaged. The error is thrown all the same. */
  onDamage(listener: (error: unknown) => void): void {
    this.#onDamage = listener;
  }

  /** Lets statements fail at once instead of blocking the process while another one has locked the file. `isLocked` tells these errors. */
  failWhenLocked(): void { this.execute('PRAGMA busy_timeout = 0'); }

  /** Moves the write-ahead log into the file, as far as readers allow, and empties it unless one still needs it. Returns its size in bytes afterwards. */
  checkpoint(): number {
    this.settle();
    this.all('PRAGMA wal_checkpoint(TRUNCATE)');
    return statSync(`${this.#file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Writes a copy into a new file. @throws Error when the file exists or cannot be written. */
  writeCopyTo(file: string): void {
    this.run('VACUUM INTO ?', [file]);
  }

  /** Path of the file. */
  get file(): string { return this.#file; }

  /** Number of statements run, for tests that bound the statements per page. */
  get statementCount(): number { return this.#statementCount; }

  /** Milliseconds that all statements took. */
  get busyMs(): number { return this.#busyMs; }

  /** Returns a number that grows with every change of rows that queries about the app, or about the holder of a Keap ID, may read. A cached result is outdated when it has grown. */
  versionOf(subject: string): number {
    return this.#changes.get(subject) ?? this.#lastChangeOfAll;
  }

  /** Returns a number that grows with every change of any rows. */
  get lastChange(): number { return this.#lastChange; }

  /** Returns a number that grows when other tables are read from now on, such as those of another file. */
  get generation(): number { return this.#generation; }

  /** Marks what is cached about an app or the holder of a Keap ID as outdated, or everything when `subject` is null. Call it before the rows change. */
  markChanged(subject: string | null): void {
    this.#lastChange += 1;
    if (subject !== null && (this.#changes.size < MAX_COUNTED || this.#changes.has(subject))) {
      this.#changes.set(subject, this.#lastChange);
      return;
    }
    this.#changes.clear();
    this.#lastChangeOfAll = this.#lastChange;
  }

  /** Returns all rows of a query; the caller names their type. Placeholders are `?` or `?1`. */
  all<T extends object>(sql: string, parameters: readonly SqlValue[] = []): T[] {
    if (this.#connection) return this.#connection().all<T>(sql, parameters);
    return this.#timed(() => this.#query(sql).all(parameters) as T[]);
  }

  /** Returns the first row of a query, or undefined. */
  get<T extends object>(sql: string, parameters: readonly SqlValue[] = []): T | undefined {
    return this.all<T>(sql, parameters)[0];
  }

  /** Runs a statement that returns no rows. */
  run(sql: string, parameters: readonly SqlValue[] = []): void {
    this.#beforeWriting?.();
    this.#timed(() => this.#prepare(sql).run(parameters));
  }

  /** Runs a statement that returns no rows, and returns how many rows it inserted, updated or deleted. */
  runCounting(sql: string): number {
    this.#beforeWriting?.();
    return this.#timed(() => this.#prepare(sql).run().changes);
  }

  /** Runs statements without parameters, such as `CREATE TABLE`. */
  execute(sql: string): void {
    this.#beforeWriting?.();
    this.#database.exec(sql);
  }

  /** Runs `work` in one transaction, which is rolled back when `work` throws. */
  transaction<T>(work: () => T, begin: 'BEGIN IMMEDIATE' | 'BEGIN DEFERRED' = 'BEGIN IMMEDIATE'): T {
    this.settle();
    this.begin(begin);
    try {
      const result = work();
      this.commit();
      return result;
    } catch (error) {
      this.rollBack();
      throw error;
    }
  }

  /** Begins a transaction. Only this connection reads what changes until `commit`. */
  begin(begin: 'BEGIN IMMEDIATE' | 'BEGIN DEFERRED' = 'BEGIN IMMEDIATE'): void {
    this.#beforeWriting?.();
    this.#timed(() => this.#prepare(begin).run());
  }

  /** Ends the transaction. When it throws, call `rollBack`. */
  commit(): void {
    this.#timed(() => this.#prepare('COMMIT').run());
  }

  /** Takes back the open transaction, if there is one. */
  rollBack(): void {
    if (this.#database.inTransaction) this.#prepare('ROLLBACK').run();
  }

  /** Has the listener end the transaction that it leaves open, whenever others are to read what is applied, or to write. It must not throw. */
  onSettle(listener: () => void): void {
    this.#onSettle = listener;
  }

  /** Commits what was applied and is not committed yet, so that other connections to the file read it. */
  settle(): void {
    this.#onSettle?.();
  }

  /** Replaces, in all later statements, each key by its value: prefixes of table and index names by those of another version. */
  readAs(aliases: ReadonlyMap<string, string>): void {
    this.#forgetStatements();
    this.#aliases = aliases;
    this.#generation += 1;
    this.markChanged(null);
  }

  /** Swaps the files of two databases, so that readers of this one read the other's file from now on. */
  exchangeWith(other: ReadModelDatabase): void {
    this.settle();
    this.#beforeWriting?.();
    for (const one of [this, other]) one.readAs(new Map());
    [this.#database, other.#database] = [other.#database, this.#database];
    [this.#file, other.#file] = [other.#file, this.#file];
  }

  /** Releases the exclusive lock of a scratch file at once, rather than when its statements are garbage-collected. */
  release(): void {
    this.execute('PRAGMA locking_mode = NORMAL');
    this.all('SELECT 1 FROM sqlite_schema LIMIT 1');
  }

  /** Whether the file has not been closed. */
  get isOpen(): boolean { return this.#database.open; }

  /** Closes the file. Closing it again does nothing. */
  close(): void {
    if (!this.#database.open) return;
    this.#forgetStatements();
    this.#database.close();
  }

  #timed<T>(statement: () => T): T {
    const startedAt = performance.now();
    this.#statementCount += 1;
    try {
      return statement();
    } catch (error) {
      if (isDamage(error)) {
        // A statement that has failed half way keeps the file from being checkpointed.
        this.#forgetStatements();
        this.#onDamage?.(error);
      }
      throw error;
    } finally {
      this.#busyMs += performance.now() - startedAt;
    }
  }

  #query(sql: string): Query {
    const query = this.#queries.get(sql) ?? new Query(this.#database, this.#resolveAliases(sql));
    this.#queries.set(sql, query);
    return query;
  }

  #forgetStatements(): void {
    this.#statements.clear();
    this.#queries.clear();
  }

  #prepare(sql: string): Database.Statement {
    const statement = this.#statements.get(sql) ?? this.#database.prepare(this.#resolveAliases(sql));
    this.#statements.set(sql, statement);
    return statement;
  }

  #resolveAliases(sql: string): string {
    let resolved = sql;
    for (const [alias, name] of this.#aliases) resolved = resolved.replaceAll(alias, name);
    return resolved;
  }
}
