import { isUtf8 } from 'node:buffer';
import type Database from 'libsql';
import type { EventRow } from '../eventCodec';
import { formatPosition, type LogPosition } from '../eventStore';

/** A row of the table of events, as far as it can be read. */
export interface ReadRow extends EventRow {
  /** The columns that hold something else than was written, such as bytes that are no text; empty in an intact row. */
  readonly damaged: readonly string[];
}

/** The columns in the order in which they are read; the first ones are numbers. */
const NUMBERS = 3;
const COLUMNS = ['position', 'revision', 'schema_version', 'id', 'stream', 'type', 'occurred_at', 'data', 'metadata', 'hash'];

const POSITION_DIGITS = formatPosition(0).length;

/** Rows that are read as one value. The driver takes longer for each value than for its bytes, up to texts that the garbage collector treats as large. */
const ROWS_A_VALUE = 50;

/** Separates the columns and rows in one value: no column holds a line feed. */
const SEPARATOR = '\n';
const CONCATENATED = COLUMNS.join(" || x'0a' || ");

/**
 * Reads events, page by page. The driver ends the whole process when a text column holds bytes that are no UTF-8, so texts
 * are read as bytes and decoded here.
 */
export class EventRows {
  readonly #together: Database.Statement;
  readonly #apart: Database.Statement;

  /** @param rest the statement after `FROM events`, with one placeholder for each value that `read` is given, before its limit. */
  constructor(database: Database.Database, rest: string) {
    const selected = `SELECT ${COLUMNS.join(', ')} FROM events ${rest} LIMIT ?`;
    this.#together = database.prepare(`SELECT count(*), CAST(group_concat(${CONCATENATED}, x'0a') AS BLOB) FROM (${selected})`).raw(true);
    this.#apart = database.prepare(`SELECT ${COLUMNS.map((column) => `CAST(${column} AS BLOB)`).join(', ')} FROM (${selected})`).raw(true);
  }

  /**
   * Returns at most `limit` rows. @param next the values of the placeholders for the rows after one.
   * @throws SqliteError when the file cannot be read.
   */
  read(values: readonly unknown[], limit: number, next: (last: ReadRow) => readonly unknown[]): readonly ReadRow[] {
    if (limit <= ROWS_A_VALUE) return this.#page([...values, limit]);
    const rows: ReadRow[] = [];
    for (let after = values; ;) {
      const wanted = Math.min(limit - rows.length, ROWS_A_VALUE);
      const page = this.#page([...after, wanted]);
      for (const row of page) rows.push(row);
      const last = page.at(-1);
      if (last === undefined || page.length < wanted || rows.length >= limit) return rows;
      after = next(last);
    }
  }

  #page(values: readonly unknown[]): readonly ReadRow[] {
    const [row]: readonly unknown[] = this.#together.all(...values);
    const found: readonly unknown[] = Array.isArray(row) ? row : [];
    const [count, bytes] = found;
    if (count === 0) return [];
    return (Buffer.isBuffer(bytes) && isUtf8(bytes) ? rowsIn(bytes.toString('utf8'), Number(count)) : undefined) ?? this.#apart.all(...values).map((columns) => readApart(columns));
  }
}

/** Returns the rows in one value; undefined when it does not hold that many. */
function rowsIn(value: string, count: number): readonly ReadRow[] | undefined {
  const texts = value.split(SEPARATOR);
  if (texts.length !== count * COLUMNS.length) return undefined;
  const rows: ReadRow[] = [];
  for (let at = 0; at < texts.length; at += COLUMNS.length) {
    separate(texts, at);
    const row = rowOf(texts, at, NONE);
    if (!Number.isSafeInteger(row.revision) || !Number.isSafeInteger(row.schemaVersion)) return undefined;
    rows.push(row);
  }
  return rows;
}

/** The places of the columns that readers keep. */
const KEPT = COLUMNS.flatMap((column, place) => (place < NUMBERS || column === 'data' || column === 'metadata' ? [] : [place]));

/** Copies the columns that readers keep: a part of a text holds all of it in memory, and this one has the data of many events. */
function separate(texts: string[], at: number): void {
  const copy = Buffer.from(KEPT.map((place) => texts[at + place]).join(SEPARATOR)).toString().split(SEPARATOR);
  for (const [index, place] of KEPT.entries()) texts[at + place] = copy[index] ?? '';
}

const NONE: readonly string[] = [];

function rowOf(texts: readonly string[], at: number, damaged: readonly string[]): ReadRow {
  return {
    position: positionOf(texts[at] ?? ''),
    revision: Number(texts[at + 1]),
    schemaVersion: Number(texts[at + 2]),
    id: texts[at + 3] ?? '',
    stream: texts[at + 4] ?? '',
    type: texts[at + 5] ?? '',
    occurredAt: texts[at + 6] ?? '',
    dataJson: texts[at + 7] ?? '',
    metadataJson: texts[at + 8] ?? '',
    hash: texts[at + 9] ?? '',
    damaged,
  };
}

const NUMBER = /^-?\d{1,19}$/;

/** Reads a row column by column. Bytes that are no UTF-8 appear as U+FFFD, and a number that is none as 0. */
function readApart(columns: unknown): ReadRow {
  const values: readonly unknown[] = Array.isArray(columns) ? columns : [];
  const texts = COLUMNS.map((_column, place) => (Buffer.isBuffer(values[place]) ? String(values[place]) : ''));
  const isNumber = (place: number): boolean => NUMBER.test(texts[place] ?? '');
  const damaged = COLUMNS.filter((_column, place) => {
    const value = values[place];
    return !Buffer.isBuffer(value) || !isUtf8(value) || value.includes(SEPARATOR) || (place < NUMBERS && !isNumber(place));
  });
  return rowOf(texts.map((text, place) => (place < NUMBERS && !isNumber(place) ? '0' : text)), 0, damaged);
}

/** Formats a position. A number below 0, which no genuine event has, sorts before all others. */
const positionOf = (number: string): LogPosition => (number.startsWith('-') ? `-${number.slice(1).padStart(POSITION_DIGITS - 1, '0')}` : number.padStart(POSITION_DIGITS, '0'));
