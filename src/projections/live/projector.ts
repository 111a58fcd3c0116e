import { Signal } from '../../concurrency';
import type { EventBatch, EventStore, LogPosition, StoredEvent } from '../../eventstore/eventStore';
import { setTimeout as pause } from 'node:timers/promises';
import type { Projection } from '../engine/projection';
import { drive } from '../engine/drive';
import type { FillingBehind } from '../engine/fillBehind';
import { type ProjectionProgress, ProjectionRunner, smallestPosition } from '../engine/runner';
import { isLocked, type ReadModelDatabase } from '../engine/database';
import { isTraceparent, type Tracing } from '../../tracing/tracing';
import { WalCheckpoints } from './walCheckpoints';

export interface ProjectionStatus {
  readonly name: string;
  readonly version: number;
  readonly position: LogPosition;
  readonly state: 'RUNNING' | 'STOPPED';
  readonly error?: string;
}

export interface ProjectorStatus {
  /** Whether the projector has reached the end of the log at least once since its start. */
  readonly caughtUp: boolean;
  readonly projections: readonly ProjectionStatus[];
  /** The projections that are still being filled from the log while those above answer; null when there are none. */
  readonly filling: FillingBehind | null;
}

/** Events whose row changes have just been applied, in log order. */
export interface AppliedBatch {
  readonly events: readonly StoredEvent[];
  readonly position: LogPosition;
}

export interface ProjectorProblem {
  readonly what: 'PROJECTION_STOPPED' | 'SUBSCRIPTION_LOST' | 'DATABASE_FAILED' | 'LISTENER_FAILED' | 'REBUILD_FAILED' | 'READ_MODELS_DAMAGED';
  readonly message: string;
  readonly projection?: string;
}

export interface ProjectorOptions {
  readonly store: EventStore;
  readonly database: ReadModelDatabase;
  readonly projections: readonly Projection[];
  /** UUID of the log. Read models of another log are dropped and filled again. */
  readonly storeId?: string;
  /** Pauses in ms before a lost subscription is resumed; the last one repeats. */
  readonly retryDelaysMs?: readonly number[];
  /** Maximum number of callers that wait for a position; 10,000 when absent. One more gets false at once. */
  readonly maxWaiters?: number;
  readonly report?: (problem: ProjectorProblem) => void;
  /** Records a span of each batch that holds events of traced commands, once the projector has caught up; nothing when null or absent. */
  readonly tracing?: Tracing | null;
  /** Tells of projections that are filled elsewhere and are not among these yet; null or absent when there are none. */
  readonly filling?: () => FillingBehind | null;
}

const DEFAULT_RETRY_DELAYS_MS = [100, 250, 500, 1_000, 2_000, 5_000];
const DEFAULT_MAX_WAITERS = 10_000;
/** Spans that the span of one batch names as its causes. */
const MOST_LINKS = 100;

/** How long a lock of another program is no problem worth a report, and how often the projector tries, in milliseconds. */
const LOCK_WAIT_MS = 5_000;
const LOCK_RETRY_MS = 25;

/**
 * How long rows that were applied wait for others before they are committed together, in milliseconds, and how many events wait at most. Nobody
 * waits for that: queries read what is applied. After a crash the events are applied again.
 */
const COMMIT_AFTER_MS = 100;
const MAX_UNCOMMITTED = 256;

class DatabaseFailed extends Error {
  override readonly name = 'DatabaseFailed';
}

/** Keeps the read models up to date with the log, through one subscription from the smallest checkpoint of all projections. */
export class Projector {
  #runner: ProjectionRunner;
  /** Notified when checkpoints have moved or a projection has stopped. */
  readonly #moved = new Signal();
  readonly #maxWaiters: number;
  readonly #listeners = new Set<(batch: AppliedBatch) => void>();
  readonly #retryDelaysMs: readonly number[];
  #run: { readonly stopping: AbortController; readonly ended: Promise<void> } | null = null;
  readonly #resumed = new Signal();
  #isPaused = false;
  #caughtUp = false;
  #announced: LogPosition = '';
  #committing: NodeJS.Timeout | undefined;
  readonly #walCheckpoints = new WalCheckpoints();
  /** Ends the present subscription, after which another one begins at the checkpoint. */
  #subscription = new AbortController();

