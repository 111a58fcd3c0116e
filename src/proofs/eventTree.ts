import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { LRUCache } from 'lru-cache';
import { type LogPosition, START } from '../eventstore/eventStore';
import { OpenedFile } from '../files/openedFile';
import { isLocked, ReadModelDatabase } from '../projections/engine/database';
import { removeReadModelFile } from '../projections/engine/files';
import { consistencyPath, inclusionPath, leafHash, nodeHash, reduced, rootOf, type SubtreeHashes } from './merkleTree';
import { createTree, digestOf, isTreeOf } from './treeFile';

/** Levels of the tree per tile. The node over a full tile is an entry of a tile above it. */
const TILE_LEVELS = 8;
const TILE_SIZE = 2 ** TILE_LEVELS;
const HASH_DIGITS = 64;
const MAX_CACHED_TILES = 256;
const MAX_CACHED_NODES = 16_384;

/** The file of the tree holds something else than was written. */
class DamagedTree extends Error {
  override readonly name = 'DamagedTree';
}

/** The fields of an event that the tree holds. */
export interface TreeEvent {
  readonly position: LogPosition;
  /** Hash, 64 hex digits. */
  readonly hash: string;
}

/**
 * The hash tree over all events of a log, in log order, in its own SQLite file. The file may be deleted: it is filled again
 * from the log. A leaf is the hash of an event, as bytes. Hashes are stored in tiles of 256, so that a proof reads few rows.
 * The events of the incomplete tile are rows of their own, so that a new event writes little.
 */
export class EventTree {
  /** The rightmost, incomplete tile of each level. Tiles of level 0 hold the hashes of events. */
  #edge: string[][] = [];
  /** Log positions of the events in the rightmost (incomplete) tile. */
  #positions: LogPosition[] = [];
  #size = 0;
  #last: LogPosition = START;
  /** Nodes of full tiles, which never change. */
  readonly #full = new LRUCache<string, readonly Buffer[]>({ max: MAX_CACHED_TILES });
  /** Nodes between the levels of tiles, each over a whole number of leaves, so that they never change either. */
  readonly #inner = new LRUCache<string, Buffer>({ max: MAX_CACHED_NODES });
  #opened: OpenedFile;
  #damage: string | null = null;

  private constructor(
    private database: ReadModelDatabase,
    private readonly storeId: string,
  ) {
    this.#opened = new OpenedFile(database.file);
    this.#noteDamage();
    this.#load();
  }

  /**
   * Opens the tree of a log in a file, or in `:memory:`. The tree of another log in the file is deleted. A damaged file is replaced by an empty one.
   * @param onDamage called with the error before a damaged file is replaced.
   * @throws Error when the file cannot be created, or another process has locked it.
   */
  static open(file: string, storeId: string, onDamage: (error: unknown) => void = () => undefined): EventTree {
    try {
      return EventTree.#openFile(file, storeId);
    } catch (error) {
      if (isLocked(error)) throw error;
      onDamage(error);
      removeReadModelFile(file);
      return EventTree.#openFile(file, storeId);
    }
  }

  static #openFile(file: string, storeId: string): EventTree {
    const database = ReadModelDatabase.open(file);
    try {
      return EventTree.#of(database, storeId);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  static #of(database: ReadModelDatabase, storeId: string): EventTree {
    if (!isTreeOf(database, storeId)) {
      database.transaction(() => { createTree(database, storeId); });
    }
    // From here on, whoever waits for a lock waits without blocking the process.
    database.failWhenLocked();
    return new EventTree(database, storeId);
  }

  /** Opens a log's tree for reading. Another process may write to it meanwhile. Null when the file has no tree of this log. */
  static openToRead(file: string, storeId: string): EventTree | null {
    if (!existsSync(file)) return null;
    let database: ReadModelDatabase | undefined;
    try {
      database = ReadModelDatabase.open(file);
      // Another process may complete a tile between two statements.
      database.execute('BEGIN');
      if (isTreeOf(database, storeId)) {
        const tree = new EventTree(database, storeId);
        database.execute('COMMIT');
        return tree;
      }
    } catch {
      // An unreadable file counts as no tree. The log is authoritative.
    }
    database?.close();
    return null;
  }

