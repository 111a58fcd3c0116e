import type { RawEvent, RawLog } from '../../eventstore/rawEvents';
import type { LogPosition } from '../../eventstore/eventStore';
import { ChainCheck } from './chain';
import { CHECKPOINT_FORMAT, type CheckpointStatement, isSigned, type SignedCheckpoint } from '../checkpoints/statement';
import type { EventTree, TreeEvent } from '../eventTree';
import type { Finding, FoundAt } from './findings';
import { GrowingTree, leafHash } from '../merkleTree';
import type { CheckpointLine } from '../checkpoints/lines';
import { type CheckedKeys, checkedKeys, claimBehind, isKnown, type KnownRestores, restored, UNKNOWN_KEY } from './keys';
import type { StreamEnds } from '../streamEnds';
import { contradictedAncestors, forgedRewrites, replacementOf, rewritesOf } from './rewrites';
import { beginningOf, type RewriteStatement, type SignedRewrite } from '../checkpoints/rewriteStatement';

/** What is known about a log after reading it once. */
export interface LogReading {
  readonly events: number;
  /** Position of the last event, empty for an empty log. */
  readonly position: LogPosition;
  /** Streams with a problem in their chain. */
  readonly suspects: ReadonlySet<string>;
  /** First and last position of each gap, in a log that must not have any. */
  readonly gaps: readonly (readonly [first: LogPosition, last: LogPosition])[];
  /** Events at positions below 1, in a log that begins with 1. */
  readonly misplaced: readonly FoundAt[];
  /** Number of events of the last checkpoint that the log agrees with, 0 without one. */
  readonly agreedEvents: number;
  /** The first checkpoint that the log contradicts or does not reach. */
  readonly contradicted: CheckpointStatement | undefined;
  /** True when the log begins with all events of the tree. */
  readonly agreesWithTree: boolean;
  /** Number of events before the first one that the tree has otherwise, or not. */
  readonly agreedWithTree: number;
  /** Why the log could not be read to its end. */
  readonly unreadable: string | undefined;
}

/** A log, and what it is compared with while it is read. */
interface LogToRead {
  readonly log: RawLog;
  readonly statements: readonly CheckpointStatement[];
  readonly tree: EventTree | null;
  /** Takes the end of each stream. */
  readonly ends: StreamEnds;
}

/** Reads the log once. @param onEvent called before each event, with the number of events read so far, and the event. */
export async function readLog({ log, statements, tree, ends }: LogToRead, onEvent: (events: number, event: RawEvent) => void): Promise<LogReading> {
  const reader = new Reader(log.isDense, new ChainCheck(ends), statements, tree);
  let unreadable: string | undefined;
  try {
    for await (const event of log.events()) {
      onEvent(reader.events, event);
      reader.take(event);
    }
  } catch (error) {
    unreadable = error instanceof Error ? error.message : String(error);
  }
  return { ...reader.result(), unreadable };
}

class Reader {
  readonly #growing = new GrowingTree();
  readonly #known: Iterator<TreeEvent> | undefined;
  readonly #gaps: (readonly [LogPosition, LogPosition])[] = [];
  readonly #misplaced: FoundAt[] = [];
  #position: LogPosition = '';
  #agreesWithTree = true;
  #agreedWithTree = 0;
  #agreedEvents = 0;
  #contradicted: CheckpointStatement | undefined;
  #nextStatement = 0;

  constructor(
    private readonly isDense: boolean,
    private readonly chain: ChainCheck,
    private readonly statements: readonly CheckpointStatement[],
    tree: EventTree | null,
  ) {
    this.#known = tree?.events();
  }

  get events(): number {
    return this.#growing.size;
  }

  take(event: RawEvent): void {
    this.chain.take(event);
    this.#growing.add(leafHash(Buffer.from(event.hash, 'hex')));
    if (this.isDense) this.#notePlace(event);
    this.#position = event.position;
    const known = this.#agreesWithTree ? this.#known?.next() : undefined;
    if (known && known.done !== true) {
      if (known.value.hash !== event.hash || known.value.position !== event.position) this.#agreesWithTree = false;
      else this.#agreedWithTree += 1;
    }
    this.#compare();
  }

  result(): Omit<LogReading, 'unreadable'> {
    const more = this.#agreesWithTree ? this.#known?.next() : undefined;
    return {
      events: this.events,
      position: this.#position,
      suspects: this.chain.suspects,
      gaps: this.#gaps,
      misplaced: this.#misplaced,
      agreedEvents: this.#agreedEvents,
      contradicted: this.#contradicted ?? this.statements[this.#nextStatement],
      agreesWithTree: this.#agreesWithTree && (more === undefined || more.done === true),
      agreedWithTree: this.#agreedWithTree,
    };
  }

