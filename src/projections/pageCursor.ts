import { createHash } from 'node:crypto';
import { InvalidCursor } from './pageArguments';

/** Where a row stands in its list: by `key`, then by `id`. Rows without a key stand last. */
export interface Place {
  readonly key: string | null;
  readonly id: string;
}

/** Names and Keap IDs are bounded, so a longer text is none of our cursors. */
const MAX_CURSOR_LENGTH = 4_000;

const DIGEST_BYTES = 9;

/** Stands for one query: the list, and everything that decides which rows it has and in which order. */
export function queryDigest(list: string, ...parts: readonly (string | readonly string[] | null)[]): string {
  return createHash('sha256').update(JSON.stringify([list, ...parts])).digest().subarray(0, DIGEST_BYTES).toString('base64url');
}

/** The opaque text that stands for a place in the query's list. */
export const encodeCursor = (digest: string, { key, id }: Place): string => Buffer.from(JSON.stringify([digest, key, id])).toString('base64url');

/**
 * The place that a cursor stands for.
 * @throws InvalidCursor when it was made by another query, or by none.
 */
export function decodeCursor(digest: string, cursor: string): Place {
  const parts = cursor.length > MAX_CURSOR_LENGTH ? [] : parse(cursor);
  if (parts.length !== 3) throw new InvalidCursor('This is no cursor of this list; take one from the pageInfo or the edges of its pages.');
  const [itsDigest, key, id] = parts;
  if (itsDigest !== digest) throw new InvalidCursor('This cursor belongs to another list, filter or order; begin again without a cursor.');
  if (!(key === null || typeof key === 'string') || typeof id !== 'string') throw new InvalidCursor('This is no cursor of this list; begin again without a cursor.');
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