  /** Number of events. */
  get size(): number { return this.#size; }

  /** Position of the last event, `START` for an empty tree. */
  get position(): LogPosition { return this.#last; }

  /** What is wrong with the file: it is damaged, or is not the opened one any more. Null while nothing is. */
  get problem(): string | null {
    if (this.#damage !== null) return this.#damage;
    const change = this.#opened.change();
    return change === null ? null : `${basename(this.#opened.path)} ${change} while the service was running.`;
  }

  /** Replaces the file by an empty one. @throws Error when it cannot be created; the tree is empty then too, and this may be called again. */
  renew(): void {
    [this.#size, this.#edge, this.#positions, this.#last] = [0, [], [], START];
    this.#forget();
    this.database.close();
    const { file } = this.database;
    removeReadModelFile(file);
    const { database } = EventTree.#openFile(file, this.storeId);
    this.database = database;
    this.#opened = new OpenedFile(file);
    this.#damage = null;
    this.#noteDamage();
  }

  /** Adds the next events of the log, or none of them when the file cannot be written. @throws RangeError for events that are not in log order. */
  append(events: readonly TreeEvent[]): void {
    if (events.length === 0) return;
    try {
      this.database.transaction(() => {
        for (const event of events) this.#add(event);
        this.#writeRecent(events.slice(Math.max(0, events.length - this.#positions.length)));
        this.database.run('UPDATE tree SET size = ?, digest = ?', [this.#size, digestOf(this.storeId, this.#size)]);
      });
    } catch (error) {
      this.#load();
      throw error;
    }
  }

  /** The event at leaf `index`, from 0. @throws RangeError when there is none. */
  eventAt(index: number): TreeEvent {
    if (index < 0 || index >= this.#size) throw new RangeError(`The tree has ${this.#size} events and none number ${index}; they count from 0.`);
    const [tile, offset] = [Math.floor(index / TILE_SIZE), index % TILE_SIZE];
    return { position: this.#positionsOf(tile)[offset] ?? START, hash: this.#hashesOf(0, tile)[offset] ?? '' };
  }

  /** The events in order. @param from the number of the first one, from 0. */
  *events(from = 0): Generator<TreeEvent, void, undefined> {
    const { size } = this;
    for (let tile = Math.floor(from / TILE_SIZE), skipped = from % TILE_SIZE; tile * TILE_SIZE < size; tile += 1, skipped = 0) {
      const positions = this.#positionsOf(tile);
      for (const [offset, hash] of this.#hashesOf(0, tile).entries()) if (offset >= skipped) yield { position: positions[offset] ?? START, hash };
    }
  }

  /** The leaf number, from 0, of the event at a position. Undefined when the tree has no event there. */
  indexOf(position: LogPosition): number | undefined {
    const [first] = this.#positions;
    if (first !== undefined && position >= first) {
      const offset = this.#positions.indexOf(position);
      return offset < 0 ? undefined : this.#size - this.#positions.length + offset;
    }
    const place = this.database.get<{ readonly number: number }>('SELECT number FROM places WHERE first_position <= ? ORDER BY first_position DESC LIMIT 1', [position]);
    if (!place) return undefined;
    const offset = this.#positionsOf(place.number).indexOf(position);
    return offset < 0 ? undefined : place.number * TILE_SIZE + offset;
  }

  /** The leaf with this number, as the tree has it. */
  leafAt(index: number): Buffer { return this.#subtrees()(0, index); }

  /** The root over the first `size` events. */
  root(size: number): Buffer {
    return rootOf(size, this.#subtrees());
  }

  /** See `merkleTree.inclusionPath`. */
  inclusionPath(index: number, size: number): Buffer[] {
    return inclusionPath(index, size, this.#subtrees());
  }

  /** See `merkleTree.consistencyPath`. */
  consistencyPath(from: number, to: number): Buffer[] {
    return consistencyPath(from, to, this.#subtrees());
  }

  /** Removes all events. */
  clear(): void {
    this.database.transaction(() => {
      this.database.execute('DELETE FROM tiles; DELETE FROM places; DELETE FROM recent');
      this.database.run('UPDATE tree SET size = 0, digest = ?', [digestOf(this.storeId, 0)]);
    });
    this.#forget();
    this.#load();
  }

  /** Closes the file. May be called again. */
  close(): void {
    this.database.close();
  }

  #load(): void {
    const tree = this.database.get<{ readonly size: number; readonly digest: string }>('SELECT size, digest FROM tree');
    this.#require(tree?.digest === digestOf(this.storeId, tree?.size ?? 0), 'its number of events');
    this.#size = tree?.size ?? 0;
    const recent = this.#readRecent();
    this.#positions = recent.map(({ position }) => position);
    this.#edge = this.#size === 0 ? [] : [recent.map(({ hash }) => hash)];
    for (let level = 1, entries = Math.floor(this.#size / TILE_SIZE); entries > 0; level += 1, entries = Math.floor(entries / TILE_SIZE)) {
      this.#edge.push(entries % TILE_SIZE === 0 ? [] : [...this.#readTile(level, Math.floor(entries / TILE_SIZE))]);
    }
    this.#last = this.#size === 0 ? START : this.eventAt(this.#size - 1).position;
  }

  #add({ position, hash }: TreeEvent): void {
    if (position <= this.#last) throw new RangeError(`The tree takes events in log order; ${position} does not come after ${this.#last}.`);
    const tile = Math.floor(this.#size / TILE_SIZE);
    this.#positions.push(position);
    if (this.#positions.length === TILE_SIZE) {
      this.#writePositions(tile);
      this.#positions = [];
      this.database.run('DELETE FROM recent');
    }
    this.#push(0, tile, hash);
    this.#size += 1;
    this.#last = position;
  }

  #push(level: number, tile: number, hash: string): void {
    const hashes = (this.#edge[level] ??= []);
    hashes.push(hash);
    if (level > 0 || hashes.length === TILE_SIZE) this.#writeTile(level, tile);
    if (hashes.length < TILE_SIZE) return;
    this.#edge[level] = [];
    this.#push(level + 1, Math.floor(tile / TILE_SIZE), reduced(entriesOf(level, hashes)).toString('hex'));
  }

  /** Writes the last events, which are part of the incomplete tile. */
  #writeRecent(events: readonly TreeEvent[]): void {
    for (const [index, { position, hash }] of events.entries()) {
      const number = this.#size - events.length + index;
      this.database.run('INSERT INTO recent (number, position, hash, digest) VALUES (?, ?, ?, ?)', [number, position, hash, digestOf(number, position, hash)]);
    }
  }

  #writeTile(level: number, tile: number): void {
    const hashes = (this.#edge[level] ?? []).join('');
    this.database.run('INSERT OR REPLACE INTO tiles (level, number, hashes, digest) VALUES (?, ?, ?, ?)', [level, tile, hashes, digestOf(level, tile, hashes)]);
  }

  #writePositions(tile: number): void {
    const [first, positions] = [this.#positions[0] ?? START, JSON.stringify(this.#positions)];
    this.database.run('INSERT OR REPLACE INTO places (number, first_position, positions, digest) VALUES (?, ?, ?, ?)', [tile, first, positions, digestOf(tile, first, positions)]);
  }

  #hashesOf(level: number, tile: number): readonly string[] {
    const isEdge = tile === Math.floor(this.#size / TILE_SIZE ** (level + 1));
    return isEdge ? (this.#edge[level] ?? []) : this.#readTile(level, tile);
  }

  #positionsOf(tile: number): readonly LogPosition[] {
    return tile === Math.floor(this.#size / TILE_SIZE) ? this.#positions : this.#readPositions(tile);
  }

  #readTile(level: number, tile: number): readonly string[] {
    const row = this.database.get<{ readonly hashes: string; readonly digest: string }>('SELECT hashes, digest FROM tiles WHERE level = ? AND number = ?', [level, tile]);
    const hashes = row?.hashes ?? '';
    this.#require(row?.digest === digestOf(level, tile, hashes), `tile ${tile} of level ${level}`);
    return Array.from({ length: hashes.length / HASH_DIGITS }, (_, index) => hashes.slice(index * HASH_DIGITS, (index + 1) * HASH_DIGITS));
  }

  #readPositions(tile: number): readonly LogPosition[] {
    const row = this.database.get<{ readonly first: string; readonly positions: string; readonly digest: string }>('SELECT first_position AS first, positions, digest FROM places WHERE number = ?', [tile]);
    const { first, positions, digest } = row ?? { first: START, positions: '[]', digest: '' };
    this.#require(digest === digestOf(tile, first, positions), `the positions of tile ${tile}`);
    return JSON.parse(positions) as LogPosition[];
  }

  #forget(): void {
    for (const cache of [this.#full, this.#inner]) cache.clear();
  }

  #readRecent(): readonly TreeEvent[] {
    const first = this.#size - (this.#size % TILE_SIZE);
    const rows = this.database.all<TreeEvent & { readonly digest: string }>('SELECT position, hash, digest FROM recent ORDER BY number');
    const areWhole = rows.every(({ position, hash, digest }, index) => digest === digestOf(first + index, position, hash));
    this.#require(areWhole && first + rows.length === this.#size, 'the events of the incomplete tile');
    return rows;
  }

  #noteDamage(): void {
    this.database.onDamage((error) => { this.#damage ??= `${basename(this.database.file)} is damaged (${error instanceof Error ? error.message : String(error)}).`; });
  }

  /** @throws DamagedTree when a row is not what was written. */
  #require(isWhole: boolean, what: string): void {
    if (isWhole) return;
    const error = new DamagedTree(`${what} is missing, or not what was written`);
    this.#damage ??= `${basename(this.database.file)} is damaged (${error.message}).`;
    throw error;
  }

  /** The subtrees for one proof, which may need the same tile more than once. */
  #subtrees(): SubtreeHashes {
    const edge = new Map<string, readonly Buffer[]>();
    const entries = (level: number, tile: number): readonly Buffer[] => {
      const key = `${level} ${tile}`;
      const known = this.#full.get(key) ?? edge.get(key);
      if (known) return known;
      const read = entriesOf(level, this.#hashesOf(level, tile));
      if (read.length === TILE_SIZE) this.#full.set(key, read);
      else edge.set(key, read);
      return read;
    };
    const node = (level: number, index: number): Buffer => {
      if (level % TILE_LEVELS === 0) return reduced(entries(level / TILE_LEVELS, Math.floor(index / TILE_SIZE)).slice(index % TILE_SIZE, (index % TILE_SIZE) + 1));
      const key = `${level} ${index}`;
      const known = this.#inner.get(key);
      if (known) return known;
      const over = nodeHash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1));
      this.#inner.set(key, over);
      return over;
    };
    return node;
  }
}

/** A tile's hashes as nodes of the tree. */
const entriesOf = (level: number, hashes: readonly string[]): readonly Buffer[] =>
  hashes.map((hash) => (level === 0 ? leafHash(Buffer.from(hash, 'hex')) : Buffer.from(hash, 'hex')));
