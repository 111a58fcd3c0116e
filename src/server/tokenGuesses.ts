import type { GuessLimit } from '../resolvers/tokenGuesses';
import { networkOf, type AddressLimit } from './addressLimit';

/** Lookups of one address that are under way, and those that wait to learn whether they were guesses. */
interface Line {
  underWay: number;
  readonly waiting: (() => void)[];
}

const MAX_WAITING = 1_000;

/**
 * Counts the unknown invitation tokens that come from an address. A lookup counts as unknown until it is known; where so
 * many are under way that the limit is reached, the next one waits for them, so that many right ones at once are all answered.
 */
export class TokenGuesses {
  readonly #lines = new Map<string, Line>();

  constructor(private readonly limit: AddressLimit) {}

  /** The limit of one address. */
  from(address: string | undefined): GuessLimit {
    const network = networkOf(address);
    return { take: () => this.#take(address, network), settle: (known) => { this.#settle(address, network, known); } };
  }

  async #take(address: string | undefined, network: string): Promise<number> {
    for (;;) {
      const seconds = this.limit.take(address);
      const line = this.#lines.get(network) ?? { underWay: 0, waiting: [] };
      if (seconds === 0) {
        line.underWay += 1;
        this.#lines.set(network, line);
        return 0;
      }
      if (line.underWay === 0 || line.waiting.length >= MAX_WAITING) return seconds;
      await new Promise<void>((resolve) => line.waiting.push(resolve));
    }
  }

  #settle(address: string | undefined, network: string, known: boolean): void {
    if (known) this.limit.giveBack(address);
    const line = this.#lines.get(network);
    if (line === undefined) return;
    line.underWay -= 1;
    if (line.underWay === 0) this.#lines.delete(network);
    for (const resume of line.waiting.splice(0)) resume();
  }
}
