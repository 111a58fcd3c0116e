import { setImmediate as nextTurn } from 'node:timers/promises';
import { join, resolve } from 'node:path';
import { canonicalJson } from './canonicalJson';
import { openEventDatabase } from './embeddedSchema';
import type { EventRow } from './eventCodec';
import type { EventStore, LogPosition } from './eventStore';
import { formatPosition } from './logPosition';

/** An event as it stands in the store, whatever may have happened to it there. */
export type RawEvent = EventRow;

/** The stored events of a log as they are, for who does not trust them. */
export interface RawLog {
  readonly storeId: string;
  /** Whether positions are numbers without gaps from 1. */
  readonly isDense: boolean;
  /** Every event in log order. @throws Error where the file is damaged so that it cannot be read on. */
  events(): AsyncIterable<RawEvent>;
  /** What the database itself finds wrong with its file, at most ten sentences; nothing for a server. */
  damage(): readonly string[];
  close(): Promise<void>;
}

const PAGE_SIZE = 1_000;
const MAX_DAMAGES = 10;
const COLUMNS = 'SELECT position, id, stream, revision, type, schema_version, occurred_at, data, metadata, hash FROM events';
/** From the very first row on: somebody may have put one where no event can be. */
const FIRST = `${COLUMNS} ORDER BY position LIMIT ${PAGE_SIZE}`;
const NEXT = `${COLUMNS} WHERE position > ? ORDER BY position LIMIT ${PAGE_SIZE}`;

/**
 * Opens the event file of a directory for reading, also beside the service that writes it.
 * @throws Error that says what to do when it is missing, foreign or of another version.
 */
export function openRawLog(directory: string): RawLog {
  const { database, storeId } = openEventDatabase(join(resolve(directory), 'events.db'), true);
  async function* events(): AsyncGenerator<RawEvent, void, undefined> {
    const next = database.prepare(NEXT).raw(true);
    for (let page = database.prepare(FIRST).raw(true).all(); ;) {
      const rows = page.filter((row) => Array.isArray(row));
      for (const row of rows) yield toRawEvent(row);
      const last: unknown = rows.at(-1)?.[0];
      if (rows.length < PAGE_SIZE || typeof last !== 'number') return;
      await nextTurn();
      page = next.all(last);
    }
  }
  return {
    storeId,
    isDense: true,
    events,
    damage: () => database.prepare(`PRAGMA integrity_check(${MAX_DAMAGES})`).raw(true).all().flatMap((row) => (Array.isArray(row) && row[0] !== 'ok' ? [String(row[0])] : [])),
    close: () => {
      database.close();
      return Promise.resolve();
    },
  };
}

/** The same over a store that gives whole events only. Closing it leaves the store open. */
export function rawLogOf(store: EventStore, storeId: string): RawLog {
  async function* events(): AsyncGenerator<RawEvent, void, undefined> {
    for await (const event of store.readAll()) yield { ...event, metadataJson: canonicalJson(event.metadata) };
  }
  return { storeId, isDense: false, events, damage: () => [], close: () => Promise.resolve() };
}

function toRawEvent([position, id, stream, revision, type, schemaVersion, occurredAt, data, metadata, hash]: readonly unknown[]): RawEvent {
  return {
    position: positionOf(Number(position)),
    id: String(id),
    stream: String(stream),
    revision: Number(revision),
    type: String(type),
    schemaVersion: Number(schemaVersion),
    occurredAt: String(occurredAt),
    dataJson: String(data),
    metadataJson: String(metadata),
    hash: String(hash),
  };
}

/** Positions begin with 1; one before that gets a text that stands before all others. */
const positionOf = (number: number): LogPosition => (number < 0 ? `-${formatPosition(-number).slice(1)}` : formatPosition(number));
