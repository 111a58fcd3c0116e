import type { TreeEvent } from './eventTree';

/** An event of the log as the comparison sees it. */
export interface LeafEvent extends TreeEvent {
  readonly stream: string;
  readonly revision: number;
  readonly occurredAt: string;
}

/** How a log differs from the one that is known, from the first difference on. */
export interface LeafDifference {
  /** in places where another event was known. */
  readonly changed: readonly LeafEvent[];
  readonly inserted: readonly LeafEvent[];
  readonly reordered: readonly LeafEvent[];
  /** with the positions that they had. */
  readonly removed: readonly TreeEvent[];
  /** what is gone at the end, behind every event that is still there. */
  readonly lostTail: readonly TreeEvent[];
  /** what stands there instead, or came since. */
  readonly newTail: readonly LeafEvent[];
}

/** Compares two sequences of events that are equal before their beginnings. Every hash is there once. */
export function compareLeaves(known: readonly TreeEvent[], log: readonly LeafEvent[]): LeafDifference {
  const places = new Map(known.map(({ hash }, index) => [hash, index]));
  const found = log.map((event) => ({ event, place: places.get(event.hash) }));
  const kept = new Set(longestIncreasing(found.flatMap(({ place }) => (place === undefined ? [] : [place]))));
  const present = new Set(found.map(({ place }) => place));
  const isKept = ({ place }: { readonly place: number | undefined }): boolean => place !== undefined && kept.has(place);
  const end = found.findLastIndex(isKept);
  const knownEnd = found[end]?.place ?? -1;
  const changed: LeafEvent[] = [];
  const inserted: LeafEvent[] = [];
  const removed: TreeEvent[] = [];
  let strange: LeafEvent[] = [];
  let next = 0;
  for (const { event, place } of found.slice(0, end + 1)) {
    if (place === undefined) strange.push(event);
    if (place === undefined || !kept.has(place)) continue;
    const gone = known.slice(next, place).filter(({ hash }) => !present.has(places.get(hash)));
    changed.push(...strange.slice(0, gone.length));
    inserted.push(...strange.slice(gone.length));
    removed.push(...gone.slice(strange.length));
    strange = [];
    next = place + 1;
  }
  return {
    changed,
    inserted,
    removed,
    reordered: found.filter((one) => one.place !== undefined && !isKept(one)).map(({ event }) => event),
    lostTail: known.slice(knownEnd + 1).filter(({ hash }) => !present.has(places.get(hash))),
    newTail: found.slice(end + 1).filter(({ place }) => place === undefined).map(({ event }) => event),
  };
}

/** One of the longest increasing subsequences of different numbers. */
function longestIncreasing(numbers: readonly number[]): readonly number[] {
  /** By length: index of the smallest number that ends a subsequence of that length. */
  const ends: number[] = [];
  const before: (number | undefined)[] = [];
  for (const [index, number] of numbers.entries()) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((numbers[ends[middle] ?? 0] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    before.push(low === 0 ? undefined : ends[low - 1]);
    ends[low] = index;
  }
  const longest: number[] = [];
  for (let at = ends.at(-1); at !== undefined; at = before[at]) longest.push(numbers[at] ?? 0);
  return longest.reverse();
}
