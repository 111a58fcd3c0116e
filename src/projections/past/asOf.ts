import { accountStream, contactsStream, mailStream, rosterStream } from '../../domain/streams';
import type { EventStore, LogPosition } from '../../eventstore/eventStore';
import { ReadModelDatabase } from '../engine/database';
import { isRefused } from '../engine/fill';
import { isDamage } from '../engine/query';
import { IMPORTING_APPS_TABLE } from '../imports/projection';
import { type ReadModels, readModelsOver } from '../readModels';
import { fold, foldOneByOne, type FoldProgress, type IsUpTo, nextRevision, NOTHING } from './fold';
import type { PastSnapshots, Snapshot } from './snapshots';

/** A moment of the past: exactly one of the two. */
export type AsOf = { readonly time: string } | { readonly position: LogPosition };

interface AsOfRequest {
  readonly store: EventStore;
  readonly appIds: readonly string[];
  /** Users whose account labels to include. */
  readonly labelUserIds?: readonly string[];
  readonly asOf: AsOf;
  /** The current time. A later `asOf.time` means now. */
  readonly now: string;
  /** Cache for later folds of the same apps. */
  readonly snapshots?: PastSnapshots;
  /** Called when it is the turn of this fold. It folds, and may measure that or throw instead. */
  readonly inTurn?: <T extends { readonly workMs: number }>(fold: () => Promise<T>) => Promise<T>;
}

/** Read models of a moment in the past. Close them after use. */
export interface AsOfReadModels {
  readonly readModels: ReadModels;
  /** Position of the last event applied; '' when there was none. */
  readonly position: LogPosition;
  /** The moment at which expiry and the like are decided. */
  readonly time: string;
  close(): void;
}

/** A moment of some streams. */
interface Moment {
  readonly store: EventStore;
  readonly streams: readonly string[];
  readonly isUpTo: IsUpTo;
  /** Equal for equal moments. */
  readonly name: string;
  /** Whether an event beyond the moment in one stream says that no stream will get another one up to it. */
  readonly isPosition: boolean;
  readonly inTurn: NonNullable<AsOfRequest['inTurn']>;
}

/** Tables after the events of a moment. */
interface FoldedTables {
  readonly database: ReadModelDatabase;
  readonly progress: FoldProgress;
  /** Milliseconds that the statements of the fold took; 0 when another caller's result is read. */
  readonly workMs: number;
  readonly close: () => void;
}

/**
 * Folds the live projections from the apps' own streams, apart from the live read models. By time: every event up to that
 * time (inclusive), in each stream. By position: every event up to it (inclusive), and the clock is that of the latest.
 * @throws RangeError for an invalid time; Error when an event cannot be applied; StoreUnavailable.
 */
export async function foldReadModels({ store, appIds, labelUserIds = [], asOf, now, snapshots, inTurn = (fold) => fold() }: AsOfRequest): Promise<AsOfReadModels> {
  const limit = 'time' in asOf ? earlier(new Date(asOf.time).toISOString(), now) : null;
  const isUpTo = (position: LogPosition, occurredAt: string): boolean => ('position' in asOf ? position <= asOf.position : limit === null || occurredAt <= limit);
  const streams = [...new Set([...appIds.flatMap((appId) => [rosterStream(appId), contactsStream(appId), mailStream(appId)]), ...labelUserIds.map(accountStream)])];
  const moment: Moment = { store, streams, isUpTo, name: JSON.stringify('position' in asOf ? asOf.position : [limit]), isPosition: 'position' in asOf, inTurn };
  const { database, progress, close } = await tablesOf(moment, snapshots);
  const time = limit ?? progress.ownLatest ?? now;
  return { readModels: readModelsOver(database, () => time), position: progress.position, time, close };
}

async function tablesOf(moment: Moment, snapshots: PastSnapshots | undefined): Promise<FoldedTables> {
  const { inTurn } = moment;
  try {
    if (snapshots) return await snapshots.oneAtATime(moment.streams, () => inTurn(() => sharedTables(moment, snapshots)));
    return await inTurn(() => inMemory(async (database) => (await fold({ ...moment, database, begun: NOTHING })).progress));
  } catch (error) {
    if (!isRefused(error)) throw error;
    return inTurn(() => inMemory((database) => foldOneByOne({ ...moment, database })));
  }
}

async function inMemory(work: (database: ReadModelDatabase) => Promise<FoldProgress>): Promise<FoldedTables> {
  const database = ReadModelDatabase.open(':memory:');
  try {
    const progress = await work(database);
    showImportedApps(database);
    return { database, progress, workMs: database.busyMs, close: () => { database.close(); } };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Returns the tables of a snapshot of that moment, or those of a new one. */
async function sharedTables(moment: Moment, snapshots: PastSnapshots): Promise<FoldedTables> {
  const { streams, isUpTo, name } = moment;
  const latest = snapshots.latest(streams, isUpTo, false);
  if (latest && (await isOf(latest, moment, snapshots))) {
    const database = snapshots.open(latest);
    if (database) return tablesIn(latest, database, 0, snapshots);
  }
  const from = snapshots.latest(streams, isUpTo, true);
  const unfinished = await snapshots.begin(from);
  if (!unfinished) return inMemory(async (database) => (await fold({ ...moment, database, begun: NOTHING })).progress);
  try {
    const folded = await fold({ ...moment, ...unfinished, snapshots: { isDue: (count, keptBefore) => snapshots.isDue(count, keptBefore), keep: (reached) => snapshots.keepCopy(streams, unfinished, reached) } });
    showImportedApps(unfinished.database);
    const snapshot = snapshots.keep(streams, unfinished, folded);
    snapshots.note(snapshot, name, unendedOf(moment, folded.ended));
    return tablesIn(snapshot, unfinished.database, unfinished.database.busyMs, snapshots);
  } catch (error) {
    snapshots.discard(unfinished);
    if (!from || !isDamage(error)) throw error;
    snapshots.forget(from);
    return sharedTables(moment, snapshots);
  }
}

const tablesIn = (snapshot: Snapshot, database: ReadModelDatabase, workMs: number, snapshots: PastSnapshots): FoldedTables =>
  ({ database, progress: snapshot.progress, workMs, close: () => { snapshots.release(snapshot); } });

/** Whether no event after those of the snapshot belongs to the moment. */
async function isOf(snapshot: Snapshot, moment: Moment, snapshots: PastSnapshots): Promise<boolean> {
  const { store, isUpTo, name, streams } = moment;
  const unended = snapshot.moments.get(name) ?? streams;
  const ended = new Set(streams.filter((stream) => !unended.includes(stream)));
  for (const stream of unended) {
    for await (const { position, occurredAt } of store.readStream(stream, { fromRevision: nextRevision(snapshot.progress.revisions, stream), maxCount: 1 })) {
      if (isUpTo(position, occurredAt)) return false;
      ended.add(stream);
    }
  }
  snapshots.note(snapshot, name, unendedOf(moment, ended));
  return true;
}

/** Streams that may get further events of the moment. Positions grow in the whole log, and times only within a stream. */
const unendedOf = ({ streams, isPosition }: Moment, ended: ReadonlySet<string>): readonly string[] =>
  isPosition && ended.size > 0 ? [] : streams.filter((stream) => !ended.has(stream));

/** Who may read is decided by now. An app whose import was not finished then is shown all the same. */
function showImportedApps(database: ReadModelDatabase): void {
  database.run(`DELETE FROM ${IMPORTING_APPS_TABLE}`);
}

const earlier = (a: string, b: string): string => (a < b ? a : b);
