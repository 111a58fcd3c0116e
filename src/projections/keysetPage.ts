import type { SqlParameters } from './sqlParameters';
import { Page } from './page';
import { parsePage, type PageArguments } from './pageArguments';
import { decodeCursor, encodeCursor, type Place } from './pageCursor';

/** One walk along a list: from a place to another one, both optional, in the list's order or against it. */
export interface KeysetWalk {
  readonly backwards: boolean;
  readonly from: Place | null;
  readonly fromInclusive: boolean;
  /** exclusive. */
  readonly until: Place | null;
  readonly limit: number;
}

export interface KeysetList<T> {
  /** Of everything that decides which rows the list has and in which order (`queryDigest`). */
  readonly digest: string;
  placeOf(row: T): Place;
  /** At most `limit` rows, in the order in which the walk meets them. */
  rows(walk: KeysetWalk): readonly T[];
}

/**
 * A page of a list: one walk for the rows, and one more for each cursor given, to tell exactly whether anything lies
 * beyond it.
 * @throws InvalidPage for arguments out of bounds, InvalidCursor for a cursor of another query.
 */
export function keysetPage<T>(list: KeysetList<T>, pageArguments: PageArguments): Page<T> {
  const { limit, backwards, after, before } = parsePage(pageArguments);
  const afterPlace = after === null ? null : decodeCursor(list.digest, after);
  const beforePlace = before === null ? null : decodeCursor(list.digest, before);
  const [from, until] = backwards ? [beforePlace, afterPlace] : [afterPlace, beforePlace];
  const met = list.rows({ backwards, from, fromInclusive: false, until, limit: limit + 1 });
  const nodes = met.slice(0, limit);
  const beyond = (place: Place | null, against: boolean): boolean =>
    place !== null && list.rows({ backwards: against, from: place, fromInclusive: true, until: null, limit: 1 }).length > 0;
  const ahead = beyond(until, backwards) || met.length > limit;
  const behind = beyond(from, !backwards);
  return new Page(
    backwards ? nodes.reverse() : nodes,
    backwards ? { hasNextPage: behind, hasPreviousPage: ahead } : { hasNextPage: ahead, hasPreviousPage: behind },
    (row) => encodeCursor(list.digest, list.placeOf(row)),
  );
}

/** How a list is ordered: the columns, all in one direction. */
export interface KeysetOrder {
  readonly columns: readonly string[];
  readonly ascending: boolean;
}

/** Conditions that keep to a walk's part of the list, each beginning with AND; `valuesOf` gives a place's values for the columns. */
export function walkConditions(order: KeysetOrder, walk: KeysetWalk, valuesOf: (place: Place) => readonly (string | null)[], parameters: SqlParameters): string {
  const onward = walksUpward(order, walk);
  const bound = (place: Place | null, operator: string): string =>
    place === null ? '' : ` AND (${order.columns.join(', ')}) ${operator} (${valuesOf(place).map((value) => parameters.add(value)).join(', ')})`;
  const beginning = bound(walk.from, (onward ? '>' : '<') + (walk.fromInclusive ? '=' : ''));
  return beginning + bound(walk.until, onward ? '<' : '>');
}

/** The ORDER BY of a walk, without the words. */
export function walkOrder(order: KeysetOrder, walk: KeysetWalk): string {
  const direction = walksUpward(order, walk) ? 'ASC' : 'DESC';
  return order.columns.map((column) => `${column} ${direction}`).join(', ');
}

/** Whether the walk meets greater values after smaller ones. */
const walksUpward = (order: { readonly ascending: boolean }, walk: KeysetWalk): boolean => order.ascending !== walk.backwards;
