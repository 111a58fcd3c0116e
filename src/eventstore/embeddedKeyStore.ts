import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Database from 'libsql';
import { StoreUnavailable } from './eventStore';
import { KeysUnreadable, type KeptKey, type KeyStore } from './keyStore';
import { createPrivately } from './processLock';

const BUSY_MS = 5_000;
/** "PAky" in ASCII: marks the file as keys of this program. */
const APPLICATION_ID = 0x50416b79;
const MAX_WAITING = 10_000;
const PAGE = 1_000;

const CREATE = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE keys (id TEXT PRIMARY KEY, wrapped TEXT, erased_as INTEGER, CHECK ((wrapped IS NULL) <> (erased_as IS NULL))) STRICT;
  CREATE INDEX keys_erased ON keys (erased_as) WHERE erased_as IS NOT NULL;
  PRAGMA application_id = ${APPLICATION_ID};
`;

interface Waiting {
  readonly id: string;
  readonly wrapped: string;
  readonly resolve: (kept: KeptKey) => void;
  readonly reject: (error: unknown) => void;
}

/** What is kept, entry by entry. */
export type KeptEntry = { readonly check: string } | { readonly id: string; readonly wrapped: string } | { readonly erasedAs: number; readonly ids: readonly string[] };

/** The keys of people in one SQLite file, `keys.db`, beside the log. What is deleted from it is overwritten. */
export class EmbeddedKeyStore implements KeyStore {
  #waiting: Waiting[] = [];
  #turn: NodeJS.Immediate | null = null;

  private constructor(
    private readonly database: Database.Database,
    /** whether there was no such file before. */
    readonly isNew: boolean,
  ) {}

  /** Opens the keys in a directory; makes them unless `readOnly`. @throws KeysUnreadable when the file is missing (readOnly), foreign or damaged. */
  static open(directory: string, { readOnly = false } = {}): EmbeddedKeyStore {
    const file = join(resolve(directory), 'keys.db');
    const isNew = !existsSync(file);
    if (isNew && readOnly) throw new KeysUnreadable(`there is no ${file}, which holds the keys of people; check DATA_DIR`);
    if (isNew) createPrivately(file);
    const database = new Database(file, { timeout: BUSY_MS });
    try {
      if (readOnly) database.pragma('query_only = ON');
      else prepare(database);
      const [row] = database.prepare('PRAGMA application_id').raw(true).all();
      if (!Array.isArray(row) || row[0] !== APPLICATION_ID) throw new Error('it holds something else');
      return new EmbeddedKeyStore(database, isNew);
    } catch (cause) {
      database.close();
      throw new KeysUnreadable(`${file}, which holds the keys of people, cannot be read (${cause instanceof Error ? cause.message : String(cause)}). Put it back from a backup; without it nobody's name can be read.`, { cause });
    }
  }

  keepCheck(check: string): Promise<string> {
    return this.#asked(() => {
      const [row] = this.database.prepare("SELECT value FROM meta WHERE key = 'check'").raw(true).all();
      if (Array.isArray(row)) return String(row[0]);
      this.database.prepare("INSERT INTO meta (key, value) VALUES ('check', ?)").run(check);
      return check;
    });
  }

  find(ids: readonly string[]): Promise<ReadonlyMap<string, KeptKey>> {
    return this.#asked(() => {
      const rows = this.database.prepare('SELECT id, wrapped, erased_as FROM keys WHERE id IN (SELECT value FROM json_each(?))').raw(true).all(JSON.stringify(ids));
      return new Map(rows.flatMap((row) => (Array.isArray(row) ? [[String(row[0]), keptOf(row[1], row[2])] as const] : [])));
    });
  }

  /** @inheritdoc Keys of one turn of the event loop share one flush of the disk. */
  add(id: string, wrapped: string): Promise<KeptKey> {
    if (this.#waiting.length >= MAX_WAITING) return Promise.reject(new StoreUnavailable(`${MAX_WAITING} new keys are waiting already; send this again a little later`));
    return new Promise((resolved, reject) => {
      this.#waiting.push({ id, wrapped, resolve: resolved, reject });
      this.#turn ??= setImmediate(() => { this.#write(); });
    });
  }

  erase(ids: readonly string[]): Promise<number> {
    return this.#asked(() => this.database.transaction(() => {
      const [row] = this.database.prepare('SELECT max(erased_as) FROM keys WHERE id IN (SELECT value FROM json_each(?))').raw(true).all(JSON.stringify(ids));
      const earlier: unknown = Array.isArray(row) ? row[0] : null;
      const number = typeof earlier === 'number' ? earlier : this.#mostErased() + 1;
      const erase = this.database.prepare('INSERT INTO keys (id, erased_as) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET wrapped = NULL, erased_as = coalesce(erased_as, excluded.erased_as)');
      for (const id of ids) erase.run(id, number);
      this.database.prepare("INSERT INTO meta (key, value) VALUES ('erasures', '1') ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)").run();
      return number;
    })());
  }

  erasures(): Promise<number> {
    return this.#asked(() => {
      const [row] = this.database.prepare("SELECT value FROM meta WHERE key = 'erasures'").raw(true).all();
      return Array.isArray(row) ? Number(row[0]) : 0;
    });
  }

  /** Everything that is kept: the check, keys by id, and the ids of each person who was erased, by number. */
  *all(): Generator<KeptEntry, void, undefined> {
    const [check] = this.database.prepare("SELECT value FROM meta WHERE key = 'check'").raw(true).all();
    if (Array.isArray(check)) yield { check: String(check[0]) };
    let after = '';
    for (;;) {
      const rows = this.database.prepare('SELECT id, wrapped FROM keys WHERE id > ? AND wrapped IS NOT NULL ORDER BY id LIMIT ?').raw(true).all(after, PAGE).filter((row) => Array.isArray(row));
      for (const [id, wrapped] of rows) yield { id: String(id), wrapped: String(wrapped) };
      if (rows.length < PAGE) break;
      after = String(rows.at(-1)?.[0]);
    }
    for (let number = 1; number <= this.#mostErased(); number += 1) {
      const rows = this.database.prepare('SELECT id FROM keys WHERE erased_as = ? ORDER BY id').raw(true).all(number);
      yield { erasedAs: number, ids: rows.flatMap((row) => (Array.isArray(row) ? [String(row[0])] : [])) };
    }
  }

  close(): Promise<void> {
    if (this.#turn !== null) this.#write();
    if (this.database.open) this.database.close();
    return Promise.resolve();
  }

  #mostErased(): number {
    const [row] = this.database.prepare('SELECT coalesce(max(erased_as), 0) FROM keys WHERE erased_as IS NOT NULL').raw(true).all();
    return Array.isArray(row) ? Number(row[0]) : 0;
  }

  #write(): void {
    if (this.#turn !== null) clearImmediate(this.#turn);
    this.#turn = null;
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      const insert = this.database.prepare('INSERT INTO keys (id, wrapped) VALUES (?, ?) ON CONFLICT (id) DO NOTHING');
      const select = this.database.prepare('SELECT wrapped, erased_as FROM keys WHERE id = ?').raw(true);
      const kept = this.database.transaction(() => waiting.map(({ id, wrapped }) => {
        insert.run(id, wrapped);
        const [row] = select.all(id);
        return Array.isArray(row) ? keptOf(row[0], row[1]) : { wrapped };
      }))();
      waiting.forEach(({ resolve: answer, wrapped }, index) => { answer(kept[index] ?? { wrapped }); });
    } catch (cause) {
      for (const { reject } of waiting) reject(unavailable(cause));
    }
  }

  #asked<T>(work: () => T): Promise<T> {
    try {
      if (!this.database.open) throw new Error('they are closed');
      return Promise.resolve(work());
    } catch (cause) {
      return Promise.reject(unavailable(cause));
    }
  }
}

function prepare(database: Database.Database): void {
  // Nothing of a destroyed key stays in a free page or a write-ahead log.
  database.pragma('journal_mode = DELETE');
  database.pragma('secure_delete = ON');
  database.pragma('synchronous = EXTRA');
  const [row] = database.prepare('SELECT count(*) FROM sqlite_schema').raw(true).all();
  if (Array.isArray(row) && row[0] === 0) database.transaction(() => { database.exec(CREATE); })();
}

function keptOf(wrapped: unknown, erasedAs: unknown): KeptKey {
  return typeof wrapped === 'string' ? { wrapped } : { erasedAs: Number(erasedAs) };
}

const unavailable = (cause: unknown): StoreUnavailable =>
  new StoreUnavailable(`the keys of people cannot be used (${cause instanceof Error ? cause.message : String(cause)}); the same request may be sent again`, { cause });
