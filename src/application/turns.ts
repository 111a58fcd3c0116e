import { StoreUnavailable } from '../eventstore/eventStore';

const MAX_WAITING = 1_000;
const MAX_WAIT_MS = 5_000;

/**
 * Those who would write to the same place at once take turns, in the order in which they came, instead of all but one
 * losing the race in every round. It only saves work: other processes do not know of it, and the expected revision of
 * each append decides as ever. Never take a turn within another one of the same kind.
 */
export class Turns {
  readonly #lines = new Map<string, { last: Promise<void>; waiting: number }>();

  /**
   * Runs `work` when nobody else works on `place`.
   * @throws StoreUnavailable when more than a thousand wait for it, or its turn comes after more than five seconds.
   */
  async take<T>(place: string, work: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(place) ?? { last: Promise.resolve(), waiting: 0 };
    if (line.waiting >= MAX_WAITING) throw tooMany();
    this.#lines.set(place, line);
    line.waiting += 1;
    const since = performance.now();
    const turn = line.last.then(() => {
      if (performance.now() - since > MAX_WAIT_MS) throw tooMany();
      return work();
    });
    line.last = turn.then(
      () => undefined,
      () => undefined,
    );
    try {
      return await turn;
    } finally {
      line.waiting -= 1;
      if (line.waiting === 0) this.#lines.delete(place);
    }
  }
}

const tooMany = (): StoreUnavailable => new StoreUnavailable('Too many write to the same place at once. Try again in a moment.');
