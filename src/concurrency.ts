import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';

/** Tells whether the signal has aborted. It is a function because the compiler assumes that `aborted` does not change across an `await`. */
export const isAborted = (signal: AbortSignal): boolean => signal.aborted;

export interface SignalWait {
  /** The condition to wait for. Without it, any notification since the last wait counts, several of them as one. */
  readonly until?: () => boolean;
  /** Ends the wait when it aborts. */
  readonly signal?: AbortSignal;
  /** Ends the wait after this time. Without it, the wait has no time limit. */
  readonly timeoutMs?: number;
}

/** A condition variable: callers wait until a condition holds, which is checked again at every notification. */
export class Signal {
  readonly #waits = new Set<{ readonly until: () => boolean; readonly end: () => void }>();
  #isNotified = false;

  /** Number of callers that are waiting. */
  get waiting(): number {
    return this.#waits.size;
  }

  /** Says that something has changed. */
  notify(): void {
    this.#isNotified = true;
    for (const { until, end } of [...this.#waits]) if (until()) end();
  }

  /** Ends all waits, whether or not their conditions hold. */
  release(): void {
    for (const { end } of [...this.#waits]) end();
  }

  /** Waits for the condition. Returns whether it holds, which is false when the wait was ended by something else. */
  async wait({ until = () => this.#isNotified, signal, timeoutMs }: SignalWait = {}): Promise<boolean> {
    if (!until() && signal?.aborted !== true) {
      await new Promise<void>((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', end);
          this.#waits.delete(wait);
          resolve();
        };
        const wait = { until, end };
        const timer = timeoutMs === undefined ? undefined : setTimeout(end, timeoutMs);
        signal?.addEventListener('abort', end);
        this.#waits.add(wait);
      });
    }
    const holds = until();
    this.#isNotified = false;
    return holds;
  }
}

/** Limits how many calls run at the same time. The others wait in the order in which they came. */
export class Semaphore {
  #free: number;
  readonly #waiting = new Set<() => void>();

  /**
   * @param maxWaiting how many callers may wait; one more is refused at once.
   * @param busy creates the error of a caller that is refused.
   */
  constructor(
    private readonly slots: number,
    private readonly maxWaiting: number,
    private readonly busy: () => Error,
  ) {
    this.#free = slots;
  }

  /** True when no call is running. */
  get isIdle(): boolean {
    return this.#free === this.slots;
  }

  /** Runs `work` as soon as a slot is free. @throws The error of `busy` when too many callers wait, or after `maxWaitMs` without a slot. */
  async run<T>(work: () => Promise<T>, maxWaitMs: number): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await this.#slot(maxWaitMs);
    try {
      return await work();
    } finally {
      const [next] = this.#waiting;
      if (next) next();
      else this.#free += 1;
    }
  }

  #slot(maxWaitMs: number): Promise<void> {
    if (this.#waiting.size >= this.maxWaiting) throw this.busy();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(take);
        reject(this.busy());
      }, Math.max(0, maxWaitMs));
      const take = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(take);
        resolve();
      };
      this.#waiting.add(take);
    });
  }
}

/** Limits of a mutex for one key. */
interface KeyedMutexLimits {
  /** Callers at a time, of which one is running. One more is refused. */
  readonly callers: number;
  /** A caller that has waited this long is refused, in milliseconds. */
  readonly waitMs: number;
}

const WRITERS: KeyedMutexLimits = { callers: 1_000, waitMs: 5_000 };

/**
 * Runs one call per key at a time, so that writers to the same stream do not lose the race against each other again and
 * again. It only saves work: it does not hold across processes, and the expected revision of an append still decides. A
 * call must not run another one of the same mutex inside it.
 */
export class KeyedMutex {
  readonly #locks = new Map<string, Semaphore>();

  /**
   * @param busy creates the error of a caller that is refused.
   * @param limits those of writers when absent: 1,000 callers, and five seconds.
   */
  constructor(
    private readonly busy: () => Error,
    private readonly limits = WRITERS,
  ) {}