  #compare(): void {
    for (let statement = this.statements[this.#nextStatement]; statement?.events === this.events; statement = this.statements[this.#nextStatement]) {
      if (statement.root === this.#growing.root().toString('hex') && statement.position === this.#position && !this.#contradicted) this.#agreedEvents = statement.events;
      else this.#contradicted ??= statement;
      this.#nextStatement += 1;
    }
  }

  #notePlace({ stream, revision, position }: RawEvent): void {
    const [before, at] = [Math.max(Number(this.#position), 0), Number(position)];
    if (at < 1) this.#misplaced.push({ stream, revision, position });
    if (at > before + 1) this.#gaps.push([formatted(before + 1, position), formatted(at - 1, position)]);
  }
}

const formatted = (number: number, like: LogPosition): LogPosition => String(number).padStart(like.length, '0');

/** Valid checkpoints, and the problems of the others. */
export interface CheckedCheckpoints extends CheckedKeys {
  /** Statements about this log, by number of events. Those that a restore gave up are not among them. */
  readonly statements: readonly CheckpointStatement[];
  /** Ids of the keys that signed them. */
  readonly keyIds: readonly string[];
  /** The same, with their signatures. */
  readonly signed: readonly SignedCheckpoint[];
  /** Statements of before a restore, about events that it gave up. */
  readonly givenUp: readonly CheckpointStatement[];
  /** How the log was made of another one, said by trusted keys, the latest first. */
  readonly rewrites: readonly SignedRewrite[];
  /** What says that another log was made of this one, if something does. */
  readonly replacement: RewriteStatement | undefined;
  /** Number of checkpoints of the logs that this one was made of. */
  readonly ofAncestors: number;
  /** What the statements about keys and about a rewritten log say of the log. */
  readonly pinned: readonly CheckpointStatement[];
}

/**
 * Checks every line: whether it is a checkpoint with a valid signature by a trusted key. Null trusts any key.
 */
export function checkedCheckpoints(lines: readonly CheckpointLine[], storeId: string, trustedKeyIds: readonly string[] | null, knownRestores: KnownRestores = []): CheckedCheckpoints {
  const keys = checkedKeys(lines, storeId, trustedKeyIds);
  const { chain, isTrusted } = keys;
  const rewrites = rewritesOf(lines, storeId).filter(({ signature }) => isTrusted(signature.keyId));
  const ancestors = new Set(rewrites.map(({ statement }) => statement.previous.statement.storeId));
  const ofAncestors: SignedCheckpoint[] = [];
  const findings: Finding[] = [...keys.findings, ...forgedRewrites(lines)];
  const signed: SignedCheckpoint[] = [];
  const givenUp: CheckpointStatement[] = [];
  const ofOthers: SignedCheckpoint[] = [];
  // A checkpoint stands in several files: where it was signed, and where a witness countersigned it.
  const seen = new Set<string>();
  for (const { file, line, checkpoint, keyStatement, rewrite, problem } of lines) {
    if (keyStatement || rewrite) continue;
    if (!checkpoint) {
      findings.push({ what: 'CHECKPOINT_UNREADABLE', message: `Line ${line} of ${file} is not a checkpoint: ${problem}.` });
    } else if (!isSigned(checkpoint)) {
      findings.push({ what: 'CHECKPOINT_FORGED', position: checkpoint.statement.position, message: `The signature in line ${line} of ${file} is not that of its statement.` });
    } else if (!isTrusted(checkpoint.keyId)) {
      // Several services may keep their checkpoints in one directory, each with its own log and key. What an operator says of a key is a finding already.
      if (checkpoint.statement.storeId !== storeId || claimBehind(chain, checkpoint.keyId)) continue;
      findings.push({ what: 'CHECKPOINT_KEY_UNKNOWN', position: checkpoint.statement.position, message: `Line ${line} of ${file} was signed by the key ${checkpoint.keyId}, which is not one that was named. ${UNKNOWN_KEY}` });
    } else if (ancestors.has(checkpoint.statement.storeId)) {
      ofAncestors.push(checkpoint);
    } else if (checkpoint.statement.storeId !== storeId) {
      ofOthers.push(checkpoint);
    } else if (!seen.has(checkpoint.signature)) {
      seen.add(checkpoint.signature);
      if (chain.restoreBefore(checkpoint.statement)) givenUp.push(checkpoint.statement);
      else signed.push(checkpoint);
    }
  }
  if (ofOthers.length > 0 && signed.length + givenUp.length === 0) {
    findings.push({ what: 'LOG_REPLACED', message: `None of the ${ofOthers.length} checkpoints is about this log, ${storeId}: another log stands where the signed one was.` });
  }
  signed.sort((a, b) => a.statement.events - b.statement.events || (a.statement.time < b.statement.time ? -1 : 1));
  const keyIds = new Set(signed.map(({ keyId }) => keyId));
  const begun = signed[0]?.statement.time ?? '';
  const before = ofOthers.find(({ statement, keyId }) => statement.time < begun && keyIds.has(keyId));
  if (before) {
    const { keyId, statement } = before;
    findings.push({ what: 'LOG_REPLACED', message: `The key ${keyId} signed another log, ${statement.storeId}, before this one, ${storeId}, began: this one was put in its place.` });
  }
  findings.push(...contradictedAncestors(rewrites, ofAncestors));
  const pinned = chain.statements.filter((statement) => statement.storeId === storeId && isTrusted(statement.keyId));
  const beginnings: readonly CheckpointStatement[] = rewrites.filter(({ statement }) => statement.storeId === storeId).map((one) => ({ format: CHECKPOINT_FORMAT, ...beginningOf(one) }));
  for (const restore of chain.statements.filter((statement) => statement.change === 'RESTORED' && (statement.storeId === storeId || !isTrusted(statement.keyId)))) {
    const lost = givenUp.filter((statement) => chain.restoreBefore(statement) === restore);
    const isConfirmed = isTrusted(restore.keyId);
    if (!isConfirmed || (lost.length > 0 && !isKnown(knownRestores, restore.events))) findings.push(restored(restore, lost, isConfirmed));
  }
  return {
    chain, isTrusted, findings, signed, givenUp, rewrites, replacement: replacementOf(lines, storeId, isTrusted), ofAncestors: ofAncestors.length, statements: signed.map(({ statement }) => statement), keyIds: [...keyIds].sort(),
    pinned: [...beginnings, ...pinned.filter((statement) => !chain.restoreBefore(statement)).map(({ position, events, root, time }): CheckpointStatement => ({ format: CHECKPOINT_FORMAT, storeId, position, events, root, time }))],
  };
}
