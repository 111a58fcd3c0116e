import { isUtf8 } from 'node:buffer';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'libsql';
import { type StoreProblem, StoreUnavailable } from '../eventStore';
import { type KeptKey, type KeyStore, KeysUnreadable, type Rewrapping, type WrappedKey } from '../people/keyStore';
import { createPrivately } from '../../files/ownersFile';
import { FileHealth, isBusy } from './fileHealth';
import { requireOwnObjects } from './foreignObjects';
import { openDatabase } from './schema';

/** How long an open file, or a request, waits for another process that has locked the keys, and how often a request tries, in milliseconds. */
const BUSY_MS = 5_000;
const BUSY_RETRY_MS = 25;
/** Marks the file as a key store of this program: "PAky" in ASCII. */
const APPLICATION_ID = 0x50416b79;
/** New keys that may wait to be written. One more is refused with StoreUnavailable. */
const MAX_WAITING = 10_000;
const PAGE = 1_000;

const CREATE = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE keys (id TEXT PRIMARY KEY, wrapped TEXT, erased_as INTEGER, CHECK ((wrapped IS NULL) <> (erased_as IS NULL))) STRICT;
  CREATE INDEX keys_erased ON keys (erased_as) WHERE erased_as IS NOT NULL;
  PRAGMA application_id = ${APPLICATION_ID};
