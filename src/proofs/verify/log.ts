import type { X509Certificate } from 'node:crypto';
import { distanceOf, type LogPosition } from '../../eventstore/eventStore';
import type { RawEvent, RawLog } from '../../eventstore/rawEvents';
import { streamGaps, suspectStream } from './chain';
import type { CheckpointLine } from '../checkpoints/lines';
import { checkedCheckpoints, type CheckedCheckpoints, type LogReading, readLog } from './reading';
import { type KnownRestores, replacedKeys } from './keys';
import type { SignedRewrite } from '../checkpoints/rewriteStatement';
import type { KeyStatement } from '../checkpoints/keyStatement';
import type { CheckpointStatement } from '../checkpoints/statement';
import type { EventTree } from '../eventTree';
import { StreamEnds } from '../streamEnds';
import { about, type Finding, type FoundAt } from './findings';
import { leafOf, MAX_COMPARED, TreeComparison } from './comparison';
import { type LeafEvent, namedDifferences, namedRoughly, restoreMisfiledEvents } from './differences';
import { replayRaw } from './rawReplay';
import { wentOn } from './rewrites';
import { type Stamped, timeStampsIn } from './timeStamps';
import { type Witnessed, witnessesIn } from './witnesses';

export interface LogToVerify {
  readonly log: RawLog;
  readonly checkpointLines: readonly CheckpointLine[];
  /** The tree that the service keeps beside the log, read before the log. Null when there is none. */
  readonly tree: EventTree | null;
  /** Keys that may sign checkpoints. Null allows any key. */
  readonly trustedKeyIds: readonly string[] | null;
  readonly knownRestores?: KnownRestores;
  /** Keys of witnesses, one of which must have countersigned. Null or absent when none must. */
  readonly witnessKeyIds?: readonly string[] | null;
  /** Certificates of authorities, one of which must have stamped a checkpoint. Null or absent when none must. */
  readonly authorities?: readonly X509Certificate[] | null;
  /** So many events from the first difference on are compared with the tree one by one, and so many of streams with a problem are examined; 200,000 when absent. */
  readonly maxCompared?: number;
  /** Called with the step, the number of events read, and how much of the log that is, from 0 to 1; null when that is not known. */
  readonly onProgress: (step: 'reading' | 'replaying', events: number, part: number | null) => void;
}

export interface LogVerification {
  readonly storeId: string;
  readonly events: number;
  readonly position: LogPosition;
  readonly checkpoints: number;
  /** Number of events that a signed checkpoint covers. */
  readonly signedEvents: number;
  readonly keyIds: readonly string[];
  /** What the statements about keys say: rotations, lost keys, and restores of the log. */
  readonly keyChanges: readonly KeyStatement[];
  /** What each witness has seen of the log. */
  readonly witnesses: readonly Witnessed[];
  /** How the log was made of another one. */
  readonly rewrites: readonly SignedRewrite[];
  /** The time stamp of the latest checkpoint that has one; null without one. */
  readonly timeStamp: Stamped | null;
  /** Problems, none for an intact log. */
  readonly findings: readonly Finding[];
}

/** Verifies a log: its chains, the signed checkpoints, the tree over it, and a replay. */
export async function verifyLog(options: LogToVerify): Promise<LogVerification> {
  const { log, checkpointLines, trustedKeyIds, knownRestores, witnessKeyIds = null, authorities = null, onProgress } = options;
  const checkpoints = checkedCheckpoints(checkpointLines, log.storeId, trustedKeyIds, knownRestores);
  const statements = [...checkpoints.statements, ...checkpoints.pinned].sort((a, b) => a.events - b.events || (a.time < b.time ? -1 : 1));
  const witnessed = witnessesIn(checkpointLines, log.storeId, checkpoints, witnessKeyIds);
  const stamps = timeStampsIn(checkpointLines, log.storeId, checkpoints, authorities);
  const tree = isEvidence(options.tree, statements) ? options.tree : null;
  const end = await log.end();
  const ends = new StreamEnds();
  const reading = await readLog({ log, statements, tree, ends }, (events, { position }) => { onProgress('reading', events, end > 0 ? distanceOf(position) / end : null); }).finally(() => { ends.close(); });
  const findings = [...checkpoints.findings, ...witnessed.findings, ...witnessed.missing, ...stamps.findings, ...stamps.missing, ...replacedKeys(checkpoints, checkpoints.signed), ...wentOn(checkpoints, reading), ...unsigned(reading, checkpoints, trustedKeyIds), ...foreign(log), ...damages(log, reading), ...(await differences(log, reading, statements, tree, options.maxCompared))];
  const replayed = findings.length === 0 ? await replayRaw(log, (events) => { onProgress('replaying', events, events / reading.events); }) : [];
  return {
    storeId: log.storeId,
    events: reading.events,
    position: reading.position,
    checkpoints: checkpoints.statements.length,
    signedEvents: reading.agreedEvents,
    keyIds: checkpoints.keyIds,
    keyChanges: checkpoints.chain.statements,
    rewrites: checkpoints.rewrites,
    witnesses: witnessed.witnesses,
    timeStamp: stamps.timeStamp,
    findings: [...findings, ...replayed],
  };
}

