import { LRUCache } from 'lru-cache';
import { TemporaryDirectory } from '../files/temporaryDirectory';
import { ReadModelDatabase } from '../projections/engine/database';

/** The last event of a stream so far. */
export interface StreamEnd {
  readonly revision: number;
  readonly hash: string;
}

/** Ends that are held in memory, about 50 MB. */
const MAX_RECENT = 100_000;

/** The ends of all streams of a log, however many: those that were used last in memory, the others in a temporary file. */
export class StreamEnds {
  readonly #recent: LRUCache<string, StreamEnd>;
  #others: ReadModelDatabase | null = null;
  #directory: TemporaryDirectory | null = null;

  constructor(maxRecent = MAX_RECENT) {
    this.#recent = new LRUCache({ max: maxRecent, dispose: (end, stream, reason) => { if (reason === 'evict') this.#keep(stream, end); } });
  }

  /** The end of a stream; undefined when none was set. */
  get(stream: string): StreamEnd | undefined {
    return this.#recent.get(stream) ?? this.#others?.get<StreamEnd>('SELECT revision, hash FROM ends WHERE stream = ?', [stream]);
  }

  set(stream: string, end: StreamEnd): void {
    this.#recent.set(stream, end);
  }

  /** Removes the temporary file. */
  close(): void {
    this.#others?.close();
    this.#others = null;
    this.#directory?.remove();
  }

  #keep(stream: string, { revision, hash }: StreamEnd): void {
    if (this.#others === null) {
      this.#directory = new TemporaryDirectory('streams');
      this.#others = ReadModelDatabase.openScratch(this.#directory.file('ends.db'));
      this.#others.execute('CREATE TABLE ends (stream TEXT PRIMARY KEY, revision INTEGER NOT NULL, hash TEXT NOT NULL) WITHOUT ROWID, STRICT; BEGIN');
    }
    this.#others.run('INSERT OR REPLACE INTO ends VALUES (?, ?, ?)', [stream, revision, hash]);
  }
}
