/** The part of all places that one caller may take. */
const SHARE = 0.1;
/** The part of all places in which requests may wait for something, such as a position. */
const WAITING = 0.5;
/** The part of all places in which the requests of one caller may wait. */
const WAITING_SHARE = 0.05;
/** The most bytes of request bodies in flight, of all callers and of one. A body counts from its headers on. */
const BODY_BYTES = 256 * 1024 * 1024;
const BODY_BYTES_SHARE = BODY_BYTES / 8;
/** Smaller bodies, such as those of ordinary operations, are not counted: they are read also while large ones arrive slowly and take all the bytes. */
const SMALL_BODY_BYTES = 4 * 1024;

/** A bounded amount of something, and how much of it each caller has. */
class Share {
  readonly #byCaller = new Map<string, number>();
  #taken = 0;

  constructor(
    readonly most: number,
    readonly mostEach: number,
  ) {}

  /** Whether all callers together have too much to take this amount. */
  isFull(amount: number): boolean {
    return this.#taken + amount > this.most;
  }

  /** Whether the caller has too much to take this amount. */
  isUsedUp(caller: string, amount: number): boolean {
    return (this.#byCaller.get(caller) ?? 0) + amount > this.mostEach;
  }

  /** Takes an amount. @returns an idempotent function that gives it back. */
  take(caller: string, amount: number): () => void {
    this.#byCaller.set(caller, (this.#byCaller.get(caller) ?? 0) + amount);
    this.#taken += amount;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#taken -= amount;
      const left = (this.#byCaller.get(caller) ?? amount) - amount;
      if (left === 0) this.#byCaller.delete(caller);
      else this.#byCaller.set(caller, left);
    };
  }
}

const partOf = (places: number, part: number): number => Math.max(1, Math.floor(places * part));
const inWords = (count: number): string => count.toLocaleString('en');

/**
 * The places for requests in flight. One caller gets a tenth of them, so that nobody fills them alone. Requests that wait for something get half of
 * them at most, so that others are answered meanwhile.
 */
export class Places {
  readonly #answering: Share;
  readonly #waiting: Share;
  readonly #bodies = new Share(BODY_BYTES, BODY_BYTES_SHARE);

  constructor(places: number) {
    this.#answering = new Share(places, partOf(places, SHARE));
    this.#waiting = new Share(partOf(places, WAITING), partOf(places, WAITING_SHARE));
  }

  /**
   * Takes a place for a request.
   * @param bodyBytes the size of its body.
   * @returns an idempotent function that gives it back, or the sentence of the refusal.
   */
  take(caller: string, bodyBytes: number): (() => void) | string {
    const { most, mostEach } = this.#answering;
    const counted = bodyBytes > SMALL_BODY_BYTES ? bodyBytes : 0;
    if (this.#answering.isFull(1)) return `The server is answering ${inWords(most)} requests, which is its limit. Send the same request again.`;
    if (this.#answering.isUsedUp(caller, 1)) return `The server is answering ${inWords(mostEach)} requests of yours, which is the limit for one person or address. Send the same request again.`;
    if (counted > 0 && (this.#bodies.isFull(counted) || this.#bodies.isUsedUp(caller, counted))) return 'The server is reading as many large requests as it can. Send the same request again.';
    const [place, body] = [this.#answering.take(caller, 1), this.#bodies.take(caller, counted)];
    return () => {
      place();
      body();
    };
  }

  /** Takes a place for a request that waits. @returns an idempotent function that gives it back, or the sentence of the refusal. */
  wait(caller: string): (() => void) | string {
    const { most, mostEach } = this.#waiting;
    if (this.#waiting.isFull(1)) return `${inWords(most)} requests are waiting for the read models, which is the server's limit. Send the same request again.`;
    if (this.#waiting.isUsedUp(caller, 1)) return `${inWords(mostEach)} requests of yours are waiting for the read models, which is the limit for one person or address. Send the same request again.`;
    return this.#waiting.take(caller, 1);
  }
}
