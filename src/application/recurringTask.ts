import { setTimeout as pause } from 'node:timers/promises';

/** Work that is done at start and again after a pause or when it is woken, one run at a time, until it is stopped. */
export class RecurringTask {
  readonly #stopped = new AbortController();
  #woken = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly work: () => Promise<unknown>,
    private readonly pauseMs: number,
    private readonly report: (error: unknown) => void,
  ) {}

  /** Begins; a run that fails is reported and tried again after the pause. */
  start(): void {
    this.#running = this.#untilStopped(this.#stopped.signal);
  }

  /** Ends the pause, or lets the run under way be followed by another one at once. */
  wake(): void {
    this.#woken.abort();
  }

  /** Ends after the run under way. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#woken.abort();
    await this.#running;
  }

  async #untilStopped(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#woken = new AbortController();
      try {
        await this.work();
      } catch (error) {
        this.report(error);
      }
      await pause(this.pauseMs, undefined, { signal: this.#woken.signal, ref: false }).catch(() => undefined);
    }
  }
}

/** `first` the first time, `then` every time after. */
export function atFirst<T>(first: () => Promise<T>, then: () => Promise<T>): () => Promise<T> {
  let begun = false;
  return () => {
    if (begun) return then();
    begun = true;
    return first();
  };
}
