import { eventHash, FIRST_PREVIOUS_HASH } from '../../eventstore/eventHash';
import type { RawEvent } from '../../eventstore/rawEvents';
import { about, type Finding, type FoundAt } from './findings';
import type { StreamEnds } from '../streamEnds';

/** Mismatched events of a stream among which exchanged revisions are searched. With more, the search is skipped. */
const MAX_EXCHANGED = 16;

/** Checks the chains of all streams while the log is read. Streams with a problem are noted, to be examined as a whole. */
export class ChainCheck {
  readonly #suspects = new Set<string>();

  constructor(private readonly ends: StreamEnds) {}

  /** Checks the next event of the log. */
  take(event: RawEvent): void {
    const { stream, revision, hash } = event;
    const end = this.ends.get(stream) ?? { revision: -1, hash: FIRST_PREVIOUS_HASH };
    if (revision !== end.revision + 1 || isDamaged(event) || hash !== eventHash(end.hash, event)) this.#suspects.add(stream);
    if (revision > end.revision) this.ends.set(stream, { revision, hash });
  }

  /** Streams with a problem, which `suspectStream` finds. */
  get suspects(): ReadonlySet<string> {
    return this.#suspects;
  }
}

const isDamaged = ({ damaged = [] }: RawEvent): boolean => damaged.length > 0;

/** Finds the problems of a stream, given its events in log order. */
export function suspectStream(events: readonly RawEvent[]): readonly Finding[] {
  const { first, copies } = withoutCopies(events);
  const sorted = [...first].sort((a, b) => a.revision - b.revision);
  return [...copies.map((copy) => about('EVENT_INSERTED', copy, 'A second event claims this place in its stream.')), ...outOfOrder(first), ...missing(sorted), ...unfitting(sorted)];
}

/** Separates copies. Of several events at one revision, the one whose hash follows from the event before is genuine. */
function withoutCopies(events: readonly RawEvent[]): { readonly first: readonly RawEvent[]; readonly copies: readonly RawEvent[] } {
  const byRevision = new Map<number, RawEvent[]>();
  for (const event of events) {
    const candidates = byRevision.get(event.revision);
    if (candidates) candidates.push(event);
    else byRevision.set(event.revision, [event]);
  }
  const hashes = new Map(events.map(({ revision, hash }) => [revision, hash]));
  const chosen = new Set([...byRevision.values()].map((candidates) => candidates.find((one) => one.hash === eventHash(hashes.get(one.revision - 1) ?? FIRST_PREVIOUS_HASH, one)) ?? candidates[0]));
  return { first: events.filter((one) => chosen.has(one)), copies: events.filter((one) => !chosen.has(one)) };
}

function outOfOrder(events: readonly RawEvent[]): readonly Finding[] {
  let greatest = -1;
  return events.flatMap((event) => {
    if (event.revision > greatest) {
      greatest = event.revision;
      return [];
    }
    return [about('EVENT_REORDERED', event, `It stands in the log after revision ${greatest} of its stream.`)];
  });
}

/** Revisions that are missing in a stream. */
export interface StreamGap {
  /** The event before the gap, undefined when the gap is at the start. */
  readonly before: RawEvent | undefined;
  readonly after: RawEvent;
  readonly first: number;
  readonly count: number;
}

/** Finds missing revisions of a stream, given its events in log order. */
export const streamGaps = (events: readonly RawEvent[]): readonly StreamGap[] => gapsBetween([...events].sort((a, b) => a.revision - b.revision));

function gapsBetween(sorted: readonly RawEvent[]): readonly StreamGap[] {
  return sorted.flatMap((after, index) => {
    const before = sorted[index - 1];
    const first = before ? before.revision + 1 : 0;
    return after.revision > first ? [{ before, after, first, count: after.revision - first }] : [];
  });
}

function missing(sorted: readonly RawEvent[]): readonly Finding[] {
  return gapsBetween(sorted).map(({ after: { stream, position }, first, count }) => {
    const message = `${count === 1 ? 'The event is' : `${count} events from here on are`} missing; the next one of the stream stands at position ${position}.`;
    return { what: 'EVENT_REMOVED', stream, revision: first, message };
  });
}

/** Finds events whose hash does not follow from the event before them. An event whose predecessor is missing cannot be checked. */
function unfitting(sorted: readonly RawEvent[]): readonly Finding[] {
  const hashes = new Map(sorted.map(({ revision, hash }) => [revision, hash]));
  const previous = (revision: number): string | undefined => (revision === 0 ? FIRST_PREVIOUS_HASH : hashes.get(revision - 1));
  const broken = sorted.filter((event) => {
    const before = previous(event.revision);
    return isDamaged(event) || (before !== undefined && event.hash !== eventHash(before, event));
  });
  // When only a hash was changed, the next event no longer fits, but it fits the hash that should be there.
  const right = new Map(broken.map((event) => [event.revision, eventHash(previous(event.revision) ?? FIRST_PREVIOUS_HASH, event)]));
  const wrong = broken.filter((event) => {
    const before = right.get(event.revision - 1);
    return isDamaged(event) || before === undefined || event.hash !== eventHash(before, event);
  });
  const exchanged = exchangedRevisions(wrong, [FIRST_PREVIOUS_HASH, ...neighbours(wrong, hashes)]);
  return wrong.flatMap((event): Finding[] => {
    if (isDamaged(event)) return [about('EVENT_EDITED', event, `Its ${event.damaged?.join(', ') ?? ''} holds bytes that the service did not write.`)];
    const place = exchanged.get(event);
    if (place !== undefined) return [about('EVENT_REORDERED', event, `Its hash belongs to revision ${place} of its stream.`)];
    // The event after a moved one does not fit either, which is not another change.
    if (exchanged.size > 0 && [...exchanged.keys()].some(({ revision }) => revision === event.revision - 1)) return [];
    const original = sorted.find((other) => other !== event && other.hash === event.hash);
    if (original) return [about('EVENT_INSERTED', event, `It is a copy of revision ${original.revision} and does not follow from the event before it.`)];
    return [about('EVENT_EDITED', event, 'Its contents and the event before it do not give its hash.')];
  });
}

const neighbours = (wrong: readonly FoundAt[], hashes: ReadonlyMap<number, string>): readonly string[] =>
  wrong.flatMap(({ revision }) => [hashes.get(revision - 1), hashes.get(revision)]).filter((hash) => hash !== undefined);

/** Finds events whose hash fits at the revision of another mismatched event. Returns that revision for each. */
function exchangedRevisions(wrong: readonly RawEvent[], previous: readonly string[]): ReadonlyMap<RawEvent, number> {
  const found = new Map<RawEvent, number>();
  if (wrong.length < 2 || wrong.length > MAX_EXCHANGED) return found;
  for (const event of wrong) {
    const place = wrong.find(({ revision }) => revision !== event.revision && previous.some((before) => event.hash === eventHash(before, { ...event, revision })));
    if (place) found.set(event, place.revision);
  }
  return found;
}
