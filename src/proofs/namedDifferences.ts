import type { StreamGap } from './chainCheck';
import type { CheckpointStatement } from './checkpointStatement';
import type { TreeEvent } from './eventTree';
import { about, type Finding } from './findings';
import type { LeafDifference, LeafEvent } from './leafComparison';
import type { LogReading } from './logReading';
import { goneBetween, removals } from './removals';

interface Found {
  /** what the chains of suspect streams say. */
  readonly chain: readonly Finding[];
  /** in their streams. */
  readonly gaps: readonly StreamGap[];
  readonly reading: LogReading;
}

interface Compared extends Found {
  readonly difference: LeafDifference;
  readonly known: readonly TreeEvent[];
  /** number of the first of `known` in the log. */
  readonly knownFrom: number;
  readonly statements: readonly CheckpointStatement[];
}

/** Names what happened, event by event, where the tree that was kept of the log knows every one of them. */
export function namedDifferences({ chain, gaps, reading, difference, known, knownFrom, statements }: Compared): readonly Finding[] {
  const { changed, inserted, reordered, removed } = difference;
  const { rewritten, replaced } = tailOf(difference, known, knownFrom, statements);
  const changes = namedChanges([...changed, ...rewritten], chain);
  const moves = reordered.map((event) => about('EVENT_REORDERED', event, 'It stood at another place in the log.'));
  const additions = inserted.map((event) => about('EVENT_INSERTED', event, 'It was not in the log when the events around it were written.'));
  const explained = [...changes.explained, ...reordered, ...inserted];
  const movedStreams = new Set(reordered.map(({ stream }) => stream));
  const unexplained = chain.filter(({ what, stream }) => what !== 'EVENT_REORDERED' || stream === undefined || !movedStreams.has(stream));
  const chainLeft = unexplained.filter((finding) => !explained.some((event) => isSame(finding, event) || (finding.what === 'EVENT_EDITED' && follows(finding, event))));
  const places = new Map(known.map(({ hash, position }) => [hash, position]));
  const gone = removals([...goneBetween(reading.gaps), ...removed], gaps, (hash) => places.get(hash));
  return [...moves, ...additions, ...changes.findings, ...chainLeft, ...gone, ...replaced];
}

/** Names what happened as well as chains, positions and checkpoints alone allow. */
export function namedRoughly({ chain, gaps, reading, leaves, last }: Found & { readonly leaves: readonly LeafEvent[]; /** the checkpoint over the most events. */ readonly last: CheckpointStatement | undefined }): readonly Finding[] {
  const { contradicted, position, agreedEvents } = reading;
  const gone = goneBetween(reading.gaps);
  const findings = [...chain, ...removals(gone, gaps, () => undefined)];
  if (!contradicted || !last) return findings;
  const { events, time } = contradicted;
  const explained = Math.max(gaps.reduce((sum, { count }) => sum + count, 0), gone.length);
  const signed = position < contradicted.position ? contradicted : last;
  // Where nothing else is known, a log that goes on behind the checkpoint was not cut before it, whatever its last position.
  if (position < signed.position && reading.events + explained < last.events && (signed === contradicted || findings.length > 0)) {
    // What is younger than every checkpoint was written on top of what is left.
    const added = leaves.find(({ occurredAt }) => occurredAt > last.time);
    if (findings.length === 0 && added) return [forked(added, signed.events, signed.time)];
    return [...findings, {
      what: 'TAIL_CUT_OFF', position: signed.position,
      message: `A checkpoint of ${signed.time} vouches for ${signed.events} events up to this position; the log has ${reading.events}. Its end was cut off, or an older copy was put in its place.`,
    }];
  }
  if (findings.length > 0) return findings;
  const later = leaves.slice(0, events - agreedEvents).find(({ occurredAt }) => occurredAt > time);
  if (later) return [forked(later, events, time)];
  const message = `Events after the first ${agreedEvents} are not those for which a checkpoint of ${time} over ${events} events vouches, although their hashes fit each other.`;
  return [{ what: 'HISTORY_REWRITTEN', position: contradicted.position, message }];
}

const forked = (event: LeafEvent, events: number, time: string): Finding =>
  about('FORKED_RESTORE', event, `From here on the log is another one than that over ${events} events which was signed at ${time}: an older copy was put in its place and written on.`);

/** What became of the end of the log: events that were written anew, and what says that it was cut or replaced. */
function tailOf({ lostTail, newTail }: LeafDifference, known: readonly TreeEvent[], knownFrom: number, statements: readonly CheckpointStatement[]): { readonly rewritten: readonly LeafEvent[]; readonly replaced: readonly Finding[] } {
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
  return { rewritten, replaced: cut.length === 0 ? [] : [cutOff(cut, signed)] };
}

function cutOff([first, ...others]: readonly TreeEvent[], signed: CheckpointStatement | undefined): Finding {
  const witness = signed ? `A checkpoint of ${signed.time} vouches for them` : 'The tree that was kept of the log knows them';
  return {
    what: 'TAIL_CUT_OFF', position: first?.position ?? '',
    message: `${others.length + 1} events from this position on are gone. ${witness}: the end of the log was cut off, or an older copy was put in its place.`,
  };
}

/** One changed event whose chain breaks was edited; changed events whose hashes fit were written anew. */
function namedChanges(changed: readonly LeafEvent[], chain: readonly Finding[]): { readonly findings: readonly Finding[]; readonly explained: readonly LeafEvent[] } {
  const streams = new Map<string, LeafEvent[]>();
  for (const event of changed) streams.set(event.stream, [...(streams.get(event.stream) ?? []), event]);
  const findings = [...streams.values()].flatMap((events): readonly Finding[] => {
    const [first] = events;
    if (!first) return [];
    const breaks = chain.some((finding) => isSame(finding, first) || follows(finding, first));
    if (events.length === 1 && breaks) return [about('EVENT_EDITED', first, 'It is not the event that was written here; its hash was made anew.')];
    const what = events.length === 1 ? 'The event is' : `${events.length} events of the stream from here on are`;
    return [about('HISTORY_REWRITTEN', first, `${what} not what was written here, although the hashes fit each other.`)];
  });
  return { findings, explained: changed };
}

const isSame = (finding: Finding, event: LeafEvent): boolean => finding.stream === event.stream && finding.revision === event.revision;
const follows = (finding: Finding, event: LeafEvent): boolean => finding.stream === event.stream && finding.revision === event.revision + 1;
