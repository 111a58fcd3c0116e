import type { TreeEvent } from '../eventTree';
import { eventHash, FIRST_PREVIOUS_HASH } from '../../eventstore/eventHash';
import type { LogPosition } from '../../eventstore/eventStore';
import { type StreamGap, streamGaps } from './chain';
import { about, type Finding } from './findings';
import type { CheckpointStatement } from '../checkpoints/statement';
import type { LogReading } from './reading';
import type { RawEvent } from '../../eventstore/rawEvents';

/** The fields of an event that are compared. */
export interface LeafEvent extends TreeEvent {
  readonly stream: string;
  readonly revision: number;
  readonly occurredAt: string;
}

/** How a log differs from the known one, from the first difference on. */
export interface LeafDifference {
  /** Events in places where another event was known. */
  readonly changed: readonly LeafEvent[];
  readonly inserted: readonly LeafEvent[];
  readonly reordered: readonly LeafEvent[];
  /** Removed events, with their former positions. */
  readonly removed: readonly TreeEvent[];
  /** Events that are missing at the end, after every event that is still there. */
  readonly lostTail: readonly TreeEvent[];
  /** Events in their place, or newer ones. */
  readonly newTail: readonly LeafEvent[];
  /** Numbers of events of both sequences up to the last one that is still in its place. */
  readonly aligned: { readonly known: number; readonly log: number };
}

/** Compares two sequences of events that are equal before their beginnings. Each hash must occur once. */
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
    aligned: { known: knownEnd + 1, log: end + 1 },
  };
}

