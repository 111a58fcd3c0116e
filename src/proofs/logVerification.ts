import type { LogPosition } from '../eventstore/eventStore';
import type { RawEvent, RawLog } from '../eventstore/rawEvents';
import { streamGaps, suspectStream } from './chainCheck';
import type { CheckpointLine } from './checkpointDirectory';
import { checkedCheckpoints, type CheckedCheckpoints } from './checkedCheckpoints';
import type { EventTree } from './eventTree';
import { about, type Finding, type FoundAt } from './findings';
import { compareLeaves, type LeafEvent } from './leafComparison';
import { readLog, type LogReading } from './logReading';
import { namedDifferences, namedRoughly } from './namedDifferences';
import { replayRaw } from './rawReplay';
import { takeHome } from './strayEvents';

export interface LogToVerify {
  readonly log: RawLog;
  readonly checkpointLines: readonly CheckpointLine[];
  /** the tree that the service kept beside the log, read before it; null where there is none. */
  readonly tree: EventTree | null;
  /** which keys may sign checkpoints; any when null. */
  readonly trustedKeyIds: readonly string[] | null;
  /** told how many events were read, and what for. */
  readonly onProgress: (step: 'reading' | 'replaying', events: number) => void;
}

export interface LogVerification {
  readonly storeId: string;
  readonly events: number;
  readonly position: LogPosition;
  readonly checkpoints: number;
  /** how many events a signed checkpoint vouches for. */
  readonly signedEvents: number;
  readonly keyIds: readonly string[];
  /** nothing, where all is well. */
  readonly findings: readonly Finding[];
}

/** Looks for whatever happened to a log: chains, signed checkpoints, the tree over it, and a replay. */
export async function verifyLog(options: LogToVerify): Promise<LogVerification> {
  const { log, checkpointLines, trustedKeyIds, onProgress } = options;
  const checkpoints = checkedCheckpoints(checkpointLines, log.storeId, trustedKeyIds);
  const tree = isWitness(options.tree, checkpoints) ? options.tree : null;
  const reading = await readLog(log, checkpoints.statements, tree, (events) => { onProgress('reading', events); });
  const findings = [...checkpoints.findings, ...unsigned(reading, checkpoints, trustedKeyIds), ...damages(log, reading), ...(await differences(log, reading, checkpoints, tree))];
  const replayed = findings.length === 0 ? await replayRaw(log, (events) => { onProgress('replaying', events); }) : [];
  return {
    storeId: log.storeId,
    events: reading.events,
    position: reading.position,
    checkpoints: checkpoints.statements.length,
    signedEvents: reading.agreedEvents,
    keyIds: checkpoints.keyIds,
    findings: [...findings, ...replayed],
  };
}

/** Who names keys relies on what they signed, so that nothing is not enough. */
function unsigned({ events }: LogReading, { statements, findings }: CheckedCheckpoints, trustedKeyIds: readonly string[] | null): readonly Finding[] {
  if (trustedKeyIds === null || events === 0 || statements.length > 0 || findings.length > 0) return [];
  return [{ what: 'CHECKPOINT_MISSING', message: 'There is no checkpoint of this log by a key that was named: they were taken away, or are somewhere else.' }];
}

/** A tree that says the same as every signed checkpoint knows each event of the log; another one is nobody's word. */
function isWitness(tree: EventTree | null, { statements }: CheckedCheckpoints): boolean {
  try {
    return tree !== null && isWhole(tree) && statements.every(({ events, root, position }) => events > tree.size || (tree.root(events).toString('hex') === root && tree.eventAt(events - 1).position === position));
  } catch {
    // A tree that has lost something says nothing; the log is what counts.
    return false;
  }
}

function isWhole(tree: EventTree): boolean {
  let events = 0;
  for (const { hash } of tree.events()) if (hash !== '') events += 1;
  return events === tree.size;
}

function damages(log: RawLog, { unreadable }: LogReading): readonly Finding[] {
  const found = unreadable === undefined ? [] : [unreadable];
  try {
    found.push(...log.damage());
  } catch (error) {
    found.push(error instanceof Error ? error.message : String(error));
  }
  return found.map((message) => ({ what: 'FILE_DAMAGED' as const, message }));
}

async function differences(log: RawLog, reading: LogReading, { statements }: CheckedCheckpoints, tree: EventTree | null): Promise<readonly Finding[]> {
  const { suspects, agreedEvents, contradicted, agreesWithTree, unreadable } = reading;
  const isContradicted = contradicted !== undefined || (tree !== null && !agreesWithTree);
  if (suspects.size === 0 && !isContradicted && reading.gaps.length === 0 && reading.misplaced.length === 0) return [];
  const compares = tree !== null && isContradicted && unreadable === undefined;
  const streams = new Map<string, RawEvent[]>();
  const leaves: LeafEvent[] = [];
  let index = 0;
  try {
    for await (const event of log.events()) {
      if (index >= reading.events) break;
      if (suspects.has(event.stream)) addTo(streams, event);
      if (index >= agreedEvents) leaves.push(leafOf(event));
      index += 1;
    }
  } catch {
    // Said already: the file cannot be read to its end.
  }
  const strays = takeHome(streams);
  const unfitting = [...streams.values()].flatMap((events) => suspectStream(events));
  const chain = [...strays, ...unfitting, ...misplacements(reading, unfitting)];
  const gaps = [...streams.values()].flatMap((events) => streamGaps(events));
  const roughly = (): readonly Finding[] => namedRoughly({ chain, gaps, reading, leaves, last: statements.at(-1) });
  if (!compares) return roughly();
  const known = [...tree.events()].slice(agreedEvents);
  const named = namedDifferences({ chain, gaps, reading, difference: compareLeaves(known, leaves), knownFrom: agreedEvents, known, statements });
  // A tree that is as old as the log knows nothing of what came later.
  return named.length > 0 || contradicted === undefined ? named : roughly();
}

/** Nothing of the log's own accord stands before its first position. */
function misplacements({ misplaced }: LogReading, found: readonly Finding[]): readonly Finding[] {
  const isNew = ({ stream, revision }: FoundAt): boolean => !found.some((finding) => finding.stream === stream && finding.revision === revision);
  return misplaced.filter(isNew).map((event) => about('EVENT_INSERTED', event, 'It stands before the first position of the log, which is 1.'));
}

function addTo(streams: Map<string, RawEvent[]>, event: RawEvent): void {
  const events = streams.get(event.stream);
  if (events) events.push(event);
  else streams.set(event.stream, [event]);
}

const leafOf = ({ hash, position, stream, revision, occurredAt }: RawEvent): LeafEvent => ({ hash, position, stream, revision, occurredAt });