/** The result for a log that cannot be opened, because its file is cut off, empty, or holds something else. */
export const unreadableLog = (message: string): LogVerification => ({
  storeId: '', events: 0, position: '', checkpoints: 0, signedEvents: 0, keyIds: [], keyChanges: [], witnesses: [], rewrites: [], timeStamp: null, findings: [{ what: 'FILE_DAMAGED', message }],
});

/** When trusted keys are named, at least one checkpoint must be signed by one of them. */
function unsigned({ events }: LogReading, { statements, givenUp, rewrites, findings }: CheckedCheckpoints, trustedKeyIds: readonly string[] | null): readonly Finding[] {
  if (trustedKeyIds === null || events === 0 || statements.length + givenUp.length + rewrites.length > 0 || findings.length > 0) return [];
  return [{ what: 'CHECKPOINT_MISSING', message: 'There is no checkpoint of this log by a key that was named: they were taken away, or are somewhere else.' }];
}

/** A tree that agrees with every signed checkpoint is trusted as evidence. Any other tree is ignored. */
function isEvidence(tree: EventTree | null, statements: readonly CheckpointStatement[]): boolean {
  try {
    return tree !== null && isWhole(tree) && statements.every(({ events, root, position }) => events > tree.size || (tree.root(events).toString('hex') === root && tree.eventAt(events - 1).position === position));
  } catch {
    // A damaged tree is ignored. The log is authoritative.
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

/** A trigger could have dropped or changed events while they were written. */
function foreign(log: RawLog): readonly Finding[] {
  try {
    return log.foreignObjects().map((object) => ({ what: 'FOREIGN_OBJECT' as const, message: `The file of the events has ${object}, which the service did not create.` }));
  } catch {
    // The schema cannot be read, which is reported as damage.
    return [];
  }
}

async function differences(log: RawLog, reading: LogReading, statements: readonly CheckpointStatement[], tree: EventTree | null, maxCompared = MAX_COMPARED): Promise<readonly Finding[]> {
  const { suspects, agreedEvents, agreedWithTree, contradicted, agreesWithTree, unreadable } = reading;
  const isContradicted = contradicted !== undefined || (tree !== null && !agreesWithTree);
  if (suspects.size === 0 && !isContradicted && reading.gaps.length === 0 && reading.misplaced.length === 0) return [];
  const comparison = tree !== null && isContradicted && unreadable === undefined ? new TreeComparison(tree, Math.max(agreedEvents, agreedWithTree), maxCompared) : undefined;
  const last = statements.at(-1);
  const streams = new Map<string, RawEvent[]>();
  const unexamined = new Set<string>();
  let examined = 0;
  let [thanLast, thanContradicted]: (LeafEvent | undefined)[] = [];
  let index = 0;
  try {
    for await (const event of log.events()) {
      if (index >= reading.events) break;
      if (suspects.has(event.stream)) {
        if (examined < maxCompared || streams.has(event.stream)) examined = addTo(streams, event, examined);
        else unexamined.add(event.stream);
      }
      if (comparison && index >= comparison.from) comparison.take(event);
      if (last && index >= agreedEvents && event.occurredAt > last.time) thanLast ??= leafOf(event);
      if (contradicted && index >= agreedEvents && index < contradicted.events && event.occurredAt > contradicted.time) thanContradicted ??= leafOf(event);
      index += 1;
    }
  } catch {
    // Reported already: the file cannot be read to its end.
  }
  const restored = restoreMisfiledEvents(streams);
  const unfitting = [...streams.values()].flatMap((events) => suspectStream(events));
  const chain = [...restored, ...unfitting, ...misplacements(reading, unfitting), ...[...unexamined].map((stream) => brokenStream(stream, maxCompared))];
  const gaps = [...streams.values()].flatMap((events) => streamGaps(events));
  const roughly = (): readonly Finding[] => namedRoughly({ chain, gaps, reading, newer: { thanLast, thanContradicted }, last });
  if (!comparison) return roughly();
  const { further, ...compared } = comparison.result();
  const named = [...namedDifferences({ chain, gaps, reading, ...compared, knownFrom: comparison.from, statements }), ...further];
  // A tree that is as old as the log does not know later events.
  return named.length > 0 || contradicted === undefined ? named : roughly();
}

/** Reports events before the log's first position. No genuine event is there, so they were planted. */
function misplacements({ misplaced }: LogReading, found: readonly Finding[]): readonly Finding[] {
  const isNew = ({ stream, revision }: FoundAt): boolean => !found.some((finding) => finding.stream === stream && finding.revision === revision);
  return misplaced.filter(isNew).map((event) => about('EVENT_INSERTED', event, 'It stands before the first position of the log, which is 1.'));
}

const brokenStream = (stream: string, maxCompared: number): Finding => ({
  what: 'EVENT_EDITED', stream,
  message: `Its events do not follow from each other. They were not examined one by one, because streams with such events have more than ${maxCompared.toLocaleString('en')}.`,
});

function addTo(streams: Map<string, RawEvent[]>, event: RawEvent, examined: number): number {
  const events = streams.get(event.stream);
  if (events) events.push(event);
  else streams.set(event.stream, [event]);
  return examined + 1;
}
