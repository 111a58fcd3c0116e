import { Steps } from '../../concurrency';
import { MAIL_PREFIX } from '../../domain/streams';
import { type EventStore, type LogPosition, START, type StoredEvent } from '../../eventstore/eventStore';
import { readModelProjections } from '../allProjections';
import type { ReadModelDatabase } from '../engine/database';
import { drive } from '../engine/drive';
import { ProjectionRunner } from '../engine/runner';
import { ProjectionUpdate } from '../engine/update';
import { mergedStreams } from '../paging/keyset';

/** Progress of a fold of some streams. */
export interface FoldProgress {
  /** Number of events applied. */
  readonly count: number;
  /** Position of the last event. */
  readonly position: LogPosition;
  /** Latest `occurredAt` of all events. */
  readonly latest: string;
  /** The app's own time: latest `occurredAt` of events other than mail; null when there are none. */
  readonly ownLatest: string | null;
  /** Last revision of each stream that has events. */
  readonly revisions: ReadonlyMap<string, number>;
}

/** Progress before the first event. */
export const NOTHING: FoldProgress = { count: 0, position: START, latest: '', ownLatest: null, revisions: new Map() };

/** Whether the moment of a fold includes an event. */
export type IsUpTo = (position: LogPosition, occurredAt: string) => boolean;

interface Fold {
  readonly store: EventStore;
  readonly streams: readonly string[];
  readonly database: ReadModelDatabase;
  readonly begun: FoldProgress;
  readonly isUpTo: IsUpTo;
  readonly snapshots?: SnapshotsOnTheWay;
}

/** Copies of the tables that a long fold keeps on its way. */
interface SnapshotsOnTheWay {
  /** Whether a copy is to be kept after `count` events. */
  isDue(count: number, keptBefore: number): boolean;
  /** Keeps a copy of the tables, which hold exactly the events of `progress`. */
  keep(progress: FoldProgress): Promise<void>;
}

/** The events of a fold, and the streams that have an event beyond its moment. */
export interface Folded {
  readonly progress: FoldProgress;
  readonly ended: ReadonlySet<string>;
  /** Whether the events are all of these streams up to one position of the log, so that a later fold can go on from there. */
  readonly isPrefix: boolean;
}

/** Events per batch. */
const BATCH = 8;

/**
 * Continues a fold with the events of its streams up to a moment, in short steps.
 * @throws Error for which `isRefused` is true when an event needs `foldOneByOne`.
 */
export async function fold({ store, streams, database, begun, isUpTo, snapshots }: Fold): Promise<Folded> {
  const engine = new ProjectionUpdate(database, readModelProjections);
  const steps = new Steps();
  const revisions = new Map(begun.revisions);
  const ended = new Map<string, LogPosition>();
  let progress: FoldProgress = { ...begun, revisions };
  let kept = begun.count;
  const write = async (): Promise<void> => {
    const writing = engine.finish();
    while (writing.next().done === false) if (steps.isOver) await steps.next();
  };
  const apply = async (events: readonly StoredEvent[]): Promise<void> => {
    engine.apply(events);
    for (const event of events) revisions.set(event.stream, event.revision);
    progress = events.reduce(advanced, progress);
    if (engine.isFull) await write();
    if (steps.isOver) await steps.next();
    // After one stream has ended, the others may have later events. What is kept must be the log up to one position.
    if (!snapshots || ended.size > 0 || !snapshots.isDue(progress.count, kept)) return;
    await write();
    await snapshots.keep({ ...progress, revisions: new Map(revisions) });
    kept = progress.count;
  };
  let batch: StoredEvent[] = [];
  for await (const event of eventsAfter(store, streams, begun, isUpTo, ended)) {
    batch.push(event);
    if (batch.length < BATCH) continue;
    await apply(batch);
    batch = [];
  }
  if (batch.length > 0) await apply(batch);
  await write();
  return { progress, ended: new Set(ended.keys()), isPrefix: [...ended.values()].every((position) => position > progress.position) };
}

/** Folds the streams from their beginning, one event after the other. @throws Error when an event cannot be applied. */
export async function foldOneByOne({ store, streams, database, isUpTo }: Omit<Fold, 'begun' | 'snapshots'>): Promise<FoldProgress> {
  const runner = new ProjectionRunner(database, readModelProjections, '');
  let progress = NOTHING;
  const apply = (events: readonly StoredEvent[]): void => {
    const [stopped] = runner.apply(events);
    if (stopped) throw new Error(`The past cannot be read. ${stopped.error ?? ''}`);
    progress = events.reduce(advanced, progress);
  };
  await drive(eventsAfter(store, streams, NOTHING, isUpTo, new Map()), { apply }, { batch: BATCH });
  return progress;
}

/** The events of the streams that follow a fold, up to its moment. @param ended gets the position of the first event beyond it, by stream. */
function eventsAfter(store: EventStore, streams: readonly string[], { revisions }: FoldProgress, isUpTo: IsUpTo, ended: Map<string, LogPosition>): AsyncIterable<StoredEvent> {
  const isWanted = ({ position, occurredAt, stream }: StoredEvent): boolean => {
    const wanted = isUpTo(position, occurredAt);
    if (!wanted) ended.set(stream, position);
    return wanted;
  };
  return mergedStreams(streams.map((stream) => growingReads(store, stream, nextRevision(revisions, stream))), isWanted);
}

/** Events of the first read; few, because a fold often needs a few. Each further one takes four times as many, up to `MOST_READ`. */
const FIRST_READ = 32;
const MOST_READ = 512;

async function* growingReads(store: EventStore, stream: string, first: number): AsyncGenerator<StoredEvent, void, undefined> {
  let fromRevision = first;
  for (let maxCount = FIRST_READ; ; maxCount = Math.min(4 * maxCount, MOST_READ)) {
    const end = fromRevision + maxCount;
    for await (const event of store.readStream(stream, { fromRevision, maxCount })) {
      yield event;
      fromRevision = event.revision + 1;
    }
    if (fromRevision < end) return;
  }
}

/** Revision of the first event of a stream that a fold does not hold. */
export const nextRevision = (revisions: ReadonlyMap<string, number>, stream: string): number => (revisions.get(stream) ?? -1) + 1;

function advanced({ count, latest, ownLatest, revisions }: FoldProgress, { position, occurredAt, stream }: StoredEvent): FoldProgress {
  // The time at which a message was sent is not part of the app's own time.
  const own = stream.startsWith(MAIL_PREFIX) ? ownLatest : later(ownLatest ?? '', occurredAt);
  return { count: count + 1, position, latest: later(latest, occurredAt), ownLatest: own, revisions };
}

const later = (a: string, b: string): string => (a > b ? a : b);
