import { createHash } from 'node:crypto';

export interface PageInfo {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}

/** A row of a page with its cursor. The cursor is computed on access, because most queries do not request it. */
export class PageEdge<T> {
  constructor(
    readonly node: T,
    private readonly cursorOf: (node: T) => string,
  ) {}

  get cursor(): string {
    return this.cursorOf(this.node);
  }
}

/** A page of a list: its rows in order, and whether there are rows before and after them. */
export class Page<T> {
  readonly pageInfo: PageInfo;

  constructor(
    readonly nodes: readonly T[],
    neighbours: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean },
    private readonly cursorOf: (node: T) => string,
  ) {
    const first = nodes[0];
    const last = nodes[nodes.length - 1];
    this.pageInfo = {
      ...neighbours,
      startCursor: first === undefined ? null : cursorOf(first),
      endCursor: last === undefined ? null : cursorOf(last),
    };
  }

  /** The rows with their cursors. */
  get edges(): readonly PageEdge<T>[] {
    return this.nodes.map((node) => new PageEdge(node, this.cursorOf));
  }
}

/** Rows of a page when the request names no size. */
export const DEFAULT_PAGE_SIZE = 50;
/** Maximum size of a page; a request for more is refused with `InvalidPage`. */
export const MAX_PAGE_SIZE = 200;

/** The paging arguments of a request. Null means absent. */
export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly last?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly before?: string | null | undefined;
}

/** Parsed paging arguments: at most `limit` rows between two cursors (exclusive), the last ones when `backwards`. */
interface PageRequest {
  readonly limit: number;
  readonly backwards: boolean;
  readonly after: string | null;
  readonly before: string | null;
}

/** Invalid paging arguments. The message names the violated bound. */
export class InvalidPage extends Error {
  override readonly name = 'InvalidPage';
}

/** A cursor of another list, filter or order, or a text that is not a cursor. */
export class InvalidCursor extends Error {
  override readonly name = 'InvalidCursor';
}

function parseSize(name: 'first' | 'last', size: number): number {
  if (!Number.isInteger(size) || size < 0 || size > MAX_PAGE_SIZE) {
    throw new InvalidPage(`"${name}" must be a whole number from 0 to ${MAX_PAGE_SIZE}, not ${size}.`);
  }
  return size;
}

/**
 * Parses paging arguments. Without any, the page is the first 50 rows.
 * @throws InvalidPage for a size that is negative, fractional or over 200, and for `first` together with `last`.
 */
export function parsePage({ first, last, after, before }: PageArguments): PageRequest {
  const cursors = { after: after ?? null, before: before ?? null };
  if (typeof first === 'number' && typeof last === 'number') {
    throw new InvalidPage(`Use either "first" or "last" (0 to ${MAX_PAGE_SIZE}), not both.`);
  }
  if (typeof last === 'number') return { limit: parseSize('last', last), backwards: true, ...cursors };
  return { limit: typeof first === 'number' ? parseSize('first', first) : DEFAULT_PAGE_SIZE, backwards: false, ...cursors };
}

/** Place of a row in its list, which is sorted by `key`, then by `id`. Rows without a key come last. */
export interface Place {
  readonly key: string | null;
  readonly id: string;
}

/** Names and Keap IDs are bounded, so a longer text cannot be a valid cursor. */
const MAX_CURSOR_LENGTH = 4_000;

const DIGEST_BYTES = 9;

/** Digest of a query: the list, and everything that determines its rows and their order. */
export function queryDigest(list: string, ...parts: readonly (string | readonly string[] | null)[]): string {
  return createHash('sha256').update(JSON.stringify([list, ...parts])).digest().subarray(0, DIGEST_BYTES).toString('base64url');
}

/** Encodes a place in the query's list as an opaque cursor. */
export const encodeCursor = (digest: string, { key, id }: Place): string => Buffer.from(JSON.stringify([digest, key, id])).toString('base64url');

/**
 * Decodes a cursor.
 * @throws InvalidCursor for a cursor of another query, and for a text that is not a cursor.
 */
export function decodeCursor(digest: string, cursor: string): Place {
  const parts = cursor.length > MAX_CURSOR_LENGTH ? [] : parse(cursor);
  if (parts.length !== 3) throw new InvalidCursor('This is not a cursor of this list. Take cursors from pageInfo or edges of its pages.');
  const [itsDigest, key, id] = parts;
  if (itsDigest !== digest) throw new InvalidCursor('This cursor belongs to another list, filter or order. Start again without a cursor.');
  if (!(key === null || typeof key === 'string') || typeof id !== 'string') throw new InvalidCursor('This is not a cursor of this list. Start again without a cursor.');
  return { key, id };
}

function parse(cursor: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}
