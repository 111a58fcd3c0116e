/** Work that is done at start and again after a pause, one run at a time, until it is stopped. */
export class RecurringTask {
  readonly #stopped = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly work: () => Promise<unknown>,
    private readonly pauseMs: number,
    private readonly report: (error: unknown) => void,
  ) {}

  /** Begins; a run that fails is reported and tried again after the pause. */
  start(): void {
    if (this.#stopped.signal.aborted) return;
    this.#running = this.work().then(
      () => undefined,
      (error: unknown) => {
        this.report(error);
      },
    );
    void this.#running.then(() => {
      if (this.#stopped.signal.aborted) return;
      this.#timer = setTimeout(() => {
        this.start();
      }, this.pauseMs);
      this.#timer.unref();
    });
  }

  /** Ends after the run under way. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    clearTimeout(this.#timer);
    await this.#running;
  }
}
