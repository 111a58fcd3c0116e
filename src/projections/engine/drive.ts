import { setImmediate as nextTurn } from 'node:timers/promises';
import { isAborted } from '../../concurrency';
import type { EventBatch, LogPosition, StoredEvent } from '../../eventstore/eventStore';

/** A consumer that folds events into rows. */
export interface ProjectionEngine {
  /** Applies events that follow the last ones. An error ends the drive. */
  apply(events: readonly StoredEvent[]): void;
  /** Writes, step by step, what `apply` has buffered. Absent for an engine that buffers nothing. */
  finish?(): Generator<void, void, undefined>;
}

export interface DriveOptions {
  /** Position of the last event to apply; the end of the source when absent. Ignored for a subscription. */
  readonly until?: LogPosition;
  /** Maximum number of events per call of `apply`; 256 when absent. */
  readonly batch?: number;
  /** Ends the drive before the next batch when it aborts. */
  readonly signal?: AbortSignal;
  /** Called after each batch, with the number of events applied so far and whether the source had nothing newer. */
  readonly onProgress?: (events: number, caughtUp: boolean) => void;
  /** Called after each batch, in the same turn of the event loop. The drive ends when it returns true. */
  readonly isDone?: () => boolean;
}

const EVENTS_PER_BATCH = 256;

/**
 * Feeds the events of a log or a subscription to an engine, batch by batch, and lets it finish. Yields to the event loop
 * between batches and between the steps of `finish`.
 * @returns false when the signal aborted: then the engine has not finished.
 * @throws StoreUnavailable; Error of the engine.
 */
export async function drive(source: AsyncIterable<StoredEvent | EventBatch>, engine: ProjectionEngine, options: DriveOptions = {}): Promise<boolean> {
  const { until, batch = EVENTS_PER_BATCH, signal, onProgress, isDone } = options;
  let applied = 0;
  for await (const { events, caughtUp } of batchesOf(source, batch, until)) {
    if (signal?.aborted === true) return false;
    if (events.length > 0) engine.apply(events);
    applied += events.length;
    onProgress?.(applied, caughtUp);
    if (isDone?.() === true) break;
  }
  if (signal?.aborted === true) return false;
  const steps = engine.finish?.();
  while (steps?.next().done === false) {
    await nextTurn();
    if (signal && isAborted(signal)) return false;
  }
  return true;
}

/** Collects single events into batches, and cuts the batches of a subscription into smaller ones. */
async function* batchesOf(source: AsyncIterable<StoredEvent | EventBatch>, size: number, until: LogPosition | undefined): AsyncGenerator<EventBatch, void, undefined> {
  let collected: StoredEvent[] = [];
  for await (const item of source) {
    if ('events' in item) {
      yield* cut(item, size);
      continue;
    }
    if (until !== undefined && item.position > until) break;
    collected.push(item);
    if (collected.length < size) continue;
    yield { events: collected, caughtUp: false };
    collected = [];
    await nextTurn();
  }
  if (collected.length > 0) yield { events: collected, caughtUp: false };
}

async function* cut({ events, caughtUp }: EventBatch, size: number): AsyncGenerator<EventBatch, void, undefined> {
  let rest = events;
  while (rest.length > size) {
    yield { events: rest.slice(0, size), caughtUp: false };
    rest = rest.slice(size);
    await nextTurn();
  }
  yield { events: rest, caughtUp };
}
