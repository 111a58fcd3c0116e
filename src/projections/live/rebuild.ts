import { existsSync } from 'node:fs';
import type { EventStore, LogPosition, StoredEvent } from '../../eventstore/eventStore';
import { ReadModelDatabase } from '../engine/database';
import { drive } from '../engine/drive';
import { fillReadModels, type FillThreads } from '../engine/fillReadModels';
import { erasuresSeen, removeReadModelFile, setErasuresSeen } from '../engine/files';
import type { Projection } from '../engine/projection';
import { ProjectionRunner } from '../engine/runner';

interface RebuildRequest {
  readonly store: EventStore;
  readonly storeId: string;
  readonly projections: readonly Projection[];
  /** The live read models. */
  readonly database: ReadModelDatabase;
  /** Path of the file for the new read models. A file left by an earlier attempt is continued. */
  readonly file: string;
  /** Greatest position of the live projections, which the new ones must reach. */
  readonly livePosition: () => LogPosition;
  /** Fills a new file many times as fast, while the process hardly answers requests. */
  readonly atOnce: boolean;
  /** Lets another thread fill some of the projections of a new file; null or absent to fill all in this thread. */
  readonly threads?: FillThreads | null;
  /** Number of erasures of people before the live read models were filled; read from their file when absent. */
  readonly erasures?: number;
  /** Called in the same turn of the event loop in which the new read models become live. */
  readonly onReplaced: () => void;
}

/** Events per transaction; few enough that requests hardly wait for one. */
const EVENTS_PER_TRANSACTION = 64;

/** A projection stopped, so that the new read models cannot be completed. */
export class RebuildFailed extends Error {
  override readonly name = 'RebuildFailed';
}

/**
 * Fills new read models beside the live ones and replaces these, within one turn of the event loop, as soon as the new ones
 * have reached the same position.
 * @returns false when the signal aborted before that.
 * @throws RebuildFailed; StoreUnavailable; both leave the live read models unchanged.
 */
export async function rebuildReadModels({ store, storeId, projections, database, file, livePosition, atOnce, threads = null, erasures = erasuresSeen(database), onReplaced }: RebuildRequest, signal: AbortSignal): Promise<boolean> {
  if (atOnce && !existsSync(file)) {
    if (!(await fillReadModels({ store, storeId, erasures, projections, file, until: livePosition(), threads }, signal))) return false;
  }
  const next = openNext(file, erasures);
  let replaced = false;
  try {
    const runner = new ProjectionRunner(next, projections, storeId);
    const apply = (events: readonly StoredEvent[]): void => {
      const [stopped] = runner.apply(events);
      if (stopped) throw new RebuildFailed(`${stopped.projection.name} version ${stopped.projection.version} cannot be rebuilt: ${stopped.error ?? ''}`);
    };
    // Comparison and exchange are synchronous, so that nobody applies an event to the old read models in between.
    const replace = (): boolean => {
      if (runner.position < livePosition()) return false;
      database.exchangeWith(next);
      onReplaced();
      return (replaced = true);
    };
    await drive(store.subscribeAll(runner.position, signal), { apply }, { batch: EVENTS_PER_TRANSACTION, signal, isDone: replace });
    return replaced;
  } finally {
    next.close();
  }
}

/** Opens the file for the new read models. A file begun before the latest erasure may hold the erased person, and is recreated. */
function openNext(file: string, erasures: number): ReadModelDatabase {
  const found = ReadModelDatabase.open(file);
  if (erasuresSeen(found) === erasures) return found;
  found.close();
  removeReadModelFile(file);
  const next = ReadModelDatabase.open(file);
  setErasuresSeen(next, erasures);
  return next;
}
