import { createHash } from 'node:crypto';
import { canonicalJson, eventHash, FIRST_PREVIOUS_HASH } from '../../eventstore/eventHash';
import type { JsonObject } from '../../eventstore/eventStore';
import { sealedBy } from '../bundle';
import type { CheckpointLine } from '../checkpoints/lines';
import { type CheckpointStatement, isSigned, parseCheckpoint, type SignedCheckpoint, UnreadableCheckpoint } from '../checkpoints/statement';
import { bundleLine, CHECKPOINT_TYPE, CloudEvent, EVERYTHING, EXPORT_TYPE, type ExportSelection, isEverything, isSelected, requestOf, UnreadableLine } from '../events';
import { keyLinesIn } from './bundleKeys';
import type { BundleVerification, ReadBundle } from './bundleResult';
import { about, type Finding, type FindingKind, type FoundAt } from './findings';
import { areProofs, type Comparison, comparedWithKept, type KeptEvidence, NOTHING_KEPT } from './kept';
import { hashesIn, isIncluded, leafHash } from '../merkleTree';
import { isDisclosureProved, namedIn, textOrNull, toldIn } from './disclosed';
import { claimBehind, replacedKeys, UNKNOWN_KEY } from './keys';
import { checkedCheckpoints, type CheckedCheckpoints } from './reading';
import { ReviewCheck } from './review';
import type { ReviewReport } from '../review/report';
import { wentOn } from './rewrites';
import { isStamped, timeStampOfBundle } from './timeStamps';
import { areCountersigned, witnessesOfBundle } from './witnesses';

interface Read extends FoundAt {
  readonly hash: string;
  readonly previousHash: string;
  /** Digest of what it holds, without the event before it. */
  readonly contents: string;
  readonly leafIndex: number | null;
  /** The proof as it stands in the line. */
  readonly path: string;
}

/**
 * Verifies an evidence bundle using its own contents and what was kept of its log.
 * @param trustedKeyIds keys that may sign; null allows any key.
 */
export async function verifyBundle(lines: AsyncIterable<string>, trustedKeyIds: readonly string[] | null, kept: KeptEvidence = NOTHING_KEPT): Promise<BundleVerification> {
  return (await readBundle(lines, trustedKeyIds, kept)).verification;
}

/** Verifies an evidence bundle as `verifyBundle` does, and returns the hashes of its events too. */
export async function readBundle(lines: AsyncIterable<string>, trustedKeyIds: readonly string[] | null, kept: KeptEvidence = NOTHING_KEPT): Promise<ReadBundle> {
  const reader = new BundleReader(trustedKeyIds, kept);
  try {
    for await (const line of lines) {
      reader.take(line);
      if (!reader.isBundle) break;
    }
  } catch (error) {
    if (!(error instanceof UnreadableLine)) throw error;
    reader.stopAt(error);
  }
  return reader.finish();
}

class BundleReader {
  readonly #findings: Finding[] = [];
  readonly #events: Read[] = [];
  readonly #digest = createHash('sha256');
  #line = 0;
  #storeId: string | undefined;
  #end: JsonObject | undefined;
  #beforeEnd = '';
  #isEndWhole = true;
  #asked: ExportSelection = EVERYTHING;
  #isAskedWhole = true;
  /** Set for a bundle of an access review. */
  #review: ReviewCheck | undefined;
  #linesBehind = 0;
  #lastLeaf = -1;
  #outside: FoundAt | undefined;
  readonly #accused = new Set<string>();

  constructor(
    private readonly trustedKeyIds: readonly string[] | null,
    private readonly kept: KeptEvidence,
  ) {}

  /** False when the file is not a bundle, so that reading can stop. */
  get isBundle(): boolean {
    return this.#storeId !== undefined;
  }

  /** Notes that the next line cannot be read, nor any line after it. */
  stopAt({ message }: UnreadableLine): void {
    this.#findings.push({ what: 'BUNDLE_UNREADABLE', message: `Line ${this.#line + 1} is not what stands in a bundle: ${message}. Nothing was read from there on.` });
  }

