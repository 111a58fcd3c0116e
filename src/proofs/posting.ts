/** Why something is not posted. */
interface Problem {
  readonly what: string;
  readonly message: string;
}

/** Pause after the first failure, in milliseconds. Each further one is twice as long, up to the longest, so that whoever is back is found within a minute. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** How posting to another system goes: since when it fails, and when it is tried again. */
export class Posting<P extends Problem> {
  #problem: P | null = null;
  #since: string | null = null;
  #failures = 0;
  #restUntil = 0;

  /** @param report called when the problem becomes another one, and with null when there is none any more. */
  constructor(
    private readonly now: () => string,
    private readonly report: (problem: P | null) => void,
  ) {}

  get problem(): P | null {
    return this.#problem;
  }

  /** Since when there is a problem, ISO 8601 in UTC; null without one. */
  get since(): string | null {
    return this.#since;
  }

  /** True while it is too early for another attempt. */
  get isResting(): boolean {
    return performance.now() < this.#restUntil;
  }

  /** Notes how an attempt ended. */
  note(problem: P | null): void {
    const before = this.#problem;
    this.#problem = problem;
    if (problem === null) [this.#failures, this.#restUntil, this.#since] = [0, 0, null];
    else {
      this.#restUntil = performance.now() + Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS);
      this.#failures += 1;
      this.#since ??= this.now();
    }
    if (problem?.what !== before?.what || (problem?.what !== 'AWAY' && problem?.message !== before?.message)) this.report(problem);
  }
}
