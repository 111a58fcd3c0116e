import { setImmediate as nextTurn } from 'node:timers/promises';
import { accountStream, contactsStream, mailStream, MAIL_PREFIX, rosterStream } from '../domain/streamNames';
import { START, type EventStore, type LogPosition, type StoredEvent } from '../eventstore/eventStore';
import { mergedStreams } from './mergedStreams';
import { ProjectionRunner } from './projectionRunner';
import { ReadModelDatabase } from './readModelDatabase';
import { readModelProjections } from './readModelProjections';
import { readModelsOver, type ReadModels } from './readModels';

/** Exactly one of the two. */
export type AsOf = { readonly time: string } | { readonly position: LogPosition };

export interface AsOfRequest {
  readonly store: EventStore;
  readonly appIds: readonly string[];
  /** users whose account labels are wanted. */
  readonly labelUserIds?: readonly string[];
  readonly asOf: AsOf;
  /** the present; a later `asOf.time` is as of now. */
  readonly now: string;
}

/** Read models as they were; `close` them when done. */
export interface AsOfReadModels {
  readonly readModels: ReadModels;
  /** of the last event taken in; '' when there was none. */
  readonly position: LogPosition;
  /** the moment at which what the clock decides is decided. */
  readonly time: string;
  close(): void;
}

const EVENTS_PER_TRANSACTION = 256;

/**
 * The same projections as live, folded in memory from the apps' own streams. By time: every event recorded up to it, in
 * each stream. By position: every event up to and with it, and the clock stands at the latest of them.
 * @throws RangeError for a time that is none; Error when an event cannot be applied; StoreUnavailable.
 */
export async function foldReadModels({ store, appIds, labelUserIds = [], asOf, now }: AsOfRequest): Promise<AsOfReadModels> {
  const limit = 'time' in asOf ? earlier(new Date(asOf.time).toISOString(), now) : null;
  const isWanted = ({ position, occurredAt }: StoredEvent): boolean => ('position' in asOf ? position <= asOf.position : limit === null || occurredAt <= limit);
  const streams = [...appIds.flatMap((appId) => [rosterStream(appId), contactsStream(appId), mailStream(appId)]), ...labelUserIds.map(accountStream)];
  const database = ReadModelDatabase.open(':memory:');
  try {
    const { position, latest } = await fold(database, mergedStreams([...new Set(streams)].map((stream) => store.readStream(stream)), isWanted));
    const time = limit ?? latest ?? now;
    return { readModels: readModelsOver(database, () => time), position, time, close: () => { database.close(); } };
  } catch (error) {
    database.close();
    throw error;
  }
}

async function fold(database: ReadModelDatabase, events: AsyncIterable<StoredEvent>): Promise<{ readonly position: LogPosition; readonly latest: string | null }> {
  const runner = new ProjectionRunner(database, readModelProjections, '');
  let position = START;
  let latest: string | null = null;
  let waiting: StoredEvent[] = [];
  const flush = (): void => {
    const [stopped] = runner.apply(waiting);
    if (stopped) throw new Error(`The past cannot be read. ${stopped.error ?? ''}`);
    waiting = [];
  };
  for await (const event of events) {
    position = event.position;
    // When a message left is not part of the app's own time.
    if (!event.stream.startsWith(MAIL_PREFIX)) latest = latest === null ? event.occurredAt : later(latest, event.occurredAt);
    waiting.push(event);
    if (waiting.length >= EVENTS_PER_TRANSACTION) {
      flush();
      await nextTurn();
    }
  }
  flush();
  return { position, latest };
}

const earlier = (a: string, b: string): string => (a < b ? a : b);
const later = (a: string, b: string): string => (a > b ? a : b);