  take(text: string): void {
    this.#line += 1;
    if (this.#end) {
      this.#linesBehind += 1;
      return;
    }
    try {
      const event = CloudEvent.parse(text);
      this.#storeId ??= event.storeId;
      if (this.#line === 1 && event.type !== EXPORT_TYPE) throw new UnreadableLine('a bundle begins with what was asked for');
      if (event.storeId !== this.#storeId) throw new UnreadableLine('it comes from another log');
      if (this.#line === 1) this.#takeQuestion(event, text);
      if (event.type === CHECKPOINT_TYPE) {
        this.#end = event.data;
        this.#isEndWhole = text === bundleLine(event.storeId, CHECKPOINT_TYPE, 'checkpoint', event.data);
        this.#beforeEnd = this.#digest.copy().digest('hex');
      } else if ((event.type !== EXPORT_TYPE || this.#line !== 1) && this.#review?.takeLine(event, text) !== true) {
        this.#takeEvent(event);
      }
    } catch (error) {
      if (!(error instanceof UnreadableLine)) throw error;
      this.#findings.push({ what: 'BUNDLE_UNREADABLE', message: `Line ${this.#line} is not what stands in a bundle: ${error.message}.` });
    }
    this.#digest.update(`${text}\n`);
  }

  finish(): ReadBundle {
    this.#checkStreams();
    const keyLines = this.#keyLines();
    const checked = checkedCheckpoints([...this.kept.checkpointLines, ...keyLines], this.#storeId ?? '', this.trustedKeyIds, this.kept.knownRestores);
    const signed = this.#checkpoint(checked);
    const statement = signed?.statement ?? null;
    // Without a valid checkpoint, proofs are meaningless.
    if (this.#end && !this.#findings.some(({ what }) => what.startsWith('CHECKPOINT'))) {
      for (const event of this.#events) this.#checkProof(event, statement);
      this.#checkAll(statement);
    }
    const report = this.#checkReview();
    const attested = { storeId: this.#storeId ?? '', statement, end: this.#end };
    const [witnessed, stamps] = [witnessesOfBundle(attested, checked, this.kept.witnessKeyIds), timeStampOfBundle(attested, checked, this.kept.authorities)];
    this.#findings.push(...witnessed.findings, ...stamps.findings);
    const sealedBy = this.#checkWhole(checked);
    const { compared, notCompared, withoutProof, givenUp, findings } = this.#comparedWithKept(statement, checked);
    const verification: BundleVerification = {
      storeId: this.#storeId ?? '',
      events: this.#events.length,
      provenEvents: this.#events.filter(({ leafIndex }) => leafIndex !== null).length,
      checkpoint: statement,
      sealedBy,
      keyIds: signed === null ? [] : [signed.keyId],
      comparedCheckpoints: compared,
      otherCheckpoints: notCompared,
      checkpointsWithoutProof: withoutProof,
      review: report?.review ?? null,
      givenUpCheckpoints: givenUp,
      keyChanges: checked.chain.statements,
      rewrites: checked.rewrites,
      witnesses: witnessed.witnesses,
      timeStamp: stamps.timeStamp,
      findings: [...this.#findings, ...witnessed.missing, ...stamps.missing, ...checked.findings, ...replacedKeys(checked, signed ? [...checked.signed, signed] : checked.signed), ...(statement ? wentOn(checked, statement) : []), ...findings],
    };
    return { verification, checkpoint: signed, report, hashes: new Map(this.#events.map(({ position, hash }) => [position, hash])), contents: new Map(this.#events.map(({ position, contents }) => [position, contents])), keyLines };
  }

  /** The statements about keys in the last line. */
  #keyLines(): readonly CheckpointLine[] {
    try {
      return keyLinesIn(this.#end, this.#line - this.#linesBehind);
    } catch (error) {
      if (!(error instanceof UnreadableCheckpoint)) throw error;
      this.#findings.push({ what: 'CHECKPOINT_UNREADABLE', message: `The statements about keys in the last line are none: ${error.message}.` });
      return [];
    }
  }

  #comparedWithKept(statement: CheckpointStatement | null, checked: CheckedCheckpoints): Comparison {
    const isComplete = isEverything(this.#asked) && this.#findings.length === 0;
    return comparedWithKept({ storeId: this.#storeId ?? '', statement, isComplete, events: this.#events, consistency: this.#end?.['consistency'] ?? null }, this.kept, checked);
  }

  #takeEvent(event: CloudEvent): void {
    const [stream, revision] = [event.text('subject'), event.number('revision')];
    const contents = {
      id: event.text('id'), type: event.eventType, schemaVersion: event.number('schemaversion'), occurredAt: event.text('time'), stream, revision,
      dataJson: canonicalJson(event.data), metadataJson: event.text('metadatajson'),
    };
    const read: Read = {
      stream, revision, position: event.text('position'), hash: event.text('hash'), previousHash: event.text('previoushash'), contents: eventHash('', contents),
      leafIndex: event.has('leafindex') ? event.number('leafindex') : null,
      path: event.has('inclusionproof') ? event.text('inclusionproof') : '',
    };
    this.#checkAttributes(event, read);
    if (eventHash(read.previousHash, contents) !== read.hash) this.#accuse('EVENT_EDITED', read, 'Its contents and the event before it do not give its hash.');
    if (!event.isWhole && !this.#isAccused(read)) this.#accuse('EVENT_EDITED', read, 'Its line holds something that is not part of the event.');
    if (!(this.#review?.has({ ...contents, data: event.data }) ?? isSelected({ ...contents, data: event.data }, this.#asked))) this.#outside ??= read;
    this.#review?.takeEvent(event, toldIn(event));
    this.#checkPlace(read);
    this.#events.push(read);
  }

  #takeQuestion({ storeId, data }: CloudEvent, text: string): void {
    const { app, from, to, review, administration } = data;
    this.#asked = { appId: textOrNull(app), from: textOrNull(from), to: textOrNull(to), administration: administration === true && typeof review !== 'string' };
    if (typeof review === 'string') this.#review = new ReviewCheck(review, this.#asked.appId);
    // A review has a time of its own.
    const asked = typeof review === 'string' ? { app: this.#asked.appId, from: null, to: null, review } : requestOf(this.#asked);
    this.#isAskedWhole = text === bundleLine(storeId, EXPORT_TYPE, 'export', asked);
  }

  #accuse(what: FindingKind, event: FoundAt, message: string): void {
    this.#accused.add(placeOf(event));
    this.#findings.push(about(what, event, message));
  }

  /** Checks that values that appear twice in a line are equal. */
  #checkAttributes(event: CloudEvent, read: Read): void {
    const named = canonicalJson({ actorId: event.text('actorid'), correlationId: event.text('correlationid') });
    if (canonicalJson(namedIn(event.text('metadatajson'))) !== named) this.#accuse('EVENT_EDITED', read, 'Its attributes are not those of its metadata.');
    if (!isDisclosureProved(event)) this.#accuse('EVENT_EDITED', read, 'Nothing proves that its person is the one who is sealed in it.');
  }

  /** Checks that events are in log order. Texts of another length sort otherwise than the events stand. */
  #checkPlace(event: Read): void {
    const latest = this.#events.at(-1);
    if (latest && event.position.length !== latest.position.length) this.#accuse('EVENT_REORDERED', event, `Its position has another length than ${latest.position}, that of the event before.`);
    if (!latest || event.position > latest.position) return;
    const isCopy = this.#events.some(({ position }) => position === event.position);
    if (isCopy) this.#accuse('EVENT_INSERTED', event, 'Another event stands at its position already.');
    else this.#accuse('EVENT_REORDERED', event, `It stands behind the event at position ${latest.position}.`);
  }

  /** Checks that each stream is a chain without gaps, from its beginning when the selection has no start; with gaps where only some events of a stream are selected. */
  #checkStreams(): void {
    const streams = new Map<string, Read[]>();
    for (const event of this.#events) {
      const ofStream = streams.get(event.stream);
      if (ofStream) ofStream.push(event);
      else streams.set(event.stream, [event]);
    }
    for (const [stream, events] of streams) {
      let before: Read | undefined;
      const isPartial = this.#review?.isPartial(stream) ?? this.#asked.administration === true;
      for (const event of [...events].sort((a, b) => a.revision - b.revision)) {
        if (isPartial && before?.revision !== event.revision - 1) before = undefined;
        const expected = before ? before.revision + 1 : this.#asked.from === null && !isPartial ? 0 : event.revision;
        const gone = event.revision - expected;
        if (gone > 0) this.#findings.push({ what: 'EVENT_REMOVED', stream, revision: expected, message: `${gone === 1 ? 'The event is' : `${gone} events from here on are`} missing in the bundle.` });
        const previous = event.revision === 0 ? FIRST_PREVIOUS_HASH : gone === 0 ? before?.hash : undefined;
        if (previous !== undefined && event.previousHash !== previous && !this.#isAccused(event)) this.#accuse('EVENT_EDITED', event, 'It does not follow from the event before it in its stream.');
        before = event;
      }
    }
  }

  #checkpoint({ chain, isTrusted }: CheckedCheckpoints): SignedCheckpoint | null {
    const signed = this.#end?.['checkpoint'];
    if (!this.#end || signed === null) return null;
    try {
      const checkpoint = parseCheckpoint(JSON.stringify(signed ?? null));
      const { statement, keyId } = checkpoint;
      const wrong = (what: FindingKind, message: string): void => void this.#findings.push({ what, position: statement.position, message });
      if (!isSigned(checkpoint)) wrong('CHECKPOINT_FORGED', 'The signature is not that of the statement.');
      else if (!isTrusted(keyId) && !claimBehind(chain, keyId)) wrong('CHECKPOINT_KEY_UNKNOWN', `It was signed by the key ${keyId}, which is not one that was named. ${UNKNOWN_KEY}`);
      if (statement.storeId !== this.#storeId) wrong('CHECKPOINT_CONTRADICTED', 'The checkpoint of the bundle is about another log.');
      return checkpoint;
    } catch (error) {
      if (!(error instanceof UnreadableCheckpoint)) throw error;
      this.#findings.push({ what: 'CHECKPOINT_UNREADABLE', message: `The checkpoint of the bundle is none: ${error.message}.` });
      return null;
    }
  }

  /** Checks the lines of an access review against its events, when there is nothing to say about the events. */
  #checkReview(): ReviewReport | null {
    if (!this.#review || this.#findings.length > 0) return null;
    const { report, findings } = this.#review.result();
    this.#findings.push(...findings);
    if (report && this.#events.some(({ leafIndex }) => leafIndex === null)) this.#findings.push({ what: 'PROOF_WRONG', message: 'No checkpoint in the file covers the sign-off of the review.' });
    return report;
  }

  #checkProof(event: Read, statement: CheckpointStatement | null): void {
    if (!statement || event.position > statement.position) {
      if (event.leafIndex !== null) this.#accuse('PROOF_WRONG', event, 'It has a proof, and no checkpoint that this could be about.');
      return;
    }
    const path = hashesIn(event.path);
    const isProved = event.leafIndex !== null && path !== null && isIncluded(leafHash(Buffer.from(event.hash, 'hex')), event.leafIndex, statement.events, path, Buffer.from(statement.root, 'hex'));
    if (!isProved && !this.#isAccused(event)) this.#accuse('PROOF_WRONG', event, 'Nothing proves that it was in the log when the checkpoint was signed.');
    if (!isProved) return;
    if (event.leafIndex <= this.#lastLeaf && !this.#isAccused(event)) this.#accuse('EVENT_REORDERED', event, 'Its position is not its place in the log of the checkpoint.');
    this.#lastLeaf = Math.max(this.#lastLeaf, event.leafIndex);
  }

  #isAccused({ stream, revision }: Pick<FoundAt, 'stream' | 'revision'>): boolean {
    return this.#accused.has(placeOf({ stream, revision }));
  }

  /** Checks the end and the seal. Returns the id of the key that sealed the bundle. */
  #checkWhole({ isTrusted, findings }: CheckedCheckpoints): string | null {
    if (!this.#end) {
      if (this.isBundle) this.#findings.push({ what: 'TAIL_CUT_OFF', message: 'The bundle has lost its end: its last line is not the checkpoint.' });
      else if (this.#findings.length === 0) this.#findings.push({ what: 'BUNDLE_UNREADABLE', message: 'It is empty.' });
      return null;
    }
    const { checkpoint = null, events = null, sha256 = null, consistency, keys, rewrites, countersigned, stamped, seal = null, ...more } = this.#end;
    if (typeof events === 'number' && events > this.#events.length && !this.#findings.some(({ what }) => what === 'EVENT_REMOVED')) {
      this.#findings.push({ what: 'EVENT_REMOVED', message: `${events} events were exported and ${this.#events.length} are here.` });
    }
    if (this.#linesBehind > 0) this.#findings.push({ what: 'BUNDLE_CHANGED', message: `${this.#linesBehind} lines stand behind the checkpoint that ends the bundle.` });
    const isUnsealed = this.trustedKeyIds === null && seal === null;
    const keyId = sealedBy(seal, this.#storeId ?? '', { checkpoint, events, sha256, consistency, keys, rewrites, countersigned, stamped });
    const isWhole = sha256 === this.#beforeEnd && events === this.#events.length && Object.keys(more).length === 0 && (consistency === undefined || areProofs(consistency)) &&
      (countersigned === undefined || areCountersigned(countersigned)) && (stamped === undefined || isStamped(stamped)) && this.#isEndWhole && this.#isAskedWhole;
    const changed = (message: string): void => {
      if (this.#findings.length === 0) this.#findings.push({ what: 'BUNDLE_CHANGED', message });
    };
    if (!isWhole) changed('Its lines are not those that were exported.');
    if (this.#outside) changed(`It holds something that was not asked for: revision ${this.#outside.revision} of ${this.#outside.stream}.`);
    if (seal !== null && keyId === null) changed('Its seal is not that of these lines.');
    const isSealed = isUnsealed || (keyId !== null && isTrusted(keyId));
    if (!isSealed && this.#findings.length + findings.length === 0) this.#findings.push({ what: 'BUNDLE_UNSEALED', message: 'No key that was named says that these are all lines of the bundle.' });
    return keyId;
  }

  /** Checks, for an export of the whole log, that every event of the checkpoint's log is present. */
  #checkAll(statement: CheckpointStatement | null): void {
    if (!statement || !isEverything(this.#asked) || this.#findings.length > 0) return;
    const missing = statement.events - this.#events.filter(({ leafIndex }) => leafIndex !== null).length;
    if (missing > 0) this.#findings.push({ what: 'EVENT_REMOVED', message: `${missing} of the ${statement.events} events of the log that the checkpoint is about are not here.` });
  }
}

const placeOf = ({ stream, revision }: Pick<FoundAt, 'stream' | 'revision'>): string => `${revision} ${stream}`;
