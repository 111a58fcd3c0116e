import { type EventStore, headOf } from '../../eventstore/eventStore';
import { isCountersigned } from '../checkpoints/countersignature';
import type { CountersignedCheckpoints } from '../checkpoints/countersigned';
import type { CheckpointDirectory } from '../checkpoints/directory';
import type { SignedRewrite } from '../checkpoints/rewriteStatement';
import { type CheckpointStatement, isSigned, type SignedCheckpoint, UnreadableCheckpoint } from '../checkpoints/statement';
import type { EventTree } from '../eventTree';
import { Posting } from '../posting';
import { type ContinuationProof, parseAnswer, type PostedCheckpoint, postedBody, type WitnessAnswer } from './protocol';

/** The answer of a witness over HTTP. */
interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** Posts a body to the witness. Rejects with a short reason when there is no answer in time. */
export type PostToWitness = (message: { readonly messageId: string; readonly body: string }, signal: AbortSignal) => Promise<HttpAnswer>;

export interface WitnessProblem {
  /** Kind of the problem. `AWAY`: no answer, or none of a witness. `REFUSED`: the witness does not countersign. `LOG_FORKED`: what it holds is not part of this log. */
  readonly what: 'AWAY' | 'REFUSED' | 'LOG_FORKED';
  readonly message: string;
}

/** How far the checkpoints of the log are countersigned. */
export interface WitnessState {
  /** Number of checkpoints that are to be countersigned. */
  readonly waiting: number;
  /** Why they are not; null while the witness countersigns. */
  readonly problem: WitnessProblem | null;
  /** Since when there is a problem, ISO 8601 in UTC; null without one. */
  readonly since: string | null;
}

export interface WitnessSenderOptions {
  readonly store: EventStore;
  readonly storeId: string;
  readonly tree: EventTree;
  readonly checkpoints: CheckpointDirectory;
  readonly countersigned: CountersignedCheckpoints;
  readonly post: PostToWitness;
  /** ISO 8601 in UTC. */
  readonly now: () => string;
  /** Called when the problem becomes another one, and with null when the witness countersigns again. */
  readonly report: (problem: WitnessProblem | null) => void;
}

/** How often the same checkpoint is posted in one go: a witness may hold another one than the sender knows of. */
const MOST_POSTS = 3;

/** Up to where a proof begins. */
type ProvedFrom = Pick<CheckpointStatement, 'events' | 'position'>;

/** The next checkpoints are not posted now. */
class NotCountersigned extends Error {
  override readonly name = 'NotCountersigned';

  constructor(readonly problem: WitnessProblem) {
    super(problem.message);
  }
}

/**
 * Posts the checkpoints of a log to a witness, in their order, until it has countersigned each of them. What it answers is kept beside the
 * checkpoints, and what is kept there is not posted again. It begins with the latest checkpoint, which covers all before.
 */
export class WitnessSender {
  readonly #posting: Posting<WitnessProblem>;
  readonly #damaged = new WeakSet<SignedCheckpoint>();
  /** What the witness holds, as far as it is known. */
  #held: SignedCheckpoint | undefined;
  #seen: { readonly checkpoints: readonly SignedCheckpoint[]; readonly count: number; readonly waiting: readonly SignedCheckpoint[] } | undefined;

  constructor(private readonly options: WitnessSenderOptions) {
    this.#posting = new Posting(options.now, options.report);
  }

