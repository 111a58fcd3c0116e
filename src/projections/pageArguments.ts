export const DEFAULT_PAGE_SIZE = 50;
export const MAX_PAGE_SIZE = 200;

/** The arguments of a page as a request brings them; `null` is as good as absent. */
export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly last?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly before?: string | null | undefined;
}

/** Which rows are asked for: at most `limit` between the two cursors (exclusive), counted from the end when `backwards`. */
export interface PageRequest {
  readonly limit: number;
  readonly backwards: boolean;
  readonly after: string | null;
  readonly before: string | null;
}

/** The page that was asked for cannot exist; the message says which bound was crossed. */
export class InvalidPage extends Error {
  override readonly name = 'InvalidPage';
}

/** The cursor was not made by this query: another list, filter or order, or no cursor at all. */
export class InvalidCursor extends Error {
  override readonly name = 'InvalidCursor';
}

function parseSize(name: 'first' | 'last', size: number): number {
  if (!Number.isInteger(size) || size < 0 || size > MAX_PAGE_SIZE) {
    throw new InvalidPage(`"${name}" is a whole number from 0 to ${MAX_PAGE_SIZE}; this one is ${size}.`);
  }
  return size;
}

/**
 * Checks a page's arguments; 50 rows from the beginning when nothing is said.
 * @throws InvalidPage for a size that is negative, no whole number or over 200, and for `first` together with `last`.
 */
export function parsePage({ first, last, after, before }: PageArguments): PageRequest {
  const cursors = { after: after ?? null, before: before ?? null };
  if (typeof first === 'number' && typeof last === 'number') {
    throw new InvalidPage(`A page takes "first" or "last" (0 to ${MAX_PAGE_SIZE}), not both.`);
  }
  if (typeof last === 'number') return { limit: parseSize('last', last), backwards: true, ...cursors };
  return { limit: typeof first === 'number' ? parseSize('first', first) : DEFAULT_PAGE_SIZE, backwards: false, ...cursors };
}