  /** Creates the tables, so that queries work at once. Nothing is read from the log before `start`. */
  constructor(private readonly options: ProjectorOptions) {
    this.#runner = new ProjectionRunner(options.database, options.projections, options.storeId ?? '');
    this.#maxWaiters = options.maxWaiters ?? DEFAULT_MAX_WAITERS;
    this.#retryDelaysMs = options.retryDelaysMs ?? DEFAULT_RETRY_DELAYS_MS;
    options.database.onSettle(() => { this.#commit(); });
  }

  /** Starts to follow the log; stopped projections try again. Does nothing while the projector runs. */
  start(): void {
    if (this.#run) return;
    this.#runner.restart();
    this.#caughtUp = false;
    this.#announced = this.#runner.progress.reduce((most, { position }) => (position > most ? position : most), '');
    const stopping = new AbortController();
    this.#run = { stopping, ended: this.#follow(stopping.signal) };
  }

  /** Stops after the current transaction. Waits for a position resolve to false. */
  async stop(): Promise<void> {
    const run = this.#run;
    if (!run) return;
    run.stopping.abort();
    await run.ended;
    this.#commit();
    await this.#walCheckpoints.ended();
    this.#run = null;
    this.#moved.release();
  }

  /** Continues with these projections and their rows in the database, which must have reached at least the same position. */
  continueWith(projections: readonly Projection[]): void {
    this.#runner = new ProjectionRunner(this.options.database, projections, this.options.storeId ?? '');
    this.#moved.notify();
  }

  /** Pauses the projector before the next batch of its subscription. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Ends the pause. */
  resume(): void {
    this.#isPaused = false;
    this.#resumed.notify();
  }

  /**
   * Resolves to true as soon as the named projections (all when absent) have reached the position; to false after
   * `timeoutMs`, when one of them has stopped before it, or when too many callers wait already.
   */
  async waitFor(position: LogPosition, timeoutMs: number, names?: readonly string[]): Promise<boolean> {
    const isReached = (): boolean => this.#smallest(names).position >= position;
    if (isReached()) return true;
    if (timeoutMs <= 0 || this.#moved.waiting >= this.#maxWaiters) return false;
    await this.#moved.wait({ until: () => isReached() || !this.#smallest(names).moving, timeoutMs });
    return isReached();
  }

  /** Position that all the named projections (all when absent) have reached. @throws RangeError for an unknown name. */
  position(names?: readonly string[]): LogPosition {
    return this.#smallest(names).position;
  }

  status(): ProjectorStatus {
    return {
      caughtUp: this.#caughtUp,
      filling: this.options.filling?.() ?? null,
      projections: this.#runner.progress.map(({ projection: { name, version }, position, error }) =>
        error === undefined ? { name, version, position, state: 'RUNNING' } : { name, version, position, state: 'STOPPED', error }),
    };
  }

  /**
   * Calls the listener with events that no projection had applied before, as soon as they are applied. Events that are only
   * applied again, to a projection that is rebuilt, are not announced. @returns a function that removes the listener.
   */
  onApplied(listener: (batch: AppliedBatch) => void): () => void {
    this.#listeners.add(listener);
    return () => { this.#listeners.delete(listener); };
  }

  #smallest(names: readonly string[] | undefined): { readonly position: LogPosition; readonly moving: boolean } {
    const asked = this.#asked(names);
    return { position: smallestPosition(asked), moving: asked.every(({ error }) => error === undefined) };
  }

  #asked(names: readonly string[] | undefined): readonly ProjectionProgress[] {
    const all = this.#runner.progress;
    return names === undefined ? all : names.map((name) => {
      const one = all.find(({ projection }) => projection.name === name);
      if (!one) throw new RangeError(`There is no projection "${name}"; there are ${all.map(({ projection }) => projection.name).join(', ')}.`);
      return one;
    });
  }

  async #follow(signal: AbortSignal): Promise<void> {
    let failures = 0;
    let lockedAt: number | undefined;
    const onProgress = (_events: number, caughtUp: boolean): void => {
      failures = 0;
      lockedAt = undefined;
      this.#caughtUp ||= caughtUp;
    };
    while (!signal.aborted) {
      this.#subscription = new AbortController();
      const following = AbortSignal.any([signal, this.#subscription.signal]);
      try {
        const ended = await drive(this.#batches(following), { apply: (events) => { this.#applyInSpan(events); } }, { signal: following, onProgress });
        if (ended) this.#report({ what: 'SUBSCRIPTION_LOST', message: 'The subscription to the log ended. It resumes from the checkpoint.' });
      } catch (error) {
        lockedAt ??= performance.now();
        if (isLocked(error) && performance.now() - lockedAt < LOCK_WAIT_MS) {
          await pause(LOCK_RETRY_MS, undefined, { signal }).catch(() => undefined);
          continue;
        }
        this.#report({ what: error instanceof DatabaseFailed ? 'DATABASE_FAILED' : 'SUBSCRIPTION_LOST', message: messageOf(error) });
      }
      await this.#pauseAfter(failures++, signal);
    }
  }

  /** Smallest checkpoint of the running projections; of all when none runs, so that `caughtUp` is still determined. */
  #from(): LogPosition {
    const all = this.#runner.progress;
    const running = all.filter(({ error }) => error === undefined);
    return smallestPosition(running.length > 0 ? running : all);
  }

  /** The batches of the subscription, delayed while the projector is paused. */
  async *#batches(signal: AbortSignal): AsyncGenerator<EventBatch, void, undefined> {
    for await (const batch of this.options.store.subscribeAll(this.#from(), signal)) {
      while (this.#isPaused && !signal.aborted) await this.#resumed.wait({ until: () => !this.#isPaused, signal });
      yield batch;
    }
  }

  #applyInSpan(events: readonly StoredEvent[]): void {
    const { tracing = null } = this.options;
    const links = tracing && this.#caughtUp ? [...new Set(events.flatMap(({ metadata: { traceparent } }) => (isTraceparent(traceparent) ? [traceparent] : [])))].slice(0, MOST_LINKS) : [];
    const span = links.length > 0 ? tracing?.start({ name: 'project', kind: 'CONSUMER', parent: links[0], links, attributes: { 'partner_access.events': events.length } }) : undefined;
    try {
      this.#apply(events);
      span?.end();
    } catch (error) {
      span?.end(error);
      throw error;
    }
  }

  #apply(events: readonly StoredEvent[]): void {
    let stopped: readonly ProjectionProgress[];
    try {
      stopped = this.#caughtUp ? this.#runner.applyAhead(events) : this.#runner.apply(events);
    } catch (error) {
      throw new DatabaseFailed(messageOf(error), { cause: error });
    }
    for (const { projection, error } of stopped) this.#report({ what: 'PROJECTION_STOPPED', message: error ?? '', projection: projection.name });
    this.#moved.notify();
    this.#announce(events);
    if (this.#runner.uncommitted >= MAX_UNCOMMITTED) this.#commit();
    else if (this.#runner.uncommitted > 0) this.#committing ??= setTimeout(() => { this.#commit(); }, COMMIT_AFTER_MS);
  }

  /** Commits what was applied. When the database fails, the events are applied again. */
  #commit(): void {
    clearTimeout(this.#committing);
    this.#committing = undefined;
    const { uncommitted } = this.#runner;
    try {
      this.#runner.commit();
      this.#walCheckpoints.committed(this.options.database.file, uncommitted);
    } catch (error) {
      this.#report({ what: 'DATABASE_FAILED', message: messageOf(error) });
      this.#subscription.abort();
    }
  }

  #announce(events: readonly StoredEvent[]): void {
    const fresh = events.filter(({ position }) => position > this.#announced);
    const last = fresh.at(-1);
    if (last === undefined) return;
    this.#announced = last.position;
    for (const listener of [...this.#listeners]) {
      try {
        listener({ events: fresh, position: last.position });
      } catch (error) {
        this.#report({ what: 'LISTENER_FAILED', message: messageOf(error) });
      }
    }
  }

  async #pauseAfter(failures: number, signal: AbortSignal): Promise<void> {
    const delay = this.#retryDelaysMs[Math.min(failures, this.#retryDelaysMs.length - 1)] ?? 0;
    await pause(delay, undefined, { signal }).catch(() => undefined);
  }

  #report(problem: ProjectorProblem): void {
    this.options.report?.(problem);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
