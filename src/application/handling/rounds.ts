import { KeyedMutex } from '../../concurrency';

/** Commands that one round takes. More would make the first of them wait too long for the last. */
const MAX_COMMANDS = 64;

/** A command that waits for its round, and how its caller is answered. */
export interface Waiting<Command, Result> {
  readonly command: Command;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs commands on the same key in rounds, one round of a key at a time: commands that come during a round are taken
 * together by the next one. It only saves work: it does not hold across processes.
 */
export class KeyedRounds<Command, Result> {
  readonly #mutex: KeyedMutex;
  readonly #waiting = new Map<string, Set<Waiting<Command, Result>>>();

  /**
   * @param busy creates the error of a caller that waits with too many others, or for too long.
   * @param round settles one of the commands or more, and returns the others, which another round takes. When it throws, all are rejected.
   */
  constructor(
    busy: () => Error,
    private readonly round: (key: string, commands: readonly Waiting<Command, Result>[]) => Promise<readonly Waiting<Command, Result>[]>,
  ) {
    this.#mutex = new KeyedMutex(busy);
  }

  /** Runs the command in the next round that has room for it. @throws the error of `busy` when no round has taken it, and what a round rejects it with. */
  run(key: string, command: Command): Promise<Result> {
    return new Promise((resolve, reject) => {
      const own = { command, resolve, reject };
      const waiting = this.#waiting.get(key) ?? new Set();
      this.#waiting.set(key, waiting.add(own));
      this.#mutex
        .run(key, async () => {
          if (waiting.has(own)) await this.#settle(key, this.#take(key, waiting));
        })
        .catch((error: unknown) => {
          if (this.#take(key, waiting, [own]).length > 0) own.reject(error);
        });
    });
  }

  /** Takes some of those that wait for the key, the first ones when none are named. */
  #take(key: string, waiting: Set<Waiting<Command, Result>>, wanted = [...waiting].slice(0, MAX_COMMANDS)): readonly Waiting<Command, Result>[] {
    const taken = wanted.filter((one) => waiting.delete(one));
    if (waiting.size === 0 && this.#waiting.get(key) === waiting) this.#waiting.delete(key);
    return taken;
  }

  async #settle(key: string, taken: readonly Waiting<Command, Result>[]): Promise<void> {
    let left = taken;
    try {
      while (left.length > 0) left = await this.round(key, left);
    } catch (error) {
      for (const { reject } of left) reject(error);
    }
  }
}
