import { LRUCache } from 'lru-cache';

/** Approximate size of all kept answers and the requests that they are for, in bytes. Above it the least recently used ones are dropped. */
const MAX_BYTES = 32 * 1024 * 1024;
/** The answer to a longer request is not kept. */
export const MAX_REQUEST_CHARACTERS = 16 * 1024;
/** A longer answer is not kept. */
const MAX_ANSWER_CHARACTERS = 1024 * 1024;
const BYTES_PER_ENTRY = 400;
/** After this time, in milliseconds, an answer is made anew, so that the positions in it are not much older than what they are used for. */
const MAX_AGE_MS = 60_000;

/** The answer to a query, as it is sent. */
export interface SentAnswer<Body extends Buffer | string = Buffer | string> {
  readonly body: Body;
  readonly contentType: string;
  /** The value of its `ETag`; null for requests by POST, which have none. */
  readonly entityTag: string | null;
}

/** An answer that is kept, in the bytes that are sent. */
export interface KeptAnswer extends SentAnswer<Buffer> {
  /** The length of its text, by which it is charged. */
  readonly characters: number;
  /** The apps that the request names, which are charged for it. */
  readonly appIds: readonly string[];
}

interface Entry extends KeptAnswer {
  readonly isFresh: () => boolean;
}

/**
 * Answers to queries, for requests that are the same byte for byte, with the same token. An answer counts as long as reading again
 * would give the same; it is never sent to anybody else, nor with another token.
 */
export class KeptAnswers {
  readonly #entries: LRUCache<string, Entry>;

  constructor(maxBytes = MAX_BYTES) {
    this.#entries = new LRUCache({ maxSize: maxBytes, ttl: MAX_AGE_MS, sizeCalculation: ({ body }, key) => body.length + 2 * key.length + BYTES_PER_ENTRY });
  }

  /** Returns the fresh answer to a request; undefined when there is none. */
  find(request: string): KeptAnswer | undefined {
    const known = this.#entries.get(request);
    if (known === undefined || known.isFresh()) return known;
    this.#entries.delete(request);
    return undefined;
  }

  /** Keeps an answer for as long as `isFresh` holds. */
  keep(request: string, { body, ...answer }: SentAnswer<string> & Pick<KeptAnswer, 'appIds'>, isFresh: () => boolean): void {
    if (request.length > MAX_REQUEST_CHARACTERS || body.length > MAX_ANSWER_CHARACTERS) return;
    // With memory of its own: a small buffer that is a part of a larger one would keep all of that.
    const bytes = Buffer.alloc(Buffer.byteLength(body));
    bytes.write(body);
    this.#entries.set(request, { ...answer, body: bytes, characters: body.length, isFresh });
  }
}
