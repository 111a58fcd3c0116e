/** Lets subscriptions of this process sleep until something happens, without timers. */
export class Arrivals {
  private readonly sleeping = new Set<() => void>();

  /** Wakes everybody. */
  announce(): void {
    for (const wake of [...this.sleeping]) wake();
  }

  /** Resolves when `happened()` holds already, at the next announcement, or when the signal aborts. */
  async next(happened: () => boolean, signal: AbortSignal): Promise<void> {
    if (happened() || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.sleeping.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.sleeping.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}
