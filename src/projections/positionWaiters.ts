import type { LogPosition } from '../eventstore/eventStore';

interface Waiter {
  readonly isReached: () => boolean;
  readonly isHopeless: () => boolean;
  readonly settle: (reached: boolean) => void;
}

/** Those who wait until the read models have seen a position; a bounded number of them. */
export class PositionWaiters {
  readonly #waiters = new Set<Waiter>();

  /** @param positionOf the smallest checkpoint of the named projections; null when one of them has stopped. */
  constructor(
    private readonly positionOf: (names: readonly string[] | undefined) => { readonly position: LogPosition; readonly moving: boolean },
    private readonly maxWaiters: number,
  ) {}

  /** True once the position is reached; false when that takes longer, cannot happen any more, or too many are waiting. */
  wait(position: LogPosition, timeoutMs: number, names: readonly string[] | undefined): Promise<boolean> {
    const isReached = (): boolean => this.positionOf(names).position >= position;
    const isHopeless = (): boolean => !this.positionOf(names).moving;
    if (isReached()) return Promise.resolve(true);
    if (timeoutMs <= 0 || isHopeless() || this.#waiters.size >= this.maxWaiters) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (reached: boolean): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        resolve(reached);
      };
      const waiter: Waiter = { isReached, isHopeless, settle };
      const timer = setTimeout(settle, timeoutMs, false);
      this.#waiters.add(waiter);
    });
  }

  /** To be called when checkpoints have moved or a projection has stopped. */
  look(): void {
    for (const waiter of [...this.#waiters]) {
      if (waiter.isReached()) waiter.settle(true);
      else if (waiter.isHopeless()) waiter.settle(false);
    }
  }

  /** Nothing will move any more: everybody gets false. */
  giveUp(): void {
    for (const waiter of [...this.#waiters]) waiter.settle(false);
  }
}
