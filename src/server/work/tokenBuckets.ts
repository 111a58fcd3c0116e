import { LRUCache } from 'lru-cache';

interface Bucket {
  /** Remaining tokens; may be a fraction, and negative where more was spent than was there. */
  left: number;
  filledAt: number;
}

/** The sizes of token buckets. */
export interface TokenBucketOptions {
  /** Tokens of a full bucket; 0 means that nothing is counted. */
  readonly size: number;
  /** Tokens that come back each second. */
  readonly perSecond: number;
  /** Number of buckets. Beyond it the least recently used one is forgotten, which makes it full. */
  readonly max: number;
  /** Milliseconds since 1970; the system's clock when absent. */
  readonly now?: () => number;
}

/** A bounded number of token buckets by key. Each is full at first, and refills steadily. */
export class TokenBuckets {
  readonly #buckets: LRUCache<string, Bucket>;
  readonly #now: () => number;
  readonly size: number;
  readonly #perSecond: number;

  constructor({ size, perSecond, max, now = Date.now }: TokenBucketOptions) {
    this.size = size;
    this.#perSecond = perSecond;
    this.#now = now;
    // With `max`, the cache would allocate room for all buckets now.
    this.#buckets = new LRUCache({ maxSize: max, sizeCalculation: () => 1 });
  }

  /**
   * Takes tokens. More than a full bucket are taken from a full one, which then owes the rest.
   * @returns 0 when they were there, otherwise the seconds until they are.
   */
  take(key: string, tokens: number): number {
    if (this.size === 0) return 0;
    const bucket = this.#bucketOf(key);
    const needed = Math.min(tokens, this.size);
    if (bucket.left < needed) return this.#secondsUntil(needed, bucket);
    bucket.left -= tokens;
    return 0;
  }

  /** Takes nothing. @returns 0 when that many tokens are there, otherwise the seconds until they are. */
  wait(key: string, tokens: number): number {
    if (this.size === 0) return 0;
    const bucket = this.#bucketOf(key);
    return bucket.left < tokens ? this.#secondsUntil(tokens, bucket) : 0;
  }

  /** Takes tokens whether or not they are there; a negative number gives them back. A bucket owes at most as many as it holds when full. */
  spend(key: string, tokens: number): void {
    if (this.size === 0) return;
    const bucket = this.#bucketOf(key);
    bucket.left = Math.min(this.size, Math.max(-this.size, bucket.left - tokens));
  }

  /** How full the bucket is: 1 when full, 0 when empty. */
  fullness(key: string): number {
    return this.size === 0 ? 1 : Math.max(0, this.#bucketOf(key).left / this.size);
  }

  #bucketOf(key: string): Bucket {
    const now = this.#now();
    const bucket = this.#buckets.get(key) ?? { left: this.size, filledAt: now };
    bucket.left = Math.min(this.size, bucket.left + (Math.max(0, now - bucket.filledAt) / 1000) * this.#perSecond);
    bucket.filledAt = now;
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #secondsUntil(tokens: number, { left }: Bucket): number {
    return Math.max(1, Math.ceil((tokens - left) / this.#perSecond));
  }
}
