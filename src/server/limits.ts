import { isIPv4, isIPv6 } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { EXPORT_PATHS, GRAPHQL_PATH, sendProblem } from './errorReplies';
import { Semaphore } from '../concurrency';
import type { GuessLimit } from '../resolvers/context';
import { TokenBuckets, type TokenBucketOptions } from './work/tokenBuckets';

const SECONDS_PER_MINUTE = 60;
const MAX_ADDRESSES = 50_000;
const IPV6_GROUPS = 8;
/** A client usually owns a whole /64 network, so IPv6 addresses are counted by their first 64 bits. */
const IPV6_GROUPS_COUNTED = 4;
const UNKNOWN = 'unknown';

interface AddressLimitOptions {
  /** Size of an address's bucket, which refills once a minute; 0 means no limit. */
  readonly perMinute: number;
  /** Number of addresses that are counted; 50,000 when absent. Beyond it the least recently used one is forgotten. */
  readonly maxAddresses?: number;
  /** Milliseconds since 1970; the system's clock when absent. */
  readonly now?: () => number;
}

/**
 * Token buckets of addresses. The address of a /48 network of IPv6 also takes from the bucket of that network, and first, so that a network which has used up
 * its own does not use up the buckets that are remembered.
 */
export class NestedBuckets {
  readonly #narrow: TokenBuckets;
  readonly #wide: TokenBuckets;

  constructor(options: TokenBucketOptions) {
    this.#narrow = new TokenBuckets(options);
    this.#wide = new TokenBuckets({ ...options, size: options.size * WIDE_MULTIPLE, perSecond: options.perSecond * WIDE_MULTIPLE });
  }

  /** Tokens of a full bucket of one address; 0 means that nothing is counted. */
  get size(): number {
    return this.#narrow.size;
  }

  /** Takes tokens. @returns 0 when they were there, otherwise the seconds until they are; then nothing is taken. */
  take(address: string | undefined, tokens: number): number {
    const wide = wideNetworkOf(address);
    const wait = wide === null ? 0 : this.#wide.take(wide, tokens);
    if (wait > 0) return wait;
    const seconds = this.#narrow.take(networkOf(address), tokens);
    if (seconds > 0 && wide !== null) this.#wide.spend(wide, -tokens);
    return seconds;
  }

  /** Takes nothing. @returns 0 when that many tokens are there, otherwise the seconds until they are. */
  wait(address: string | undefined, tokens: number): number {
    const wide = wideNetworkOf(address);
    return (wide === null ? 0 : this.#wide.wait(wide, tokens)) || this.#narrow.wait(networkOf(address), tokens);
  }

  /** Takes tokens whether or not they are there; a negative number gives them back. */
  spend(address: string | undefined, tokens: number): void {
    const wide = wideNetworkOf(address);
    if (wide !== null) this.#wide.spend(wide, tokens);
    this.#narrow.spend(networkOf(address), tokens);
  }

  /** How full the buckets are that the address takes from: 1 when full, 0 when one is empty. */
  fullness(address: string | undefined): number {
    const wide = wideNetworkOf(address);
    return Math.min(wide === null ? 1 : this.#wide.fullness(wide), this.#narrow.fullness(networkOf(address)));
  }
}

/** A rate limit per client address: token buckets for a bounded number of addresses. */
export class AddressLimit {
  readonly #buckets: NestedBuckets;

  constructor({ perMinute, maxAddresses = MAX_ADDRESSES, now }: AddressLimitOptions) {
    this.#buckets = new NestedBuckets({ size: perMinute, perSecond: perMinute / SECONDS_PER_MINUTE, max: maxAddresses, ...(now === undefined ? {} : { now }) });
  }

  /** Limit per address and minute; 0 means no limit. */
  get perMinute(): number {
    return this.#buckets.size;
  }

  /** Takes a token. @returns 0 when there was one, otherwise the seconds until the next one. */
  take(address: string | undefined): number {
    return this.#buckets.take(address, 1);
  }

  /** Returns a token that was taken. */
  giveBack(address: string | undefined): void {
    this.#buckets.spend(address, -1);
  }

  /** Takes no token. @returns 0 when there is one, otherwise the seconds until the next one. */
  wait(address: string | undefined): number {
    return this.#buckets.wait(address, 1);
  }
}

/** The key under which an address is counted: an IPv4 address, also when mapped into IPv6, or the /64 network of an IPv6 address. */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return UNKNOWN;
  const plain = address.toLowerCase().replace(/%.*$/, '');
  const within = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1] ?? plain;
  if (isIPv4(within)) return within;
  return isIPv6(within) ? `${groupsOf(within).slice(0, IPV6_GROUPS_COUNTED).join(':')}::/64` : UNKNOWN;
}