  /** How far the checkpoints are countersigned. Never throws: while the checkpoints cannot be read, it is what was known before. */
  get state(): WitnessState {
    return { waiting: this.#countWaiting(), problem: this.#posting.problem, since: this.#posting.since };
  }

  /** Posts what is to be countersigned, unless it rests after a failure. */
  async work(signal: AbortSignal): Promise<void> {
    if (this.#posting.isResting) return;
    this.#posting.note(await this.#sendAll(signal));
  }

  /** @returns why something is still to be countersigned, null when nothing is. */
  async #sendAll(signal: AbortSignal): Promise<WitnessProblem | null> {
    const isStopped = (): boolean => signal.aborted;
    const refusedKeys = new Set<string>();
    let refusal: WitnessProblem | null = null;
    try {
      for (const checkpoint of this.#waiting()) {
        if (isStopped()) return this.#posting.problem;
        if (!this.#isWhole(checkpoint) || refusedKeys.has(checkpoint.keyId)) continue;
        const problem = await this.#send(checkpoint, signal).then(() => null, problemOf);
        if (isStopped()) return this.#posting.problem;
        // The checkpoints of another key may be accepted all the same.
        if (problem?.what === 'REFUSED') refusedKeys.add(checkpoint.keyId);
        else if (problem !== null) return problem;
        else if (refusal === null && this.#posting.problem !== null) this.#posting.note(null);
        refusal ??= problem;
      }
      return refusal;
    } catch (error) {
      return problemOf(error);
    }
  }

  /** A damaged line is no checkpoint that could be countersigned; `verify` names it. */
  #isWhole(checkpoint: SignedCheckpoint): boolean {
    const isWhole = this.options.checkpoints.isWhole(checkpoint);
    if (!isWhole) this.#damaged.add(checkpoint);
    return isWhole;
  }

  #countWaiting(): number {
    try {
      return this.#waiting().filter((checkpoint) => !this.#damaged.has(checkpoint)).length;
    } catch {
      return this.#seen?.waiting.length ?? 0;
    }
  }

  /** The checkpoints that no witness has countersigned, from the first one on that it has; only the latest where it has none. */
  #waiting(): readonly SignedCheckpoint[] {
    const { checkpoints, countersigned } = this.options;
    const [all, count] = [checkpoints.all(), countersigned.count];
    if (this.#seen?.checkpoints !== all || this.#seen.count !== count) {
      const latest = checkpoints.latest();
      const since = countersigned.fewestEvents;
      const waiting = count === 0 ? (latest ? [latest] : []) : all.filter((checkpoint) => checkpoint.statement.events >= since && countersigned.of(checkpoint).length === 0);
      this.#seen = { checkpoints: all, count, waiting };
    }
    return this.#seen.waiting;
  }

  async #send(checkpoint: SignedCheckpoint, signal: AbortSignal): Promise<void> {
    const { countersigned } = this.options;
    this.#held ??= countersigned.latest().toSorted((a, b) => a.statement.events - b.statement.events).at(-1);
    let rewrite: SignedRewrite | null = null;
    for (let posts = 1; ; posts += 1) {
      // What the witness holds, or how the log began that was made of what it holds.
      const from: ProvedFrom | undefined = rewrite?.statement ?? this.#held?.statement;
      const proof = from === undefined ? null : await this.#proofBetween(from, checkpoint);
      const answer = await this.#posted({ checkpoint, proof, rewrite }, signal);
      if ('countersignature' in answer) {
        const whole = { ...checkpoint, countersignature: answer.countersignature };
        if (!isCountersigned(whole)) throw away('The witness answered with a countersignature that is not one of this checkpoint.');
        countersigned.add(whole);
        if (checkpoint.statement.events >= (this.#held?.statement.events ?? 0)) this.#held = checkpoint;
        return;
      }
      const { code, holds } = answer;
      const madeOf = holds && this.#rewriteOf(holds);
      if (code === 'PROOF_NEEDED' && holds !== undefined && isSigned(holds) && posts < MOST_POSTS) {
        this.#held = holds;
      } else if (madeOf && rewrite === null) {
        rewrite = madeOf;
      } else if (rewrite !== null) {
        throw refused(`This log was written anew to erase somebody, and the witness cannot follow it. ${AFTER_REWRITE}`);
      } else if (code === 'FORKED' || code === 'ANOTHER_LOG' || code === 'PROOF_NEEDED') {
        if (holds === undefined || !isSigned(holds)) throw refused('The witness says that this log is not the one that it has seen, and shows no signed checkpoint of that one. Ask whoever runs it.');
        await this.#compareWith(holds, checkpoint);
        throw refused('The witness says that this log is not the one that it has seen, and shows a checkpoint that is part of this log. Ask whoever runs it.');
      } else throw code === 'NOT_STORED' ? away('The witness cannot store the checkpoint now.') : refused(REFUSALS[code]);
    }
  }

  /** The statement that this log was made of the one of a checkpoint. */
  #rewriteOf({ statement: { storeId } }: SignedCheckpoint): SignedRewrite | undefined {
    const [latest] = this.options.checkpoints.rewrites;
    return latest?.statement.previous.statement.storeId === storeId ? latest : undefined;
  }