/** One of the longest increasing subsequences of different numbers. */
function longestIncreasing(numbers: readonly number[]): readonly number[] {
  /** For each length, the index of the smallest number that ends a subsequence of that length. */
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

/** An event that is missing in the log, with its hash when that is known. */
interface GoneEvent {
  readonly position: LogPosition;
  readonly hash?: string;
}

/** Positions per gap in the log that are examined one by one. The rest of a longer gap is not. */
const MAX_POSITIONS = 10_000;

/** Lists the positions in gaps of the log. */
function goneBetween(gaps: readonly (readonly [first: LogPosition, last: LogPosition])[]): readonly GoneEvent[] {
  return gaps.flatMap(([first, last]) => {
    const count = Math.min(Number(last) - Number(first) + 1, MAX_POSITIONS);
    return Array.from({ length: count }, (_, index) => ({ position: String(Number(first) + index).padStart(first.length, '0') }));
  });
}

/**
 * Finds missing events that no gap in a stream explains, by their former positions.
 * @param placeOf returns the former position of an event that is still there, when it is known.
 */
function removedEvents(gone: readonly GoneEvent[], gaps: readonly StreamGap[], placeOf: (hash: string) => LogPosition | undefined): readonly Finding[] {
  const left = new Map([...gone].sort((a, b) => (a.position < b.position ? -1 : 1)).map((event) => [event.position, event]));
  const sorted = [...left.values()];
  for (const { before, after, count } of gaps) {
    const from = before && (placeOf(before.hash) ?? before.position);
    const until = placeOf(after.hash) ?? after.position;
    const within = sorted.slice(from === undefined ? 0 : numberBefore(sorted, (position) => position <= from), numberBefore(sorted, (position) => position < until)).filter(({ position }) => left.has(position));
    const last = within.findLastIndex(({ hash }) => hash !== undefined && eventHash(hash, after) === after.hash);
    const end = (last < 0 ? within.length - 1 : last) + 1;
    for (const { position } of within.slice(Math.max(end - count, 0), end)) left.delete(position);
  }
  return runs([...left.keys()]).map(([position, count]) => ({
    what: 'EVENT_REMOVED', position, message: count === 1 ? 'No event stands at this position any more.' : `No events stand at this position and the next ${count - 1} any more.`,
  }));
}

/** The number of events, of some in the order of their positions, whose position is one of the first ones. A log may have as many gaps as events, so they are found by halves. */
function numberBefore(sorted: readonly GoneEvent[], isBefore: (position: LogPosition) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isBefore(sorted[middle]?.position ?? '')) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Groups consecutive positions. */
function runs(positions: readonly LogPosition[]): readonly (readonly [first: LogPosition, count: number])[] {
  const found: [first: LogPosition, count: number][] = [];
  for (const position of positions) {
    const run = found.at(-1);
    if (run && /^\d+$/.test(position) && Number(run[0]) + run[1] === Number(position)) run[1] += 1;
    else found.push([position, 1]);
  }
  return found;
}

interface Found {
  /** Findings from the chains of suspect streams. */
  readonly chain: readonly Finding[];
  /** Gaps in suspect streams. */
  readonly gaps: readonly StreamGap[];
  readonly reading: LogReading;
}

interface Compared extends Found {
  readonly difference: LeafDifference;
  readonly known: readonly TreeEvent[];
  /** Number of events that were known after these. */
  readonly unreached: number;
  /** Number of the first event of `known` in the log. */
  readonly knownFrom: number;
  readonly statements: readonly CheckpointStatement[];
}

/** Names the changes event by event, from a tree that holds every event of the original log. */
export function namedDifferences({ chain, gaps, reading, difference, known, unreached, knownFrom, statements }: Compared): readonly Finding[] {
  const { changed, inserted, reordered, removed } = difference;
  const { rewritten, replaced } = tailOf(difference, { known, unreached, knownFrom, statements });
  const changes = namedChanges([...changed, ...rewritten], chain);
  const moves = reordered.map((event) => about('EVENT_REORDERED', event, 'It stood at another place in the log.'));
  const additions = inserted.map((event) => about('EVENT_INSERTED', event, 'It was not in the log when the events around it were written.'));
  const explained = [...changes.explained, ...reordered, ...inserted];
  const movedStreams = new Set(reordered.map(({ stream }) => stream));
  const unexplained = chain.filter(({ what, stream }) => what !== 'EVENT_REORDERED' || stream === undefined || !movedStreams.has(stream));
  const chainLeft = unexplained.filter((finding) => !explained.some((event) => isSame(finding, event) || (finding.what === 'EVENT_EDITED' && follows(finding, event))));
  const places = new Map(known.map(({ hash, position }) => [hash, position]));
  const gone = removedEvents([...goneBetween(reading.gaps), ...removed], gaps, (hash) => places.get(hash));
  return [...moves, ...additions, ...changes.findings, ...chainLeft, ...gone, ...replaced];
}

/** Events after those on which a log and its checkpoints agree that are newer than a checkpoint. */
export interface NewerEvents {
  /** The first one that is newer than the checkpoint over the most events. */
  readonly thanLast: LeafEvent | undefined;
  /** The first one, among those that it is about, that is newer than the first checkpoint which the log contradicts. */
  readonly thanContradicted: LeafEvent | undefined;
}

/** Names the changes as precisely as chains, positions and checkpoints alone allow. */
export function namedRoughly({ chain, gaps, reading, newer, last }: Found & { readonly newer: NewerEvents; /** The checkpoint over the most events. */ readonly last: CheckpointStatement | undefined }): readonly Finding[] {
  const { contradicted, position, agreedEvents } = reading;
  const gone = goneBetween(reading.gaps);
  const findings = [...chain, ...removedEvents(gone, gaps, () => undefined)];
  if (!contradicted || !last) return findings;
  const { events, time } = contradicted;
  const explained = Math.max(gaps.reduce((sum, { count }) => sum + count, 0), gone.length);
  const signed = position < contradicted.position ? contradicted : last;
  // Without other evidence, a log that continues after the checkpoint was not cut before it, whatever its last position.
  if (position < signed.position && reading.events + explained < last.events && (signed === contradicted || findings.length > 0)) {
    // An event newer than every checkpoint was written after the end had been cut.
    if (findings.length === 0 && newer.thanLast) return [forked(newer.thanLast, signed.events, signed.time)];
    return [...findings, {
      what: 'TAIL_CUT_OFF', position: signed.position,
      message: `A checkpoint of ${signed.time} vouches for ${signed.events} events up to this position; the log has ${reading.events}. Its end was cut off, or an older copy was put in its place.`,
    }];
  }
  if (findings.length > 0) return findings;
  if (newer.thanContradicted) return [forked(newer.thanContradicted, events, time)];
  const message = `Events after the first ${agreedEvents} are not those for which a checkpoint of ${time} over ${events} events vouches, although their hashes fit each other.`;
  return [{ what: 'HISTORY_REWRITTEN', position: contradicted.position, message }];
}

const forked = (event: LeafEvent, events: number, time: string): Finding =>
  about('FORKED_RESTORE', event, `From here on the log is another one than that over ${events} events which was signed at ${time}: an older copy was put in its place and written on.`);

/** Explains the end of the log: rewritten events, or findings that it was cut off or replaced. */
function tailOf({ lostTail, newTail }: LeafDifference, { known, unreached, knownFrom, statements }: Pick<Compared, 'known' | 'unreached' | 'knownFrom' | 'statements'>): { readonly rewritten: readonly LeafEvent[]; readonly replaced: readonly Finding[] } {
  const [firstLost] = lostTail;
  if (!firstLost) return { rewritten: [], replaced: [] };
  const [firstNew] = newTail;
  const events = knownFrom + known.indexOf(firstLost) + 1;
  const signed = statements.find((statement) => statement.events >= events);
  if (firstNew && (signed ? firstNew.occurredAt > signed.time : lostTail.length !== newTail.length)) {
    return { rewritten: [], replaced: [signed ? forked(firstNew, signed.events, signed.time) : about('FORKED_RESTORE', firstNew, 'From here on the log is another one than before: an older copy was put in its place and written on.')] };
  }
  const rewritten = newTail.slice(0, lostTail.length);
  const cut = lostTail.slice(rewritten.length);
  return { rewritten, replaced: cut.length === 0 ? [] : [cutOff(cut, unreached, signed)] };
}

function cutOff(cut: readonly TreeEvent[], unreached: number, signed: CheckpointStatement | undefined): Finding {
  const witness = signed ? `A checkpoint of ${signed.time} vouches for them` : 'The tree that was kept of the log knows them';
  return {
    what: 'TAIL_CUT_OFF', position: cut[0]?.position ?? '',
    message: `${cut.length + unreached} events from this position on are gone. ${witness}: the end of the log was cut off, or an older copy was put in its place.`,
  };
}

/** Names changed events. A single one whose chain breaks was edited; changed events whose hashes fit were rewritten. */
function namedChanges(changed: readonly LeafEvent[], chain: readonly Finding[]): { readonly findings: readonly Finding[]; readonly explained: readonly LeafEvent[] } {
  const streams = new Map<string, LeafEvent[]>();
  for (const event of changed) streams.set(event.stream, [...(streams.get(event.stream) ?? []), event]);
  const findings = [...streams.values()].flatMap((events): readonly Finding[] => {
    const [first] = events;
    if (!first) return [];
    const breaks = chain.some((finding) => isSame(finding, first) || follows(finding, first));
    if (events.length === 1 && breaks) return [about('EVENT_EDITED', first, 'It is not the event that was written here; its hash was recomputed.')];
    const what = events.length === 1 ? 'The event is' : `${events.length} events of the stream from here on are`;
    return [about('HISTORY_REWRITTEN', first, `${what} not what was written here, although the hashes fit each other.`)];
  });
  return { findings, explained: changed };
}

const isSame = (finding: Finding, event: LeafEvent): boolean => finding.stream === event.stream && finding.revision === event.revision;
const follows = (finding: Finding, event: LeafEvent): boolean => finding.stream === event.stream && finding.revision === event.revision + 1;

/** Pairs of a gap and an event that are compared. Beyond that, no more events are restored. */
const MAX_COMPARED = 200_000;

/**
 * Finds events that are stored under a wrong stream or revision and fill a gap elsewhere, and restores them to their
 * original place. Changes the lists of `streams`, each in log order. Returns a finding for each restored event.
 */
export function restoreMisfiledEvents(streams: Map<string, RawEvent[]>): readonly Finding[] {
  const findings: Finding[] = [];
  const all = [...streams.values()].flat();
  let compared = 0;
  for (const [stream, events] of [...streams]) {
    for (const { before, first: revision } of streamGaps(events)) {
      compared += all.length;
      if (compared > MAX_COMPARED) return findings;
      const previous = before?.hash ?? FIRST_PREVIOUS_HASH;
      const misfiled = all.find((event) => (event.stream !== stream || event.revision !== revision) && eventHash(previous, { ...event, stream, revision }) === event.hash);
      if (!misfiled) continue;
      const restored = { ...misfiled, stream, revision };
      streams.set(misfiled.stream, (streams.get(misfiled.stream) ?? []).filter((event) => event !== misfiled));
      streams.set(stream, [...(streams.get(stream) ?? []), restored].sort((a, b) => (a.position < b.position ? -1 : 1)));
      findings.push(about('EVENT_EDITED', restored, `It is stored as revision ${misfiled.revision} of ${misfiled.stream}, which its hash does not cover.`));
    }
  }
  return findings;
}