/** A customer of a provider often owns a whole /48 network, which has more /64 networks than are remembered. */
const WIDE_GROUPS = 3;
/** The limit of a /48 network, as a multiple of that of an address. */
export const WIDE_MULTIPLE = 4;

/** The /48 network of an IPv6 address; null for any other address. */
export function wideNetworkOf(address: string | undefined): string | null {
  const network = networkOf(address);
  return network.includes(':') ? `${network.split(':').slice(0, WIDE_GROUPS).join(':')}::/48` : null;
}

function groupsOf(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, IPV6_GROUPS - before.length - after.length);
  return [...before, ...Array<string>(zeros).fill('0'), ...after].map((group) => group.replace(/^0+(?=.)/, ''));
}

/** Routes that are not counted here: monitoring polls some, and they are cheap; the others count after they have checked the token. */
const NOT_COUNTED: readonly string[] = ['/health/live', '/health/ready', GRAPHQL_PATH, ...Object.values(EXPORT_PATHS)];

/** Tokens of an address above its limit that are checked at the same time, and that wait for it. */
const CHECKED_AT_ONCE = 4;
const MAX_WAITING = 1_000;
const MAX_CHECK_WAIT_MS = 5_000;

/** An address sends tokens faster than they can be checked. */
export class TooManyChecks extends Error {
  override readonly name = 'TooManyChecks';
}

/** Limits requests without a valid token, by client address. */
export class UnsignedLimit {
  readonly #limit: AddressLimit;
  readonly #lines = new Map<string, Semaphore>();

  /** @param perMinute requests per address and minute; 0 means no limit. */
  constructor(perMinute: number) {
    this.#limit = new AddressLimit({ perMinute });
  }

  /** Counts requests to every route but those that count after they have checked the token. */
  addTo(app: FastifyInstance): void {
    app.addHook('onRequest', (request, reply, done) => {
      if (NOT_COUNTED.includes(request.routeOptions.url ?? '') || this.count(request, reply) === undefined) done();
    });
  }

  /** Counts an unsigned request. @returns the reply, already sent, when the limit is exceeded. */
  count(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
    return this.refusalOf(request, reply, this.#limit.take(request.ip));
  }

  /**
   * Checks a token. Checking costs time here and at the provider, so an address that has sent too many wrong ones gets four of them checked at a time.
   * Right ones wait for their turn and are not refused.
   * @throws TooManyChecks when many more are waiting.
   */
  async checked<T>(address: string | undefined, check: () => Promise<T>): Promise<T> {
    if (!this.isUsedUp(address)) return check();
    const network = networkOf(address);
    const line = this.#lines.get(network) ?? new Semaphore(CHECKED_AT_ONCE, MAX_WAITING, () => new TooManyChecks('Too many tokens of your address are being checked. Send the request again.'));
    this.#lines.set(network, line);
    try {
      return await line.run(check, MAX_CHECK_WAIT_MS);
    } finally {
      if (line.isIdle) this.#lines.delete(network);
    }
  }

  /** Counts an invalid token that did not come with an HTTP request. */
  note(address: string | undefined): void {
    this.#limit.take(address);
  }

  /** Whether the limit of the address is used up. */
  isUsedUp(address: string | undefined): boolean {
    return this.#limit.wait(address) > 0;
  }

  private refusalOf(request: FastifyRequest, reply: FastifyReply, seconds: number): FastifyReply | undefined {
    if (seconds === 0) return undefined;
    const message = `An address may send ${this.#limit.perMinute} requests per minute without signing in. Sign in, or send the request again in ${seconds} s.`;
    return sendProblem(request, reply.header('retry-after', String(seconds)), { status: 429, code: 'TOO_MANY_REQUESTS', message });
  }
}

/** Token lookups of one network in progress, and lookups that wait for their outcome. */
interface Line {
  underWay: number;
  readonly waiting: (() => void)[];
}

/**
 * Limits unknown invitation tokens by client address. A lookup counts as unknown until its outcome is known. When lookups in
 * progress use up the limit, further ones wait for them, so that any number of valid tokens is answered.
 */
export class TokenGuesses {
  readonly #lines = new Map<string, Line>();

  constructor(private readonly limit: AddressLimit) {}

  /** The limit for one address. */
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