  /** Compares the log with a checkpoint that the witness shows. @throws NotCountersigned when it is not part of the log, or it cannot be told yet. */
  async #compareWith({ statement: { storeId, events, root, position, time }, keyId }: SignedCheckpoint, own: SignedCheckpoint): Promise<void> {
    const { tree, store, checkpoints } = this.options;
    // Anybody can sign something with a key of their own.
    const isOwnKey = keyId === own.keyId || checkpoints.all().some((checkpoint) => checkpoint.keyId === keyId);
    const forked = (message: string): NotCountersigned => new NotCountersigned(isOwnKey ? { what: 'LOG_FORKED', message } : { what: 'REFUSED', message: `${message} That key is not known here: ask whoever runs the witness.` });
    const shown = `a checkpoint of ${time} over ${events.toLocaleString('en')} events, signed by the key ${keyId}`;
    if (storeId !== this.options.storeId && checkpoints.rewrites.some(({ statement }) => statement.previous.statement.storeId === storeId)) {
      throw refused(`This log was written anew more than once since the witness saw it, which it cannot follow. ${AFTER_REWRITE}`);
    }
    if (storeId !== this.options.storeId) {
      throw forked(`The witness holds ${shown}, of another log, ${storeId}: this log was put in its place.`);
    }
    if (events > tree.size) {
      if ((await headOf(store)) < position) throw forked(`The witness holds ${shown}, up to position ${position}, where this log has no event: it was cut, or an older copy was restored.`);
      throw away(NOT_READ_YET);
    }
    if (tree.root(events).toString('hex') !== root || tree.eventAt(events - 1).position !== position) {
      throw forked(`The witness holds ${shown}, with which this log does not begin: it was changed, or an older copy was restored and continued.`);
    }
  }

  /** What this log proves. Where it has lost what the witness holds there is nothing to prove, which the witness is to know too. */
  async #proofBetween({ events, position }: ProvedFrom, checkpoint: SignedCheckpoint): Promise<ContinuationProof> {
    const { tree, store } = this.options;
    const [smaller, larger] = [Math.min(events, checkpoint.statement.events), Math.max(events, checkpoint.statement.events)];
    if (larger <= tree.size) return { events, path: tree.consistencyPath(smaller, larger) };
    if ((await headOf(store)) < position) return { events, path: [] };
    throw away(NOT_READ_YET);
  }

  async #posted({ checkpoint, proof, rewrite }: Omit<Required<PostedCheckpoint>, 'keys'>, signal: AbortSignal): Promise<WitnessAnswer> {
    const { checkpoints } = this.options;
    let answer: HttpAnswer;
    try {
      answer = await this.options.post({ messageId: messageIdOf(checkpoint), body: postedBody({ checkpoint, proof, rewrite, keys: checkpoints.keyStatements.filter(({ statement }) => statement.change === 'ROTATED') }) }, signal);
    } catch (error) {
      throw away(`The witness does not answer (${error instanceof Error ? error.message : String(error)}).`);
    }
    try {
      return parseAnswer(answer.body);
    } catch (error) {
      if (!(error instanceof UnreadableCheckpoint)) throw error;
      throw away(`What answers at CHECKPOINT_WITNESS_URL with status ${answer.status} is no witness.`);
    }
  }
}

const AFTER_REWRITE = 'Ask whoever runs the witness to move its checkpoints.ndjson away, to keep it, and to start the witness again.';
const NOT_READ_YET = 'The log is being read, so that nothing can be proved to the witness yet.';

const REFUSALS = {
  BAD_REQUEST: 'The witness does not understand the checkpoint. It may be of an older version.',
  UNAUTHENTICATED: 'The witness does not accept the signature of the request. CHECKPOINT_WITNESS_SECRET must be its --secret, and the two clocks may differ by five minutes.',
  KEY_NOT_ACCEPTED: 'The witness does not accept the key that signs checkpoints. Whoever runs it names the id of the key with --log-key.',
  CHECKPOINT_FORGED: 'The witness says that the signature of the checkpoint is wrong.',
} as const;

const away = (message: string): NotCountersigned => new NotCountersigned({ what: 'AWAY', message });
const refused = (message: string): NotCountersigned => new NotCountersigned({ what: 'REFUSED', message });

/** What else fails has to do with the files of this service, which others report too. */
const problemOf = (error: unknown): WitnessProblem =>
  error instanceof NotCountersigned ? error.problem : { what: 'AWAY', message: `The checkpoint cannot be posted now (${error instanceof Error ? error.message : String(error)}).` };

/** The id of the webhook, the same whenever the checkpoint is posted. */
const messageIdOf = ({ statement: { events }, signature }: SignedCheckpoint): string => `checkpoint_${events}_${Buffer.from(signature, 'base64').subarray(0, 12).toString('hex')}`;
