import { StoreUnavailable } from './eventStore';

/** So many may wait for their turn; whoever comes after is sent away. */
const MOST_WAITING = 10_000;

/** Lets so many calls be under way at once; the others wait, for a bounded time. */
export class Slots {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /**
   * @param giveUpAt on the clock of `performance.now()`.
   * @throws StoreUnavailable when no turn came in time, or too many are waiting.
   */
  async run<T>(work: () => Promise<T>, giveUpAt: number): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await this.#turn(giveUpAt);
    try {
      return await work();
    } finally {
      this.#handOn();
    }
  }

  #handOn(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }

  #turn(giveUpAt: number): Promise<void> {
    if (this.#waiting.size >= MOST_WAITING) throw new StoreUnavailable(`${MOST_WAITING} calls wait for the event store already; send this one again`);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(begin);
        reject(new StoreUnavailable('the event store is too busy; send the same again'));
      }, Math.max(0, giveUpAt - performance.now()));
      const begin = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#waiting.add(begin);
    });
  }
}
