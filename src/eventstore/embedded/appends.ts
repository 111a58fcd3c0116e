import Database from 'libsql';
import { MAX_APPEND_BYTES } from '../appendChecks';
import type { EventCodec, StoredTexts } from '../eventCodec';
import type { FileHealth } from './fileHealth';
import { eventHash, FIRST_PREVIOUS_HASH } from '../eventHash';
import { type AppendResult, type EventToAppend, formatPosition, NO_STREAM, StoreUnavailable, WrongExpectedRevision } from '../eventStore';

/** An append that has passed every check that needs no database. */
export interface PreparedAppend {
  readonly stream: string;
  readonly expectedRevision: number;
  readonly events: readonly PreparedEvent[];
  /** Bytes of data and metadata in UTF-8. */
  readonly bytes: number;
}

type PreparedEvent = Pick<EventToAppend, 'id' | 'type' | 'schemaVersion' | 'occurredAt'> & StoredTexts;

/** Serializes an append, so that later changes to the caller's objects have no effect. @throws RangeError when it is too large. */
export function prepareAppend(codec: EventCodec, stream: string, events: readonly EventToAppend[], expectedRevision: number): PreparedAppend {
  const prepared = events.map((event) => ({
    id: event.id,
    type: event.type,
    schemaVersion: event.schemaVersion,
    occurredAt: event.occurredAt,
    ...codec.encode(event),
  }));
  let bytes = 0;
  for (const { dataJson, metadataJson } of prepared) bytes += Buffer.byteLength(dataJson) + Buffer.byteLength(metadataJson);
  if (bytes > MAX_APPEND_BYTES) throw new RangeError(`the append holds ${bytes} bytes of data and metadata; at most ${MAX_APPEND_BYTES} are allowed`);
  return { stream, events: prepared, expectedRevision, bytes };
}

/** An event's id is used in another stream. */
class EventIdTaken extends RangeError {
  override readonly name = 'EventIdTaken';
}

const HASH = /^[0-9a-f]{64}$/;

interface Head {
  readonly revision: number;
  readonly hash: string;
}

/** Writes appends, each completely or not at all, inside a transaction that the caller has begun. */
export class EmbeddedAppends {
  private readonly insert: Database.Statement;
  private readonly lastOfStream: Database.Statement;
  private readonly afterRevision: Database.Statement;
  private readonly placeOfId: Database.Statement;
  private readonly last: Database.Statement;
  private readonly countAfter: Database.Statement;

  constructor(
    private readonly database: Database.Database,
    private readonly health: FileHealth,
  ) {
    this.insert = database.prepare(
      'INSERT INTO events (id, stream, revision, type, schema_version, occurred_at, data, metadata, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.lastOfStream = database.prepare('SELECT revision, CAST(hash AS BLOB) FROM events WHERE stream = ? ORDER BY revision DESC LIMIT 1').raw(true);
    this.afterRevision = database.prepare('SELECT CAST(id AS BLOB), position FROM events WHERE stream = ? AND revision > ? ORDER BY revision LIMIT ?').raw(true);
    this.placeOfId = database.prepare('SELECT CAST(stream AS BLOB), revision FROM events WHERE id = ?').raw(true);
    this.last = database.prepare('SELECT coalesce(max(position), 0) FROM events').raw(true);
    this.countAfter = database.prepare('SELECT count(*) FROM events WHERE position > ?').raw(true);
  }

  /**
   * Writes one append. Returns the result and the number of events written, which is 0 for an append that was written before.
   * @throws WrongExpectedRevision, RangeError (an id that is used in another stream) or StoreUnavailable (the stream is damaged). The transaction continues without
   * this append. After any other error, which comes from the database, the transaction must be rolled back.
   */
  write(append: PreparedAppend): { result: AppendResult; written: number } {
    const head = this.head(append.stream);
    if (head.revision !== append.expectedRevision) return { result: this.earlierAnswer(append, head), written: 0 };
    if (append.events.length === 1) {
      return { result: this.insertAll(append, head), written: 1 };
    }
    this.database.exec('SAVEPOINT append');
    try {
      const result = this.insertAll(append, head);
      this.database.exec('RELEASE append');
      return { result, written: append.events.length };
    } catch (error) {
      if (isRefusal(error)) this.database.exec('ROLLBACK TO append; RELEASE append');
      throw error;
    }
  }

  /** The number of the last position. */
  lastPosition(): number {
    return numberIn(this.last.all());
  }

  /**
   * Requires that the file has as many events after a position as were written since. A trigger that somebody added to the file could drop them.
   * @throws Error when it has more or fewer.
   */
  requireWritten(after: number, written: number): void {
    const found = numberIn(this.countAfter.all(after));
    if (found !== written) throw new Error(`${written} events were written and the file has ${found} of them. Somebody has changed the file: stop the service and run "verify"`);
  }

  private insertAll(append: PreparedAppend, head: Head): AppendResult {
    const { stream } = append;
    let { revision, hash } = head;
    let position = 0;
    for (const event of append.events) {
      revision += 1;
      hash = eventHash(hash, { ...event, stream, revision });
      try {
        const { id, type, schemaVersion, occurredAt, dataJson, metadataJson } = event;
        position = Number(this.insert.run(id, stream, revision, type, schemaVersion, occurredAt, dataJson, metadataJson, hash).lastInsertRowid);
      } catch (error) {
        if (error instanceof Database.SqliteError && error.code === 'SQLITE_CONSTRAINT_UNIQUE') throw this.idTaken(append, event.id, head, error);
        throw error;
      }
    }
    return { revision, position: formatPosition(position) };
  }

  private head(stream: string): Head {
    const [row] = this.lastOfStream.all(stream);
    if (!isRow(row)) return { revision: NO_STREAM, hash: FIRST_PREVIOUS_HASH };
    const hash = String(row[1]);
    if (!HASH.test(hash)) throw this.health.failedToRead(new Error(`the hash of revision ${String(row[0])} of ${stream} is not what was written`));
    return { revision: Number(row[0]), hash };
  }

  private earlierAnswer({ stream, events, expectedRevision }: PreparedAppend, head: Head): AppendResult {
    const rows = this.afterRevision.all(stream, expectedRevision, events.length).filter(isRow);
    const last = rows.at(-1);
    if (last === undefined || events.some((event, index) => String(rows[index]?.[0]) !== event.id)) {
      throw new WrongExpectedRevision(stream, expectedRevision, head.revision);
    }
    return { revision: expectedRevision + events.length, position: formatPosition(Number(last[1])) };
  }

  private idTaken({ stream, expectedRevision }: PreparedAppend, id: string, head: Head, cause: Error): Error {
    const [row] = this.placeOfId.all(id);
    if (!isRow(row) || String(row[0]) === stream) return new WrongExpectedRevision(stream, expectedRevision, head.revision);
    return new EventIdTaken(`the event id ${id} is already used in ${String(row[0])} at revision ${String(row[1])}; an id belongs to one event only`, { cause });
  }
}

/** Tells a refused append from a failed database. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof WrongExpectedRevision || error instanceof EventIdTaken || error instanceof StoreUnavailable;
}

const numberIn = ([row]: unknown[]): number => (isRow(row) ? Number(row[0]) : 0);

function isRow(row: unknown): row is readonly unknown[] {
  return Array.isArray(row);
}
