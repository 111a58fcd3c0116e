import Database from 'libsql';
import { MAX_APPEND_BYTES } from './appendChecks';
import type { EventCodec, StoredTexts } from './eventCodec';
import { eventHash, FIRST_PREVIOUS_HASH } from './eventHash';
import { NO_STREAM, WrongExpectedRevision, type AppendResult, type EventToAppend } from './eventStore';
import { formatPosition } from './logPosition';

/** An append that has passed every check that needs no database. */
export interface PreparedAppend {
  readonly stream: string;
  readonly expectedRevision: number;
  readonly events: readonly PreparedEvent[];
  /** of data and metadata in UTF-8. */
  readonly bytes: number;
}

type PreparedEvent = Pick<EventToAppend, 'id' | 'type' | 'schemaVersion' | 'occurredAt'> & StoredTexts;

/** Fixes an append's contents, so that what the caller does with its objects later does not matter. @throws RangeError when it is too large. */
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

/** An event's id stands in another stream already. */
class EventIdTaken extends RangeError {
  override readonly name = 'EventIdTaken';
}

interface Head {
  readonly revision: number;
  readonly hash: string;
}

/** Writes appends, each whole or not at all, inside a transaction that the caller began. */
export class EmbeddedAppends {
  private readonly insert: Database.Statement;
  private readonly lastOfStream: Database.Statement;
  private readonly afterRevision: Database.Statement;
  private readonly placeOfId: Database.Statement;

  constructor(private readonly database: Database.Database) {
    this.insert = database.prepare(
      'INSERT INTO events (id, stream, revision, type, schema_version, occurred_at, data, metadata, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.lastOfStream = database.prepare('SELECT revision, hash FROM events WHERE stream = ? ORDER BY revision DESC LIMIT 1').raw(true);
    this.afterRevision = database.prepare('SELECT id, position FROM events WHERE stream = ? AND revision > ? ORDER BY revision LIMIT ?').raw(true);
    this.placeOfId = database.prepare('SELECT stream, revision FROM events WHERE id = ?').raw(true);
  }

  /**
   * @returns the result and how many events were written: none when the append had been made before.
   * @throws WrongExpectedRevision or RangeError (an id that stands in another stream); the transaction goes on then, with
   * nothing of this append in it. Any other error is the database's, and the transaction's end.
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
    return { revision: Number(row[0]), hash: String(row[1]) };
  }

  private earlierAnswer({ stream, events, expectedRevision }: PreparedAppend, head: Head): AppendResult {
    const rows = this.afterRevision.all(stream, expectedRevision, events.length).filter(isRow);
    const last = rows.at(-1);
    if (last === undefined || events.some((event, index) => rows[index]?.[0] !== event.id)) {
      throw new WrongExpectedRevision(stream, expectedRevision, head.revision);
    }
    return { revision: expectedRevision + events.length, position: formatPosition(Number(last[1])) };
  }

  private idTaken({ stream, expectedRevision }: PreparedAppend, id: string, head: Head, cause: Error): Error {
    const [row] = this.placeOfId.all(id);
    if (!isRow(row) || row[0] === stream) return new WrongExpectedRevision(stream, expectedRevision, head.revision);
    return new EventIdTaken(`the event id ${id} stands in ${String(row[0])} at revision ${String(row[1])} already; an id belongs to one event only`, { cause });
  }
}

/** Whether it is this one append that cannot be, and not the database that fails. */
export function isRefusal(error: unknown): error is WrongExpectedRevision | EventIdTaken {
  return error instanceof WrongExpectedRevision || error instanceof EventIdTaken;
}

function isRow(row: unknown): row is readonly unknown[] {
  return Array.isArray(row);
}
