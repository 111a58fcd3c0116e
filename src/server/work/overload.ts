/** How often it is measured which part of the time the event loop was busy. */
const WINDOW_MS = 200;
/** Requests that must wait before any is refused. One long step, with few requests behind it, is no overload. */
const MIN_WAITING = 32;
/** The event loop counts as busy above this part of the time. */
const BUSY = 0.95;
/** How long requests begin in one turn of the event loop. */
const BEGIN_MS = 10;
/** Turns of the event loop after that, in which work that goes on in steps takes a step. Turns in which Node accepts a new connection come in addition. */
const TURNS = 8;
/** No further turns after this time. */
const TURNS_MS = 50;
/** A caller with nothing left of their budget is refused at this part of the limit. */
const FIRST_REFUSED = 0.25;
/** Requests are refused before their sign-in is checked at this multiple of the limit. */
const LAST_ACCEPTED = 2;
/** The work of mutations in flight may be this multiple of the limit. */
const PENDING = 4;
const MAX_RETRY_SECONDS = 3;

interface OverloadOptions {
  /** Time that a request may wait for its turn, in milliseconds; 0 for any time, and for no turns. */
  readonly maxDelayMs: number;
  /** Milliseconds of work of the mutations in flight, by their prices. No more than a part of it is one caller's. */
  readonly pendingMs: () => number;
  /** The same of one caller, all of it. */
  readonly pendingMsOf: (caller: string) => number;
  /** Connections that were accepted since the start; none when absent. */
  readonly accepted?: () => number;
  /** Called for each request that is refused. */
  readonly onRefused?: () => void;
  /** Milliseconds by a clock that never goes back; that of `performance` when absent. */
  readonly now?: () => number;
}

/** The requests of one caller that wait. */
interface Line {
  /** Since when the caller has waited for a turn: since their first request came, or since one of theirs began. */
  readonly since: number;
  readonly requests: { readonly since: number; readonly begin: (retryAfter: number) => void }[];
}

/**
 * Lets requests begin, some in a turn of the event loop, and refuses them while they would wait too long. Callers take turns, and requests of one caller begin
 * in the order in which they come: whoever sends many waits for their own, and nobody else does. Without it, all requests that have arrived begin in one turn,
 * and since Node accepts one connection in a turn, nobody else could connect.
 */
export class Overload {
  readonly #now: () => number;
  /** The callers of requests that wait, by their keys, in the order of their turns. */
  readonly #lines = new Map<string, Line>();
  #waiting = 0;
  #isBeginning = false;
  #isBusy = false;
  #utilization = performance.eventLoopUtilization();
  #timer: NodeJS.Timeout | null = null;

  constructor(private readonly options: OverloadOptions) {
    this.#now = options.now ?? (() => performance.now());
  }

  /** Begins to measure the event loop. */
  start(): void {
    if (this.options.maxDelayMs > 0) this.#timer = setInterval(() => { this.#measure(); }, WINDOW_MS).unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** Decides about a request that arrives. @returns the seconds after which it may be sent again when even its sign-in cannot be checked in time; 0 when it can. */
  arrive(): number {
    return this.#refusal(this.options.maxDelayMs * LAST_ACCEPTED, null);
  }

  /**
   * Decides about a request before its body is read. Whoever has used most of their budget is refused first.
   * @param caller the key of the caller.
   * @param left how much of the caller's budget is left: 1 for all of it.
   * @returns 0 when it can be answered in time, otherwise the seconds after which it may be sent again.
   */
  refuses(caller: string, left: number): number {
    return this.#refusal(this.options.maxDelayMs * (FIRST_REFUSED + (1 - FIRST_REFUSED) * left), caller);
  }

  /**
   * Waits until the request may begin: at once when no other request begins, when it is the turn of its caller otherwise.
   * @returns 0 when it may, otherwise the seconds after which it may be sent again, because it has waited too long beside too many others.
   */
  async turn(caller: string): Promise<number> {
    if (this.options.maxDelayMs === 0) return 0;
    if (this.#isBeginning) return new Promise<number>((begin) => { this.#wait(caller, begin); });
    this.#isBeginning = true;
    setImmediate(this.#beginSome);
    return 0;
  }

  /** Begins requests for some time, and gives other work some turns of the event loop then. */
  readonly #beginSome = (): void => {
    const until = this.#now() + BEGIN_MS;
    const next = (): void => {
      const begin = this.#now() < until ? this.#first() : undefined;
      if (begin === undefined) {
        this.#isBeginning = this.#waiting > 0;
        if (this.#isBeginning) this.#afterTurns(TURNS, this.#now() + TURNS_MS);
        return;
      }
      begin();
      // What the request does at once is a chain of microtasks, after which the next tick comes.
      queueMicrotask(() => { process.nextTick(next); });
    };
    next();
  };

  #afterTurns(turns: number, until: number): void {
    if (turns === 0 || this.#now() >= until) {
      setImmediate(this.#beginSome);
      return;
    }
    const accepted = this.options.accepted?.();
    setImmediate(() => { this.#afterTurns(this.options.accepted?.() === accepted ? turns - 1 : turns, until); });
  }

  #wait(caller: string, begin: (retryAfter: number) => void): void {
    const since = this.#now();
    const line = this.#lines.get(caller);
    if (line === undefined) this.#lines.set(caller, { since, requests: [{ since, begin }] });
    else line.requests.push({ since, begin });
    this.#waiting += 1;
  }

  /** Takes a request of the caller whose turn it is, who comes last then. */
  #first(): (() => void) | undefined {
    for (const [caller, { requests }] of this.#lines) {
      const request = requests.shift();
      this.#lines.delete(caller);
      if (requests.length > 0) this.#lines.set(caller, { since: this.#now(), requests });
      const retryAfter = this.#isOver(request?.since, this.options.maxDelayMs) ? this.#refused() : 0;
      this.#waiting -= 1;
      return () => request?.begin(retryAfter);
    }
    return undefined;
  }

  #isOver(since: number | undefined, mostMs: number): boolean {
    return this.#waiting >= MIN_WAITING && this.#now() - (since ?? Infinity) > mostMs;
  }

  /** Returns different seconds, so that those who are refused together do not come back together. */
  #refused(): number {
    this.options.onRefused?.();
    return 1 + Math.floor(Math.random() * MAX_RETRY_SECONDS);
  }

  /** @param caller null while the caller is not known. */
  #refusal(mostMs: number, caller: string | null): number {
    const { maxDelayMs, pendingMs, pendingMsOf } = this.options;
    if (maxDelayMs === 0) return 0;
    const [next] = this.#lines.values();
    const own = caller === null ? undefined : this.#lines.get(caller);
    const isLate = this.#isOver(next?.since, mostMs) || this.#isOver(own?.requests[0]?.since, mostMs);
    const isCrowded = this.#isBusy && Math.max(pendingMs(), caller === null ? 0 : pendingMsOf(caller)) > mostMs * PENDING;
    return isLate || isCrowded ? this.#refused() : 0;
  }

  #measure(): void {
    const now = performance.eventLoopUtilization();
    this.#isBusy = performance.eventLoopUtilization(now, this.#utilization).utilization > BUSY;
    this.#utilization = now;
  }
}

/** Tells a client that the service has too much to do. */
export const OVERLOADED = { status: 503, code: 'OVERLOADED', message: 'The server has more requests than it can answer in time. Send the same request again later.' } as const;
