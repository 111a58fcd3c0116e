/** How often the event loop is measured. */
const BEAT_MS = 20;
/** How often it is measured which part of the time the event loop was busy. */
const WINDOW_MS = 200;
/** Requests that must arrive within one turn of the event loop before they are refused. One long step, with few requests behind it, is no overload. */
const MIN_ARRIVALS = 128;
/** The event loop counts as busy above this part of the time. */
const BUSY = 0.95;
/** A caller with nothing left of their budget is refused at this part of the limit. */
const FIRST_REFUSED = 0.25;
/** Requests are refused before their sign-in is checked at this multiple of the limit. */
const LAST_ACCEPTED = 2;
/** The work of mutations in flight may be this multiple of the limit. */
const PENDING = 4;
const MAX_RETRY_SECONDS = 3;

interface OverloadOptions {
  /** Delay of the event loop above which requests are refused, in milliseconds; 0 for none. */
  readonly maxDelayMs: number;
  /** Milliseconds of work of the mutations in flight, by their prices. */
  readonly pendingMs: () => number;
  /** Called for each request that is refused. */
  readonly onRefused?: () => void;
  /** Milliseconds by a clock that never goes back; that of `performance` when absent. */
  readonly now?: () => number;
}

/**
 * Tells when the process has more to do than it can within a bound. One signal is how long the current turn of the event loop has taken; it needs no
 * average over the past, so the requests behind those that fill the bound are refused within the same turn. The other is the work of the
 * mutations in flight while the event loop is busy.
 */
export class Overload {
  readonly #now: () => number;
  #beatAt: number;
  #arrivals = 0;
  #isBusy = false;
  #utilization = performance.eventLoopUtilization();
  #timers: NodeJS.Timeout[] = [];

  constructor(private readonly options: OverloadOptions) {
    this.#now = options.now ?? (() => performance.now());
    this.#beatAt = this.#now();
  }

  /** Begins to measure the event loop. */
  start(): void {
    if (this.options.maxDelayMs === 0) return;
    this.#timers = [setInterval(() => { this.beat(); }, BEAT_MS), setInterval(() => { this.#measure(); }, WINDOW_MS)];
    for (const timer of this.#timers) timer.unref();
  }

  stop(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }

  /** Notes that a turn of the event loop has ended. */
  beat(): void {
    this.#beatAt = this.#now();
    this.#arrivals = 0;
  }

  /** Counts a request that arrives. @returns the seconds after which it may be sent again when even its sign-in cannot be checked in time; 0 when it can. */
  arrive(): number {
    this.#arrivals += 1;
    return this.#refusal(this.options.maxDelayMs * LAST_ACCEPTED);
  }

  /**
   * Decides about a request before its body is read. Whoever has used most of their budget is refused first.
   * @param left how much of the caller's budget is left: 1 for all of it.
   * @returns 0 when it can be answered in time, otherwise the seconds after which it may be sent again.
   */
  refuses(left: number): number {
    return this.#refusal(this.options.maxDelayMs * (FIRST_REFUSED + (1 - FIRST_REFUSED) * left));
  }

  #refusal(mostMs: number): number {
    const { maxDelayMs, pendingMs, onRefused } = this.options;
    if (maxDelayMs === 0) return 0;
    const delayMs = this.#now() - this.#beatAt - BEAT_MS;
    const isLate = delayMs > mostMs && this.#arrivals >= MIN_ARRIVALS;
    const isCrowded = this.#isBusy && pendingMs() > mostMs * PENDING;
    if (!isLate && !isCrowded) return 0;
    onRefused?.();
    // Different ones, so that those who are refused together do not come back together.
    return 1 + Math.floor(Math.random() * MAX_RETRY_SECONDS);
  }

  #measure(): void {
    const now = performance.eventLoopUtilization();
    this.#isBusy = performance.eventLoopUtilization(now, this.#utilization).utilization > BUSY;
    this.#utilization = now;
  }
}

/** Tells a client that the service has too much to do. */
export const OVERLOADED = { status: 503, code: 'OVERLOADED', message: 'The server has more requests than it can answer in time. Send the same request again later.' } as const;
