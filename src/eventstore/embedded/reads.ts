import { setImmediate as nextTurn } from 'node:timers/promises';
import type Database from 'libsql';
import type { EventCodec } from '../eventCodec';
import { parsePosition, type ReadAllOptions, type ReadStreamOptions, type StoredEvent } from '../eventStore';
import { EventRows, type ReadRow } from './eventRows';
import type { FileHealth } from './fileHealth';

/** Rows per page. Between two pages the event loop runs other work, and no read transaction stays open. */
const PAGE_SIZE = 500;

type Page = (cursor: number, limit: number) => StoredEvent[];

/** Reads events page by page, with statements prepared once. */
export class EmbeddedReads {
  private readonly streamForwards: EventRows;
  private readonly streamBackwards: EventRows;
  private readonly allForwards: EventRows;
  private readonly allBackwards: EventRows;
  private readonly last: Database.Statement;

  /** @param requireOpen called before each page; throws when the store is closed. */
  constructor(
    database: Database.Database,
    private readonly codec: EventCodec,
    private readonly health: FileHealth,
    private readonly requireOpen: () => void,
  ) {
    this.streamForwards = new EventRows(database, 'WHERE stream = ? AND revision >= ? ORDER BY revision');
    this.streamBackwards = new EventRows(database, 'WHERE stream = ? AND revision <= ? ORDER BY revision DESC');
    this.allForwards = new EventRows(database, 'WHERE position > ? ORDER BY position');
    this.allBackwards = new EventRows(database, 'WHERE position < ? ORDER BY position DESC');
    this.last = database.prepare('SELECT coalesce(max(position), 0) FROM events').raw(true);
  }

  /** The events of a stream, including the one at `fromRevision`. */
  stream(stream: string, { fromRevision, maxCount = Infinity, backwards = false }: ReadStreamOptions): AsyncIterable<StoredEvent> {
    checkWhole('fromRevision', fromRevision ?? 0);
    checkMaxCount(maxCount);
    const rows = backwards ? this.streamBackwards : this.streamForwards;
    const step = backwards ? -1 : 1;
    return walk({
      page: (cursor, limit) => this.read(rows, limit, [stream, cursor], ({ revision }) => [stream, revision + step]),
      cursor: fromRevision ?? (backwards ? Number.MAX_SAFE_INTEGER : 0),
      next: (event) => event.revision + step,
      maxCount,
    });
  }

  /** The events of the log, without the one at `after`. */
  all({ after, maxCount = Infinity, backwards = false }: ReadAllOptions): AsyncIterable<StoredEvent> {
    checkMaxCount(maxCount);
    const rows = backwards ? this.allBackwards : this.allForwards;
    const beginning = backwards ? Number.MAX_SAFE_INTEGER : 0;
    return walk({
      page: (cursor, limit) => this.read(rows, limit, [cursor], afterPosition),
      cursor: after === undefined ? beginning : parsePosition(after),
      next: (event) => parsePosition(event.position),
      maxCount,
    });
  }

  /** One page of the log after a position's number. */
  pageAfter(position: number): StoredEvent[] {
    return this.read(this.allForwards, PAGE_SIZE, [position], afterPosition);
  }

  /** Number of the log's last position, 0 when the log is empty. */
  lastPosition(): number {
    this.requireOpen();
    const [row] = this.last.all();
    return Array.isArray(row) ? Number(row[0]) : 0;
  }

  private read(rows: EventRows, limit: number, values: readonly unknown[], next: (last: ReadRow) => readonly unknown[]): StoredEvent[] {
    this.requireOpen();
    try {
      return rows.read(values, limit, next).map((row) => this.decode(row));
    } catch (error) {
      throw this.health.failedToRead(error);
    }
  }

  private decode(row: ReadRow): StoredEvent {
    if (row.damaged.length > 0) throw new Error(`the event at position ${row.position} (${row.stream}, revision ${row.revision}) cannot be read: its ${row.damaged.join(', ')} is not what was written`);
    return this.codec.decode(row);
  }
}

const afterPosition = ({ position }: ReadRow): readonly unknown[] => [parsePosition(position)];

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

function checkWhole(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} is ${value}; it is a whole number from 0`);
}

function checkMaxCount(value: number): void {
  if (value !== Infinity) checkWhole('maxCount', value);
}
