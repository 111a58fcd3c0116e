import { setImmediate as nextTurn } from 'node:timers/promises';
import { join, resolve } from 'node:path';
import { canonicalJson } from './eventHash';
import { foreignObjects } from './embedded/foreignObjects';
import { CREATE, openEventDatabase } from './embedded/schema';
import type { EventRow } from './eventCodec';
import { distanceOf, type EventStore, headOf } from './eventStore';
import { EventRows } from './embedded/eventRows';

/** An event exactly as the store holds it, even if it was tampered with. */
export interface RawEvent extends EventRow {
  /** The columns that hold something else than was written; absent where there are none. */
  readonly damaged?: readonly string[];
}

/** The raw events of a log, for verification. */
export interface RawLog {
  readonly storeId: string;
  /** True when positions are consecutive numbers from 1. */
  readonly isDense: boolean;
  /** All events in log order. @throws Error at the place where a damaged file cannot be read further. */
  events(): AsyncIterable<RawEvent>;
  /** The number in the position of the last event; 0 when there is none, or it cannot be read. */
  end(): Promise<number>;
  /** Damage that the database reports about its file, at most ten messages. Always empty for EventStoreDB. */
  damage(): readonly string[];
  /** What somebody has added to the file beside the events, such as a trigger, one phrase each. Always empty for EventStoreDB. */
  foreignObjects(): readonly string[];
  close(): Promise<void>;
}

const PAGE_SIZE = 1_000;
const MAX_DAMAGES = 10;
/**
 * Opens the event file of a directory for reading. The service may write to it meanwhile.
 * @throws Error that says what to do when it is missing, foreign or of another version.
 */
export function openRawLog(directory: string): RawLog {
  const { database, storeId } = openEventDatabase(join(resolve(directory), 'events.db'), true);
  async function* events(): AsyncGenerator<RawEvent, void, undefined> {
    // From the very first row, because a forged event may have a position below 1.
    const rows = new EventRows(database, 'WHERE position >= ? ORDER BY position');
    const after = ({ position }: RawEvent): readonly unknown[] => [Number(position) + 1];
    for (let page = rows.read([Number.MIN_SAFE_INTEGER], PAGE_SIZE, after); ;) {
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE_SIZE) return;
      await nextTurn();
      page = rows.read(after(last), PAGE_SIZE, after);
    }
  }
  return {
    storeId,
    isDense: true,
    events,
    end: () => Promise.resolve(lastPosition(database)),
    damage: () => database.prepare(`SELECT CAST(integrity_check AS BLOB) FROM pragma_integrity_check(${MAX_DAMAGES})`).raw(true).all().flatMap((row) => (Array.isArray(row) && String(row[0]) !== 'ok' ? [String(row[0])] : [])),
    foreignObjects: () => foreignObjects(database, CREATE),
    close: () => {
      database.close();
      return Promise.resolve();
    },
  };
}

function lastPosition(database: ReturnType<typeof openEventDatabase>['database']): number {
  try {
    const [row] = database.prepare('SELECT coalesce(max(position), 0) FROM events').raw(true).all();
    return Array.isArray(row) ? Number(row[0]) : 0;
  } catch {
    // What is damaged is found when it is read.
    return 0;
  }
}

/** The raw log of a store that gives decoded events only. Closing it leaves the store open. */
export function rawLogOf(store: EventStore, storeId: string): RawLog {
  async function* events(): AsyncGenerator<RawEvent, void, undefined> {
    for await (const event of store.readAll()) yield { ...event, metadataJson: canonicalJson(event.metadata) };
  }
  return { storeId, isDense: false, events, end: async () => distanceOf(await headOf(store)), damage: () => [], foreignObjects: () => [], close: () => Promise.resolve() };
}
