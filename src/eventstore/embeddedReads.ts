import { setImmediate as nextTurn } from 'node:timers/promises';
import type Database from 'libsql';
import type { EventCodec, EventRow } from './eventCodec';
import type { ReadAllOptions, ReadStreamOptions, StoredEvent } from './eventStore';
import { formatPosition, parsePosition } from './logPosition';

/** Most rows read at once. Between two pages other work gets its turn, and no read transaction stays open. */
const PAGE_SIZE = 500;

const COLUMNS = 'position, id, stream, revision, type, schema_version, occurred_at, data, metadata, hash';

type Page = (cursor: number, limit: number) => StoredEvent[];

/** Reads events page by page, with statements prepared once. */
export class EmbeddedReads {
  private readonly streamForwards: Database.Statement;
  private readonly streamBackwards: Database.Statement;
  private readonly allForwards: Database.Statement;
  private readonly allBackwards: Database.Statement;
  private readonly last: Database.Statement;

  /** @param requireOpen throws when the store has been closed; asked before each page. */
  constructor(
    database: Database.Database,
    private readonly codec: EventCodec,
    private readonly requireOpen: () => void,
  ) {
    const prepare = (rest: string): Database.Statement => database.prepare(`SELECT ${COLUMNS} FROM events ${rest} LIMIT ?`).raw(true);
    this.streamForwards = prepare('WHERE stream = ? AND revision >= ? ORDER BY revision');
    this.streamBackwards = prepare('WHERE stream = ? AND revision <= ? ORDER BY revision DESC');
    this.allForwards = prepare('WHERE position > ? ORDER BY position');
    this.allBackwards = prepare('WHERE position < ? ORDER BY position DESC');
    this.last = database.prepare('SELECT coalesce(max(position), 0) FROM events').raw(true);
  }

  /** The events of a stream; `fromRevision` is included. */
  stream(stream: string, { fromRevision, maxCount = Infinity, backwards = false }: ReadStreamOptions): AsyncIterable<StoredEvent> {
    checkWhole('fromRevision', fromRevision ?? 0);
    checkMaxCount(maxCount);
    const statement = backwards ? this.streamBackwards : this.streamForwards;
    const step = backwards ? -1 : 1;
    return walk({
      page: (cursor, limit) => this.read(statement, stream, cursor, limit),
      cursor: fromRevision ?? (backwards ? Number.MAX_SAFE_INTEGER : 0),
      next: (event) => event.revision + step,
      maxCount,
    });
  }

  /** The events of the log; `after` is not included. */
  all({ after, maxCount = Infinity, backwards = false }: ReadAllOptions): AsyncIterable<StoredEvent> {
    checkMaxCount(maxCount);
    const statement = backwards ? this.allBackwards : this.allForwards;
    const beginning = backwards ? Number.MAX_SAFE_INTEGER : 0;
    return walk({
      page: (cursor, limit) => this.read(statement, cursor, limit),
      cursor: after === undefined ? beginning : parsePosition(after),
      next: (event) => parsePosition(event.position),
      maxCount,
    });
  }

  /** One page of the log after a position's number. */
  pageAfter(position: number): StoredEvent[] {
    return this.read(this.allForwards, position, PAGE_SIZE);
  }

  /** The number of the log's last position, 0 when it is empty. */
  lastPosition(): number {
    this.requireOpen();
    const [row] = this.last.all();
    return Array.isArray(row) ? integer(row[0]) : 0;
  }

  private read(statement: Database.Statement, ...parameters: unknown[]): StoredEvent[] {
    this.requireOpen();
    return statement.all(...parameters).map((row) => this.codec.decode(toEventRow(row)));
  }
}

interface Walk {
  readonly page: Page;
  readonly cursor: number;
  readonly next: (event: StoredEvent) => number;
  readonly maxCount: number;
}

async function* walk({ page, cursor, next, maxCount }: Walk): AsyncGenerator<StoredEvent, void, undefined> {
  let from = cursor;
  let left = maxCount;
  while (left > 0) {
    const limit = Math.min(left, PAGE_SIZE);
    const events = page(from, limit);
    yield* events;
    const last = events.at(-1);
    if (last === undefined || events.length < limit) return;
    from = next(last);
    left -= events.length;
    if (left > 0) await nextTurn();
  }
}

function toEventRow(row: unknown): EventRow {
  if (!Array.isArray(row)) throw new TypeError('a row of the table events is no list of columns');
  const columns: readonly unknown[] = row;
  return {
    position: formatPosition(integer(columns[0])),
    id: text(columns[1]),
    stream: text(columns[2]),
    revision: integer(columns[3]),
    type: text(columns[4]),
    schemaVersion: integer(columns[5]),
    occurredAt: text(columns[6]),
    dataJson: text(columns[7]),
    metadataJson: text(columns[8]),
    hash: text(columns[9]),
  };
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`the table events holds ${typeof value} where text was written`);
  return value;
}

function integer(value: unknown): number {
  if (typeof value !== 'number') throw new TypeError(`the table events holds ${typeof value} where a number was written`);
  return value;
}

function checkWhole(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} is ${value}; it is a whole number from 0`);
}

function checkMaxCount(value: number): void {
  if (value !== Infinity) checkWhole('maxCount', value);
}
