import { isIPv4, isIPv6 } from 'node:net';
import { LRUCache } from 'lru-cache';

const MINUTE_MS = 60_000;
const MAX_ADDRESSES = 50_000;
const IPV6_GROUPS = 8;
/** Whoever has an IPv6 address has at least the network of its first 64 bits. */
const IPV6_GROUPS_COUNTED = 4;
const UNKNOWN = 'unknown';

interface Bucket {
  /** what is left; may be a part of one. */
  left: number;
  filledAt: number;
}

export interface AddressLimitOptions {
  /** How often an address may at once, and again within each minute; 0 is no limit. */
  readonly perMinute: number;
  /** How many addresses are counted at once; 50,000 when absent. The one heard of longest ago is forgotten first. */
  readonly maxAddresses?: number;
  /** Milliseconds since 1970; the system's clock when absent. */
  readonly now?: () => number;
}

/** Counts how often something came from an address: a bucket that refills evenly, for each of a bounded number of addresses. */
export class AddressLimit {
  readonly #buckets: LRUCache<string, Bucket>;
  readonly #perMinute: number;
  readonly #now: () => number;

  constructor({ perMinute, maxAddresses = MAX_ADDRESSES, now = Date.now }: AddressLimitOptions) {
    this.#perMinute = perMinute;
    this.#now = now;
    this.#buckets = new LRUCache({ max: maxAddresses });
  }

  /** How many may come from an address within a minute; 0 is no limit. */
  get perMinute(): number {
    return this.#perMinute;
  }

  /** Counts one. @returns 0 where it was within the limit, else after how many seconds the next one will be. */
  take(address: string | undefined): number {
    if (this.#perMinute === 0) return 0;
    const bucket = this.#bucketOf(address);
    if (bucket.left < 1) return this.#secondsUntilNext(bucket);
    bucket.left -= 1;
    return 0;
  }

  /** Takes back what was counted last. */
  giveBack(address: string | undefined): void {
    if (this.#perMinute === 0) return;
    const bucket = this.#bucketOf(address);
    bucket.left = Math.min(this.#perMinute, bucket.left + 1);
  }

  /** Counts none. @returns 0 where another one would be within the limit, else after how many seconds it will be. */
  wait(address: string | undefined): number {
    if (this.#perMinute === 0) return 0;
    const bucket = this.#bucketOf(address);
    return bucket.left < 1 ? this.#secondsUntilNext(bucket) : 0;
  }

  #bucketOf(address: string | undefined): Bucket {
    const key = networkOf(address);
    const now = this.#now();
    const bucket = this.#buckets.get(key) ?? { left: this.#perMinute, filledAt: now };
    bucket.left = Math.min(this.#perMinute, bucket.left + (Math.max(0, now - bucket.filledAt) / MINUTE_MS) * this.#perMinute);
    bucket.filledAt = now;
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #secondsUntilNext({ left }: Bucket): number {
    return Math.max(1, Math.ceil(((1 - left) * MINUTE_MS) / this.#perMinute / 1000));
  }
}

/** What counts as one address: an IPv4 address, also within IPv6, or the first 64 bits of an IPv6 address. */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return UNKNOWN;
  const plain = address.toLowerCase().replace(/%.*$/, '');
  const within = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1] ?? plain;
  if (isIPv4(within)) return within;
  return isIPv6(within) ? `${groupsOf(within).slice(0, IPV6_GROUPS_COUNTED).join(':')}::/64` : UNKNOWN;
}

function groupsOf(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, IPV6_GROUPS - before.length - after.length);
  return [...before, ...Array<string>(zeros).fill('0'), ...after].map((group) => group.replace(/^0+(?=.)/, ''));
}
