import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { EventStore, LogPosition, StoredEvent } from '../eventstore/eventStore';
import { PositionWaiters } from './positionWaiters';
import type { Projection } from './projection';
import { ProjectionRunner, type ProjectionProgress } from './projectionRunner';
import type { ReadModelDatabase } from './readModelDatabase';

export interface ProjectionStatus {
  readonly name: string;
  readonly version: number;
  readonly position: LogPosition;
  readonly state: 'RUNNING' | 'STOPPED';
  readonly error?: string;
}

export interface ProjectorStatus {
  /** whether everything that was in the log at some moment since the start has been seen. */
  readonly caughtUp: boolean;
  readonly projections: readonly ProjectionStatus[];
}

/** Events whose changes have just been committed, in log order. */
export interface AppliedBatch {
  readonly events: readonly StoredEvent[];
  readonly position: LogPosition;
}

export interface ProjectorProblem {
  readonly what: 'PROJECTION_STOPPED' | 'SUBSCRIPTION_LOST' | 'DATABASE_FAILED' | 'LISTENER_FAILED' | 'REBUILD_FAILED';
  readonly message: string;
  readonly projection?: string;
}

export interface ProjectorOptions {
  readonly store: EventStore;
  readonly database: ReadModelDatabase;
  readonly projections: readonly Projection[];
  /** which log this is; read models that were filled from another one are dropped and filled again. */
  readonly storeId?: string;
  /** pauses in ms before a lost subscription is taken up again; the last one repeats. */
  readonly retryDelaysMs?: readonly number[];
  /** how many may wait for a position at the same time; 10,000 when absent. */
  readonly maxWaiters?: number;
  readonly report?: (problem: ProjectorProblem) => void;
}

const DEFAULT_RETRY_DELAYS_MS = [100, 250, 500, 1_000, 2_000, 5_000];
const DEFAULT_MAX_WAITERS = 10_000;

/** So much is applied in one go; then other work of the process has its turn. */
const EVENTS_PER_TRANSACTION = 256;

class DatabaseFailed extends Error {
  override readonly name = 'DatabaseFailed';
}

/** Keeps the read models up with the log: one subscription for all projections, from the smallest of their checkpoints. */
export class Projector {
  #runner: ProjectionRunner;
  readonly #waiters: PositionWaiters;
  readonly #listeners = new Set<(batch: AppliedBatch) => void>();
  readonly #retryDelaysMs: readonly number[];
  #run: { readonly stopping: AbortController; readonly ended: Promise<void> } | null = null;
  #resumed: Promise<void> | null = null;
  #resume: () => void = () => undefined;
  #caughtUp = false;
  #announced: LogPosition = '';

  /** Makes the tables, so that queries can be asked at once; nothing is read before `start`. */
  constructor(private readonly options: ProjectorOptions) {
    this.#runner = new ProjectionRunner(options.database, options.projections, options.storeId ?? '');
    this.#waiters = new PositionWaiters((names) => this.#smallest(names), options.maxWaiters ?? DEFAULT_MAX_WAITERS);
    this.#retryDelaysMs = options.retryDelaysMs ?? DEFAULT_RETRY_DELAYS_MS;
  }