  /** Runs `work` when no other call for the key is running. @throws The error of `busy` for a caller beyond the limits. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const lock = this.#locks.get(key) ?? new Semaphore(1, this.limits.callers - 1, this.busy);
    this.#locks.set(key, lock);
    try {
      return await lock.run(work, this.limits.waitMs);
    } finally {
      if (lock.isIdle && this.#locks.get(key) === lock) this.#locks.delete(key);
    }
  }
}

/** Work of this many milliseconds is a step; then other work has its turn. */
const STEP_MS = 8;

/** Divides long work into steps, so that it does not hold up the event loop. */
export class Steps {
  #begun = performance.now();

  /** Whether the present step has taken long enough. Then await `next` before going on. */
  get isOver(): boolean {
    return performance.now() - this.#begun >= STEP_MS;
  }

  /** Lets the event loop run, and begins the next step. */
  async next(): Promise<void> {
    await nextTurn();
    this.#begun = performance.now();
  }
}

/**
 * Runs work that brings something up to date, one run at a time. Callers who come during a run share the next one, which sees whatever
 * was there when they came.
 */
export class SharedRun {
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor(private readonly work: () => Promise<void>) {}

  /** True when no run is under way. */
  get isIdle(): boolean {
    return this.#running === null;
  }

  /** Resolves when a run that began after this call has ended. Rejects with the error of that run. */
  run(): Promise<void> {
    if (this.#running === null) return this.#start();
    this.#next ??= this.#running.then(nothing, nothing).then(async () => {
      // Those who waited for the run before go on first.
      await nextTurn();
      this.#next = null;
      await this.#start();
    });
    return this.#next;
  }

  #start(): Promise<void> {
    const running = this.work().finally(() => {
      if (this.#next === null) this.#running = null;
    });
    this.#running = running;
    return running;
  }
}

const nothing = (): void => undefined;

/** Calls the listeners of a key. */
export class Emitter<T> {
  readonly #listeners = new Map<string, Set<(value: T) => void>>();

  /** True when nobody listens. */
  get isEmpty(): boolean {
    return this.#listeners.size === 0;
  }

  /** The keys that somebody listens to. */
  get keys(): readonly string[] {
    return [...this.#listeners.keys()];
  }

  /** Adds a listener, which must not throw. Returns a function that removes it; calling that again does nothing. */
  on(key: string, listener: (value: T) => void): () => void {
    const listeners = this.#listeners.get(key) ?? new Set();
    const own = (value: T): void => { listener(value); };
    this.#listeners.set(key, listeners.add(own));
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.#listeners.get(key) === listeners) this.#listeners.delete(key);
    };
  }

  /** Calls those that listen to the key. */
  emit(key: string, value: T): void {
    for (const listener of [...(this.#listeners.get(key) ?? [])]) listener(value);
  }
}

export interface RecurringTaskOptions {
  /** The first run, where it differs from the others. */
  readonly first?: () => Promise<unknown>;
  /** Every other run. */
  readonly then: () => Promise<unknown>;
  /** Pause between two runs, in milliseconds. */
  readonly pauseMs: number;
  /** Called with the error of a run that failed. The next run follows after the pause. */
  readonly onError: (error: unknown) => void;
}

/** Work that runs at start, and again after a pause or when it is woken, one run at a time, until it is stopped. */
export class RecurringTask {
  readonly #stopped = new AbortController();
  #woken = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(private readonly options: RecurringTaskOptions) {}

  /** Starts the first run. */
  start(): void {
    this.#running = this.#untilStopped(this.#stopped.signal);
  }

  /** Ends the pause. During a run, lets another one follow at once. */
  wake(): void {
    this.#woken.abort();
  }

  /** Resolves when the current run has ended. No other follows. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#woken.abort();
    await this.#running;
  }

  async #untilStopped(signal: AbortSignal): Promise<void> {
    const { first, then, pauseMs, onError } = this.options;
    for (let run = first ?? then; !signal.aborted; run = then) {
      this.#woken = new AbortController();
      try {
        await run();
      } catch (error) {
        onError(error);
      }
      await pause(pauseMs, undefined, { signal: this.#woken.signal, ref: false }).catch(() => undefined);
    }
  }
}
