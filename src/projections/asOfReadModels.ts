import { setImmediate as nextTurn } from 'node:timers/promises';
import { accountStream, contactsStream, mailStream, MAIL_PREFIX, rosterStream } from '../domain/streamNames';
import { START, type EventStore, type LogPosition, type StoredEvent } from '../eventstore/eventStore';
import { mergedStreams } from './mergedStreams';
import { PastSnapshots, type FoldProgress } from './pastSnapshots';
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
  /** where folds are kept for the next look at the same apps. */
  readonly snapshots?: PastSnapshots;
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
 * The same projections as live, folded apart from them from the apps' own streams. By time: every event recorded up to it, in
 * each stream. By position: every event up to and with it, and the clock stands at the latest of them.
 * @throws RangeError for a time that is none; Error when an event cannot be applied; StoreUnavailable.
 */
export async function foldReadModels({ store, appIds, labelUserIds = [], asOf, now, snapshots }: AsOfRequest): Promise<AsOfReadModels> {
  const limit = 'time' in asOf ? earlier(new Date(asOf.time).toISOString(), now) : null;
  const isUpTo = (position: LogPosition, occurredAt: string): boolean => ('position' in asOf ? position <= asOf.position : limit === null || occurredAt <= limit);
  const streams = [...new Set([...appIds.flatMap((appId) => [rosterStream(appId), contactsStream(appId), mailStream(appId)]), ...labelUserIds.map(accountStream)])];
  const begun = snapshots?.latest(streams, ({ position, latest }) => isUpTo(position, latest));
  const database = begun?.database ?? ReadModelDatabase.open(':memory:');
  try {
    const { position, ownLatest } = await fold({ store, streams, database, begun: begun?.progress ?? NOTHING, isUpTo, snapshots });
    const time = limit ?? ownLatest ?? now;
    return { readModels: readModelsOver(database, () => time), position, time, close: () => { database.close(); } };
  } catch (error) {
    database.close();
    throw error;
  }
}

interface Fold {
  readonly store: EventStore;
  readonly streams: readonly string[];
  readonly database: ReadModelDatabase;
  readonly begun: FoldProgress;
  readonly isUpTo: (position: LogPosition, occurredAt: string) => boolean;
  readonly snapshots: PastSnapshots | undefined;
}

const NOTHING: FoldProgress = { count: 0, position: START, latest: '', ownLatest: null, revisions: new Map() };

async function fold({ store, streams, database, begun, isUpTo, snapshots }: Fold): Promise<FoldProgress> {
  const runner = new ProjectionRunner(database, readModelProjections, '');
  const revisions = new Map(begun.revisions);
  let progress: FoldProgress = { ...begun, revisions };
  let kept = begun.count;
  let waiting: StoredEvent[] = [];
  let atAnEnd = false;
  const isWanted = ({ position, occurredAt }: StoredEvent): boolean => {
    const wanted = isUpTo(position, occurredAt);
    atAnEnd ||= !wanted;
    return wanted;
  };
  const flush = (): void => {
    const [stopped] = runner.apply(waiting);
    if (stopped) throw new Error(`The past cannot be read. ${stopped.error ?? ''}`);
    waiting = [];
    // From where one of the streams has ended the others may go on to later positions. What is kept is the log up to one position.
    if (!snapshots || atAnEnd || !PastSnapshots.isDue(progress.count, kept)) return;
    snapshots.keep(streams, database, progress);
    kept = progress.count;
  };
  for await (const event of mergedStreams(streams.map((stream) => store.readStream(stream, { fromRevision: (revisions.get(stream) ?? -1) + 1 })), isWanted)) {
    revisions.set(event.stream, event.revision);
    progress = takenIn(progress, event);
    waiting.push(event);
    if (waiting.length >= EVENTS_PER_TRANSACTION) {
      flush();
      await nextTurn();
    }
  }
  flush();
  return progress;
}

function takenIn({ count, latest, ownLatest, revisions }: FoldProgress, { position, occurredAt, stream }: StoredEvent): FoldProgress {
  // When a message left is not part of the app's own time.
  const own = stream.startsWith(MAIL_PREFIX) ? ownLatest : later(ownLatest ?? '', occurredAt);
  return { count: count + 1, position, latest: later(latest, occurredAt), ownLatest: own, revisions };
}

const earlier = (a: string, b: string): string => (a < b ? a : b);
const later = (a: string, b: string): string => (a > b ? a : b);