  /** Begins to follow the log; projections that had stopped try again. Nothing happens when it is running. */
  start(): void {
    if (this.#run) return;
    this.#runner.restart();
    this.#caughtUp = false;
    this.#announced = this.#runner.progress.reduce((most, { position }) => (position > most ? position : most), '');
    const stopping = new AbortController();
    this.#run = { stopping, ended: this.#follow(stopping.signal) };
  }

  /** Stops after the transaction under way; whoever waits for a position gets false. */
  async stop(): Promise<void> {
    const run = this.#run;
    if (!run) return;
    run.stopping.abort();
    await run.ended;
    this.#run = null;
    this.#waiters.giveUp();
  }

  /** Goes on with these projections and the rows that the database now holds of them, which have seen at least as much. */
  goOnWith(projections: readonly Projection[]): void {
    this.#runner = new ProjectionRunner(this.options.database, projections, this.options.storeId ?? '');
    this.#waiters.look();
  }

  /** Freezes the read models; the log goes on without them. */
  pause(): void {
    this.#resumed ??= new Promise((resolve) => { this.#resume = resolve; });
  }

  /** Ends a pause. */
  resume(): void {
    this.#resume();
    this.#resumed = null;
  }

  /**
   * True as soon as the named projections (all when absent) have seen the position; false when that takes longer than
   * `timeoutMs`, when one of them has stopped before it, or when too many are waiting already.
   */
  waitFor(position: LogPosition, timeoutMs: number, names?: readonly string[]): Promise<boolean> {
    return this.#waiters.wait(position, timeoutMs, names);
  }

  /** What the named projections (all when absent) have all seen. @throws RangeError for a name that no projection has. */
  position(names?: readonly string[]): LogPosition {
    return this.#smallest(names).position;
  }

  status(): ProjectorStatus {
    return {
      caughtUp: this.#caughtUp,
      projections: this.#runner.progress.map(({ projection: { name, version }, position, error }) =>
        error === undefined ? { name, version, position, state: 'RUNNING' } : { name, version, position, state: 'STOPPED', error }),
    };
  }

  /**
   * Calls the listener after each commit with the events that are new to every running projection; what is only read again
   * for one that is rebuilt is not announced. @returns a function that ends it.
   */
  onApplied(listener: (batch: AppliedBatch) => void): () => void {
    this.#listeners.add(listener);
    return () => { this.#listeners.delete(listener); };
  }

  #smallest(names: readonly string[] | undefined): { readonly position: LogPosition; readonly moving: boolean } {
    const asked = this.#asked(names);
    return { position: smallestOf(asked), moving: asked.every(({ error }) => error === undefined) };
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
    while (!signal.aborted) {
      try {
        for await (const { events, caughtUp } of this.options.store.subscribeAll(this.#from(), signal)) {
          await this.#applyAll(events, signal);
          if (isAborted(signal)) return;
          failures = 0;
          this.#caughtUp ||= caughtUp;
        }
        if (!isAborted(signal)) this.#report({ what: 'SUBSCRIPTION_LOST', message: 'The subscription to the log ended; it is taken up again from the checkpoint.' });
      } catch (error) {
        this.#report({ what: error instanceof DatabaseFailed ? 'DATABASE_FAILED' : 'SUBSCRIPTION_LOST', message: messageOf(error) });
      }
      await this.#pauseAfter(failures++, signal);
    }
  }

  /** The smallest checkpoint of those that run; of all when none does, so that it is still told how far the log is. */
  #from(): LogPosition {
    const all = this.#runner.progress;
    const running = all.filter(({ error }) => error === undefined);
    return smallestOf(running.length > 0 ? running : all);
  }

  async #applyAll(events: readonly StoredEvent[], signal: AbortSignal): Promise<void> {
    for (let start = 0; start < events.length; start += EVENTS_PER_TRANSACTION) {
      if (start > 0) await nextTurn();
      while (this.#resumed && !signal.aborted) await Promise.race([this.#resumed, aborted(signal)]);
      if (signal.aborted) return;
      this.#apply(events.slice(start, start + EVENTS_PER_TRANSACTION));
    }
  }

  #apply(events: readonly StoredEvent[]): void {
    let stopped: readonly ProjectionProgress[];
    try {
      stopped = this.#runner.apply(events);
    } catch (error) {
      throw new DatabaseFailed(messageOf(error), { cause: error });
    }
    for (const { projection, error } of stopped) this.#report({ what: 'PROJECTION_STOPPED', message: error ?? '', projection: projection.name });
    this.#waiters.look();
    this.#announce(events);
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

/** The smallest position of them; '' when there are none. */
function smallestOf([first, ...others]: readonly ProjectionProgress[]): LogPosition {
  return others.reduce((least, { position }) => (position < least ? position : least), first?.position ?? '');
}

/** Asked in a function, since the compiler takes the answer from before an `await` for granted. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Settles when the signal aborts. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => { resolve(); }, { once: true });
  });
}
