import type { SqlParameters } from '../engine/query';
import { decodeCursor, encodeCursor, Page, type PageArguments, parsePage, type Place } from './page';
import type { StoredEvent } from '../../eventstore/eventStore';

/** A walk through a list from one place to another, both optional, in the list's order or against it. */
export interface KeysetWalk {
  readonly backwards: boolean;
  readonly from: Place | null;
  readonly fromInclusive: boolean;
  /** End of the walk (exclusive); null for the end of the list. */
  readonly until: Place | null;
  readonly limit: number;
}

interface KeysetList<T, Rows = readonly T[]> {
  /** Digest of everything that determines the rows and their order (`queryDigest`). */
  readonly digest: string;
  placeOf(row: T): Place;
  /** Returns at most `limit` rows in the order of the walk. */
  rows(walk: KeysetWalk): Rows;
}

/**
 * Reads a page of a list: one walk for the rows, and one per given cursor to find out whether there are rows beyond it.
 * @throws InvalidPage for arguments out of bounds; InvalidCursor for a cursor of another query.
 */
export function keysetPage<T>(list: KeysetList<T>, pageArguments: PageArguments): Page<T> {
  const walks = walksOf(list, pageArguments);
  let step = walks.next();
  while (step.done !== true) step = walks.next(list.rows(step.value));
  return step.value;
}

/** Reads a page of a list whose rows are read asynchronously. @throws InvalidPage; InvalidCursor */
export async function keysetPageAsync<T>(list: KeysetList<T, Promise<readonly T[]>>, pageArguments: PageArguments): Promise<Page<T>> {
  const walks = walksOf(list, pageArguments);
  let step = walks.next();
  while (step.done !== true) step = walks.next(await list.rows(step.value));
  return step.value;
}

/** Yields the walks that a page needs, gets the rows of each, and returns the page. */
function* walksOf<T>({ digest, placeOf }: Pick<KeysetList<T>, 'digest' | 'placeOf'>, pageArguments: PageArguments): Generator<KeysetWalk, Page<T>, readonly T[]> {
  const { limit, backwards, after, before } = parsePage(pageArguments);
  const afterPlace = after === null ? null : decodeCursor(digest, after);
  const beforePlace = before === null ? null : decodeCursor(digest, before);
  const [from, until] = backwards ? [beforePlace, afterPlace] : [afterPlace, beforePlace];
  const met = yield { backwards, from, fromInclusive: false, until, limit: limit + 1 };
  const nodes = met.slice(0, limit);
  const beyond = function* (place: Place | null, against: boolean): Generator<KeysetWalk, boolean, readonly T[]> {
    return place !== null && (yield { backwards: against, from: place, fromInclusive: true, until: null, limit: 1 }).length > 0;
  };
  const ahead = (yield* beyond(until, backwards)) || met.length > limit;
  const behind = yield* beyond(from, !backwards);
  return new Page(
    backwards ? nodes.reverse() : nodes,
    backwards ? { hasNextPage: behind, hasPreviousPage: ahead } : { hasNextPage: ahead, hasPreviousPage: behind },
    (row) => encodeCursor(digest, placeOf(row)),
  );
}

/** Order of a list: its columns, all in the same direction. */
interface KeysetOrder {
  readonly columns: readonly string[];
  readonly ascending: boolean;
}

/** SQL conditions for the rows of a walk, each beginning with AND. `valuesOf` returns a place's values of the columns. */
export function walkConditions(order: KeysetOrder, walk: KeysetWalk, valuesOf: (place: Place) => readonly (string | null)[], parameters: SqlParameters): string {
  const onward = walksUpward(order, walk);
  const bound = (place: Place | null, operator: string): string =>
    place === null ? '' : ` AND (${order.columns.join(', ')}) ${operator} (${valuesOf(place).map((value) => parameters.add(value)).join(', ')})`;
  const beginning = bound(walk.from, (onward ? '>' : '<') + (walk.fromInclusive ? '=' : ''));
  return beginning + bound(walk.until, onward ? '<' : '>');
}

/** The columns and directions of a walk's ORDER BY. */
export function walkOrder(order: KeysetOrder, walk: KeysetWalk): string {
  const direction = walksUpward(order, walk) ? 'ASC' : 'DESC';
  return order.columns.map((column) => `${column} ${direction}`).join(', ');
}

/** True when the walk goes from smaller to greater values. */
const walksUpward = (order: { readonly ascending: boolean }, walk: KeysetWalk): boolean => order.ascending !== walk.backwards;

interface Head {
  readonly rest: AsyncIterator<StoredEvent>;
  readonly event: StoredEvent;
}

/**
 * Merges the events of several streams in log order. Each stream is read up to the first event that `isWanted` rejects.
 */
export async function* mergedStreams(streams: readonly AsyncIterable<StoredEvent>[], isWanted: (event: StoredEvent) => boolean): AsyncGenerator<StoredEvent, void, undefined> {
  const open = new Set<AsyncIterator<StoredEvent>>();
  const headOf = async (rest: AsyncIterator<StoredEvent>): Promise<readonly Head[]> => {
    const next = await rest.next();
    if (next.done !== true && isWanted(next.value)) return [{ rest, event: next.value }];
    open.delete(rest);
    if (next.done !== true) await rest.return?.();
    return [];
  };
  try {
    let heads: readonly Head[] = [];
    for (const stream of streams) {
      const rest = stream[Symbol.asyncIterator]();
      open.add(rest);
      heads = [...heads, ...(await headOf(rest))];
    }
    for (let next = earliest(heads); next !== undefined; next = earliest(heads)) {
      const { event, rest } = next;
      yield event;
      const following = await headOf(rest);
      heads = [...heads.filter((head) => head !== next), ...following];
    }
  } finally {
    for (const rest of open) await rest.return?.();
  }
}

const earliest = (heads: readonly Head[]): Head | undefined =>
  heads.reduce<Head | undefined>((first, head) => (first === undefined || head.event.position < first.event.position ? head : first), undefined);
