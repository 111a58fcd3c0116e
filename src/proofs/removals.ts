import { eventHash } from '../eventstore/eventHash';
import type { LogPosition } from '../eventstore/eventStore';
import type { StreamGap } from './chainCheck';
import type { Finding } from './findings';

/** An event that is gone from the log; its hash where that is known. */
export interface GoneEvent {
  readonly position: LogPosition;
  readonly hash?: string;
}

/** So many positions of one gap in the log are looked at one by one. */
const MAX_POSITIONS = 10_000;

/** The positions that no event stands at, between others. */
export function goneBetween(gaps: readonly (readonly [first: LogPosition, last: LogPosition])[]): readonly GoneEvent[] {
  return gaps.flatMap(([first, last]) => {
    const count = Math.min(Number(last) - Number(first) + 1, MAX_POSITIONS);
    return Array.from({ length: count }, (_, index) => ({ position: String(Number(first) + index).padStart(first.length, '0') }));
  });
}

/**
 * Events that are gone and of which no gap in a stream tells, by the positions that they had.
 * @param placeOf where an event that is still there stood, when that is known.
 */
export function removals(gone: readonly GoneEvent[], gaps: readonly StreamGap[], placeOf: (hash: string) => LogPosition | undefined): readonly Finding[] {
  const left = new Map([...gone].sort((a, b) => (a.position < b.position ? -1 : 1)).map((event) => [event.position, event]));
  for (const { before, after, count } of gaps) {
    const from = before && (placeOf(before.hash) ?? before.position);
    const until = placeOf(after.hash) ?? after.position;
    const within = [...left.values()].filter(({ position }) => (from === undefined || position > from) && position < until);
    const last = within.findLastIndex(({ hash }) => hash !== undefined && eventHash(hash, after) === after.hash);
    const end = (last < 0 ? within.length - 1 : last) + 1;
    for (const { position } of within.slice(Math.max(end - count, 0), end)) left.delete(position);
  }
  return runs([...left.keys()]).map(([position, count]) => ({
    what: 'EVENT_REMOVED', position, message: count === 1 ? 'No event stands at this position any more.' : `No events stand at this position and the next ${count - 1} any more.`,
  }));
}

/** Positions side by side, as the first of them and how many there are. */
function runs(positions: readonly LogPosition[]): readonly (readonly [first: LogPosition, count: number])[] {
  const found: [first: LogPosition, count: number][] = [];
  for (const position of positions) {
    const run = found.at(-1);
    if (run && /^\d+$/.test(position) && Number(run[0]) + run[1] === Number(position)) run[1] += 1;
    else found.push([position, 1]);
  }
  return found;
}
