import { existsSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventStore, LogPosition, StoredEvent } from '../eventstore/eventStore';
import type { Projection } from './projection';
import { ProjectionRunner } from './projectionRunner';
import { ReadModelDatabase } from './readModelDatabase';
import { fillReadModels } from './readModelFill';
import { removeReadModelFile } from './readModelFiles';
import { erasuresSeen, setErasuresSeen } from './readModelOrigin';

export interface RebuildRequest {
  readonly store: EventStore;
  readonly storeId: string;
  readonly projections: readonly Projection[];
  /** the live read models. */
  readonly database: ReadModelDatabase;
  /** where the new ones are filled; what an earlier attempt has left there is gone on with. */
  readonly file: string;
  /** what the new ones must have seen: the greatest position that a live one has. */
  readonly livePosition: () => LogPosition;
  /** Whether nobody minds that the process hardly answers meanwhile: then what is not begun yet is filled many times as fast. */
  readonly atOnce: boolean;
  /** called at once when the database is the new one. */
  readonly onReplaced: () => void;
}

/** So little is applied in one go that requests hardly wait for it. */
const EVENTS_PER_TRANSACTION = 64;

/** New read models that cannot be filled, because a projection stopped. */
export class RebuildFailed extends Error {
  override readonly name = 'RebuildFailed';
}

/**
 * Fills new read models beside the live ones and puts them in their place, between two turns of the event loop, as soon as
 * they have seen all that these have.
 * @returns whether it came to that; false when the signal aborted before.
 * @throws RebuildFailed; StoreUnavailable; both leave the live read models as they are.
 */
export async function rebuildReadModels({ store, storeId, projections, database, file, livePosition, atOnce, onReplaced }: RebuildRequest, signal: AbortSignal): Promise<boolean> {
  const erasures = erasuresSeen(database);
  if (atOnce && !existsSync(file)) {
    if (!(await fillReadModels({ store, storeId, erasures, projections, file, until: livePosition() }, signal))) return false;
  }
  const next = openNext(file, erasures);
  try {
    const runner = new ProjectionRunner(next, projections, storeId);
    const seen = (): LogPosition => runner.progress.map(({ position }) => position).reduce((least, position) => (position < least ? position : least));
    for await (const { events } of store.subscribeAll(seen(), signal)) {
      for (let start = 0; start < events.length; start += EVENTS_PER_TRANSACTION) {
        if (start > 0) await nextTurn();
        apply(runner, events.slice(start, start + EVENTS_PER_TRANSACTION));
      }
      // From here to the end nothing else has its turn, so that nobody writes to the one and reads from the other.
      if (seen() < livePosition()) continue;
      database.exchangeWith(next);
      onReplaced();
      return true;
    }
    return false;
  } finally {
    next.close();
  }
}

/** The file to go on with. One that was begun before somebody was erased may hold them, and is begun anew. */
function openNext(file: string, erasures: number): ReadModelDatabase {
  const found = ReadModelDatabase.open(file);
  if (erasuresSeen(found) === erasures) return found;
  found.close();
  removeReadModelFile(file);
  const next = ReadModelDatabase.open(file);
  setErasuresSeen(next, erasures);
  return next;
}

function apply(runner: ProjectionRunner, events: readonly StoredEvent[]): void {
  const [stopped] = runner.apply(events);
  if (stopped) throw new RebuildFailed(`${stopped.projection.name} version ${stopped.projection.version} cannot be made: ${stopped.error ?? ''}`);
}