`;

/** Moves the write-ahead log into the file, and cuts it off. */
const EMPTY_WRITE_AHEAD_LOG = 'wal_checkpoint(TRUNCATE)';

const TEXT_OF_KEY = 'CAST(wrapped AS BLOB), erased_as';
const FIND = `SELECT CAST(id AS BLOB), ${TEXT_OF_KEY} FROM keys WHERE id IN (SELECT value FROM json_each(?))`;
const INSERT = 'INSERT INTO keys (id, wrapped) VALUES (?, ?) ON CONFLICT (id) DO NOTHING';
const SELECT = `SELECT ${TEXT_OF_KEY} FROM keys WHERE id = ?`;

interface Waiting {
  readonly id: string;
  readonly wrapped: string;
  readonly resolve: (kept: KeptKey) => void;
  readonly reject: (error: unknown) => void;
}

/** One entry of the key store. */
export type KeptEntry = { readonly check: string } | { readonly ring: string } | { readonly id: string; readonly wrapped: string } | { readonly erasedAs: number; readonly ids: readonly string[] };

/** The keys of people in one SQLite file, `keys.db`, beside the log. Deleted keys are overwritten on disk. */
export class EmbeddedKeyStore implements KeyStore {
  #waiting: Waiting[] = [];
  #turn: NodeJS.Immediate | null = null;
  readonly #find: Database.Statement;
  readonly #select: Database.Statement;
  /** Null in a store that is only read. */
  readonly #insert: Database.Statement | null;

  private constructor(
    private readonly database: Database.Database,
    private readonly health: FileHealth,
    /** True when the file has just been created. */
    readonly isNew: boolean,
    readOnly: boolean,
  ) {
    this.#find = database.prepare(FIND).raw(true);
    this.#select = database.prepare(SELECT).raw(true);
    this.#insert = readOnly ? null : database.prepare(INSERT);
  }

  /** Opens the key store of a directory. Creates it unless `readOnly`. @throws KeysUnreadable when the file is missing (readOnly), foreign or damaged. */
  static open(directory: string, { readOnly = false } = {}): EmbeddedKeyStore {
    const file = join(resolve(directory), 'keys.db');
    const isNew = !existsSync(file);
    if (isNew && readOnly) throw new KeysUnreadable(`the key file ${file} does not exist; check DATA_DIR`);
    if (isNew) createPrivately(file);
    const database = openDatabase(file, BUSY_MS);
    try {
      if (readOnly) database.pragma('query_only = ON');
      else prepare(database);
      const [row] = database.prepare('PRAGMA application_id').raw(true).all();
      if (!Array.isArray(row) || row[0] !== APPLICATION_ID) throw new Error('it is not a key file of this program');
      if (!readOnly) requireOwnObjects(database, CREATE, file);
      // From here on, whoever waits for a lock waits without blocking the process.
      if (!readOnly) database.pragma('busy_timeout = 0');
      // What a process that was killed left there may be a key that it has destroyed.
      if (!readOnly) database.pragma(EMPTY_WRITE_AHEAD_LOG);
      return new EmbeddedKeyStore(database, new FileHealth(file), isNew, readOnly);
    } catch (cause) {
      database.close();
      throw new KeysUnreadable(`the key file ${file} cannot be read (${cause instanceof Error ? cause.message : String(cause)}). Restore it from a backup; without it no name can be decrypted.`, { cause });
    }
  }

  keepCheck(check: string): Promise<string> {
    return this.#asked(() => {
      const kept = this.#meta('check');
      if (kept !== null) return kept;
      this.database.prepare("INSERT INTO meta (key, value) VALUES ('check', ?)").run(check);
      return check;
    });
  }

  ring(): Promise<string | null> {
    return this.#asked(() => this.#meta('ring'));
  }

  keepRing(ring: string, before: string | null): Promise<boolean> {
    return this.#asked(() => this.database.transaction(() => {
      if (this.#meta('ring') !== before) return false;
      this.database.prepare("INSERT INTO meta (key, value) VALUES ('ring', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value").run(ring);
      return true;
    })());
  }

  find(ids: readonly string[]): Promise<ReadonlyMap<string, KeptKey>> {
    return this.#asked(() => {
      const rows = this.#find.all(JSON.stringify(ids));
      return new Map(rows.flatMap((row) => (Array.isArray(row) ? [[String(row[0]), keptOf(row[1], row[2])] as const] : [])));
    });
  }

  /** @inheritdoc Keys of one turn of the event loop share one flush to disk. */
  add(id: string, wrapped: string): Promise<KeptKey> {
    if (this.#waiting.length >= MAX_WAITING) return Promise.reject(new StoreUnavailable(`${MAX_WAITING} new keys are already waiting; send this again in a moment`));
    return new Promise((resolved, reject) => {
      this.#waiting.push({ id, wrapped, resolve: resolved, reject });
      this.#turn ??= setImmediate(() => { this.#write(); });
    });
  }

  async *wrapped(): AsyncGenerator<readonly WrappedKey[], void, undefined> {
    let after = '';
    for (;;) {
      const page = await this.#asked(() => this.#wrappedAfter(after));
      if (page.length > 0) yield page;
      if (page.length < PAGE) return;
      after = page.at(-1)?.id ?? after;
    }
  }

  async rewrap(changes: readonly Rewrapping[]): Promise<void> {
    await this.#asked(() => this.database.transaction(() => {
      const update = this.database.prepare('UPDATE keys SET wrapped = ? WHERE id = ? AND wrapped = ?');
      for (const { id, wrapped, before } of changes) update.run(wrapped, id, before);
    })());
    await this.#emptyWriteAheadLog();
  }

  async erase(ids: readonly string[]): Promise<number> {
    const erased = await this.#asked(() => this.database.transaction(() => {
      const number = this.#numberFor(ids);
      const erase = this.database.prepare('INSERT INTO keys (id, erased_as) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET wrapped = NULL, erased_as = coalesce(erased_as, excluded.erased_as)');
      for (const id of ids) erase.run(id, number);
      this.database.prepare("INSERT INTO meta (key, value) VALUES ('erasures', '1') ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)").run();
      return number;
    })());
    await this.#emptyWriteAheadLog();
    return erased;
  }

  numberFor(ids: readonly string[]): Promise<number> {
    return this.#asked(() => this.#numberFor(ids));
  }

  erasures(): Promise<number> {
    return this.#asked(() => Number(this.#meta('erasures') ?? 0));
  }

  /** All entries: the check, the ring, then keys by id, then the key ids of each erased person by number. */
  *all(): Generator<KeptEntry, void, undefined> {
    const [check, ring] = [this.#meta('check'), this.#meta('ring')];
    if (check !== null) yield { check };
    if (ring !== null) yield { ring };
    for (let page = this.#wrappedAfter(''); page.length > 0; page = this.#wrappedAfter(page.at(-1)?.id ?? '')) yield* page;
    for (let number = 1; number <= this.#mostErased(); number += 1) {
      const rows = this.database.prepare('SELECT CAST(id AS BLOB) FROM keys WHERE erased_as = ? ORDER BY id').raw(true).all(number);
      yield { erasedAs: number, ids: rows.flatMap((row) => (Array.isArray(row) ? [String(row[0])] : [])) };
    }
  }

  get problem(): StoreProblem | null {
    return this.health.problem;
  }

  /** @inheritdoc Writes only after a write has failed: another file on the same disk is probed all the time. */
  probe(): void {
    if (!this.database.open || this.health.problem === null) return;
    try {
      // What is only in the deleted file is saved while this process has it open.
      if (this.health.isWriteAheadLogLost) this.database.pragma('wal_checkpoint(PASSIVE)');
      this.health.requireFiles();
      this.database.transaction(() => { this.database.exec("UPDATE meta SET value = value WHERE key = 'check'"); })();
      this.health.probeDisk();
      this.health.succeeded();
    } catch (error) {
      if (!isBusy(error)) this.health.failed(error);
    }
  }

  close(): Promise<void> {
    if (this.#turn !== null) this.#write();
    if (!this.database.open) return Promise.resolve();
    try {
      // The connection ends when its statements are collected, so that closing it does not empty the write-ahead log.
      if (this.#insert !== null) this.database.pragma(EMPTY_WRITE_AHEAD_LOG);
    } finally {
      this.database.close();
    }
    return Promise.resolve();
  }

  /** Leaves no destroyed or replaced key in the write-ahead log. @throws StoreUnavailable while another process reads the file. */
  async #emptyWriteAheadLog(): Promise<void> {
    await this.#asked(() => {
      const [row] = this.database.prepare(`PRAGMA ${EMPTY_WRITE_AHEAD_LOG}`).raw(true).all();
      this.health.acceptWriteAheadLog();
      if (Array.isArray(row) && row[0] !== 0) throw new Database.SqliteError('another program reads the keys of people', 'SQLITE_BUSY', 0);
    });
  }

  #meta(key: string): string | null {
    const [row] = this.database.prepare('SELECT CAST(value AS BLOB) FROM meta WHERE key = ?').raw(true).all(key);
    return Array.isArray(row) ? String(row[0]) : null;
  }

  #wrappedAfter(id: string): readonly WrappedKey[] {
    const rows = this.database.prepare('SELECT CAST(id AS BLOB), CAST(wrapped AS BLOB) FROM keys WHERE id > ? AND wrapped IS NOT NULL ORDER BY id LIMIT ?').raw(true).all(id, PAGE);
    return rows.flatMap((row) => {
      if (!Array.isArray(row)) return [];
      if (!Buffer.isBuffer(row[0]) || !isUtf8(row[0])) throw new Error('the id of a key is not what was written');
      return [{ id: row[0].toString(), wrapped: String(row[1]) }];
    });
  }

  #mostErased(): number {
    const [row] = this.database.prepare('SELECT coalesce(max(erased_as), 0) FROM keys WHERE erased_as IS NOT NULL').raw(true).all();
    return Array.isArray(row) ? Number(row[0]) : 0;
  }

  #numberFor(ids: readonly string[]): number {
    const [row] = this.database.prepare('SELECT max(erased_as) FROM keys WHERE id IN (SELECT value FROM json_each(?))').raw(true).all(JSON.stringify(ids));
    const earlier: unknown = Array.isArray(row) ? row[0] : null;
    return typeof earlier === 'number' ? earlier : this.#mostErased() + 1;
  }

  #write(): void {
    if (this.#turn !== null) clearImmediate(this.#turn);
    this.#turn = null;
    const waiting = this.#waiting;
    this.#waiting = [];
    const written = this.#asked(() => {
      this.health.requireFiles();
      const kept = this.database.transaction(() => waiting.map(({ id, wrapped }) => {
        this.#insert?.run(id, wrapped);
        const [row] = this.#select.all(id);
        return Array.isArray(row) ? keptOf(row[0], row[1]) : { wrapped };
      }))();
      this.health.succeeded();
      return kept;
    });
    written.then(
      (kept) => { waiting.forEach(({ resolve: answer, wrapped }, index) => { answer(kept[index] ?? { wrapped }); }); },
      (error: unknown) => { for (const { reject } of waiting) reject(error); },
    );
  }

  /** Runs `work`, again after a pause while another process has locked the file. */
  async #asked<T>(work: () => T): Promise<T> {
    const giveUpAt = performance.now() + BUSY_MS;
    for (;;) {
      try {
        if (!this.database.open) throw new StoreUnavailable('the keys of people are closed');
        return work();
      } catch (error) {
        if (!isBusy(error) || performance.now() >= giveUpAt) throw this.health.failed(error);
      }
      await pause(BUSY_RETRY_MS);
    }
  }
}

function prepare(database: Database.Database): void {
  // A new key costs one flush with a write-ahead log, and five with a rollback journal.
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  // No trace of a destroyed key may stay in a free page.
  database.pragma('secure_delete = ON');
  const [row] = database.prepare('SELECT count(*) FROM sqlite_schema').raw(true).all();
  if (Array.isArray(row) && row[0] === 0) database.transaction(() => { database.exec(CREATE); })();
}

function keptOf(wrapped: unknown, erasedAs: unknown): KeptKey {
  return Buffer.isBuffer(wrapped) ? { wrapped: wrapped.toString() } : { erasedAs: Number(erasedAs) };
}
