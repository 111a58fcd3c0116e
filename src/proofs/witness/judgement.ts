import type { CountersignedCheckpoint } from '../checkpoints/countersignature';
import { isWhole, type SignedKeyStatement } from '../checkpoints/keyStatement';
import { ancestorsOf, beginningOf, fitsPrevious, isWholeRewrite, type SignedRewrite } from '../checkpoints/rewriteStatement';
import { isSigned, type SignedCheckpoint } from '../checkpoints/statement';
import { isConsistent } from '../merkleTree';
import type { ContinuationProof, PostedCheckpoint, RefusalCode } from './protocol';

/** What a witness holds, as far as it decides on a checkpoint. */
export interface HeldCheckpoints {
  /** Whether the witness accepts checkpoints that this key signed, without another key that introduces it. */
  accepts(keyId: string): boolean;
  /** The statements with which keys of a log have introduced others, as far as the witness has followed them. */
  keysOf(storeId: string): readonly SignedKeyStatement[];
  /** The statements that it has followed from a log to the one that was made of it. */
  readonly rewrites: readonly SignedRewrite[];
  /** The same checkpoint, when it was countersigned before. */
  find(checkpoint: SignedCheckpoint): CountersignedCheckpoint | undefined;
  /** The checkpoint over the most events of a log. */
  latestOf(storeId: string): CountersignedCheckpoint | undefined;
  /** The latest checkpoint that a key signed, of whichever log. */
  latestBy(keyId: string): CountersignedCheckpoint | undefined;
}

/** The decision on a checkpoint: it is new and is to be countersigned, it was countersigned before, or it is refused. */
export type Judgement = Accepted | { readonly known: CountersignedCheckpoint } | Refusal;

interface Accepted {
  readonly accepted: SignedCheckpoint;
  /** What introduces its key, as far as that was not known. */
  readonly introductions: readonly SignedKeyStatement[];
  /** How its log was made of one that the witness holds, as far as that was not known. */
  readonly rewrite: SignedRewrite | null;
}

interface Refusal {
  readonly refused: Exclude<RefusalCode, 'BAD_REQUEST' | 'UNAUTHENTICATED' | 'NOT_STORED'>;
  /** One or two sentences: what is wrong, and what the witness holds. */
  readonly message: string;
  readonly holds?: CountersignedCheckpoint;
}

/**
 * Decides whether a witness countersigns a checkpoint: it is signed by an accepted key, and a proof says that it and the checkpoint that
 * the witness holds are of one log that only grew. A checkpoint over fewer events than the one that is held may come late. A log that was written
 * anew is followed where a signed statement says so, the log that the witness holds ended as that says, and the new one begins as it says.
 */
export function judged({ checkpoint, proof, keys, rewrite: posted = null }: PostedCheckpoint, held: HeldCheckpoints): Judgement {
  const { statement: { storeId, events, root, position }, keyId } = checkpoint;
  if (!isSigned(checkpoint)) return { refused: 'CHECKPOINT_FORGED', message: 'The signature of the checkpoint is not that of its statement.' };
  const known = held.find(checkpoint);
  if (known) return { known };
  const latest = held.latestOf(storeId);
  const stated = posted !== null && posted.statement.storeId === storeId && isWholeRewrite(posted) ? posted : null;
  const rewrite = latest ? null : stated ?? held.rewrites.find(({ statement }) => statement.storeId === storeId) ?? null;
  const logs = [storeId, ...ancestorsOf(storeId, [...held.rewrites, ...(rewrite ? [rewrite] : [])]).map(({ statement }) => statement.previous.statement.storeId)];
  const followed = logs.flatMap((log) => held.keysOf(log));
  const introductions = introductionsOf(checkpoint, { logs, followed, posted: keys, held });
  if (introductions === null) return { refused: 'KEY_NOT_ACCEPTED', message: `This witness does not accept checkpoints of the key ${keyId}, and no key that it accepts has introduced it. Whoever runs it names the keys with --log-key.` };
  const replaced = followed.find(({ statement }) => statement.previousKeyId === keyId && events > statement.events);
  if (replaced) return { refused: 'KEY_NOT_ACCEPTED', message: `The key ${replaced.statement.keyId} has taken the place of the key ${keyId} after ${numberOf(replaced.statement.events)}: whoever signs with it now has a copy of it.` };
  const ofKey = [keyId, ...introductions.map(({ statement }) => statement.previousKeyId ?? '')].map((id) => held.latestBy(id)).find((one) => one !== undefined && !logs.includes(one.statement.storeId));
  if (ofKey) {
    return { refused: 'ANOTHER_LOG', message: `The key ${ofKey.keyId} has signed another log before, and a key is for one log. This witness holds ${described(ofKey)}.`, holds: ofKey };
  }
  const accepted: Accepted = { accepted: checkpoint, introductions, rewrite };
  if (!latest) return rewrite === null ? accepted : followedTo(accepted, rewrite, { proof, held });
  const forked: Refusal = { refused: 'FORKED', message: `Nothing proves that the checkpoint over ${numberOf(events)} and what this witness holds are of one log that only grew. This witness holds ${described(latest)}.`, holds: latest };
  if (events === latest.statement.events) return root === latest.statement.root && position === latest.statement.position ? accepted : forked;
  if (proof?.events !== latest.statement.events) {
    return { refused: 'PROOF_NEEDED', message: `The checkpoint needs a proof about the one that this witness holds: ${described(latest)}.`, holds: latest };
  }
  const [one, other] = [treeOf(checkpoint), treeOf(latest)];
  const [smaller, larger] = one.size < other.size ? [one, other] : [other, one];
  return isConsistent(smaller, larger, proof.path) ? accepted : forked;
}

/** Decides on the first checkpoint of a log that was written anew. */
function followedTo(accepted: Accepted, { statement, signature }: SignedRewrite, { proof, held }: { readonly proof: ContinuationProof | null; readonly held: HeldCheckpoints }): Judgement {
  const { accepted: checkpoint, introductions } = accepted;
  const before = held.latestOf(statement.previous.statement.storeId);
  const refused = (why: string): Refusal => ({ refused: 'FORKED', message: `A statement says that the log was written anew, and ${why}.`, ...(before ? { holds: before } : {}) });
  const signers = [checkpoint.keyId, ...introductions.map(({ statement: { previousKeyId } }) => previousKeyId ?? '')];
  if (!before) return refused('this witness holds nothing of the log that it names');
  if (!signers.includes(signature.keyId) && !held.accepts(signature.keyId)) return refused(`it was signed by the key ${signature.keyId}, which this witness does not accept`);
  if (fitsPrevious(statement, before.statement) !== true) return refused(`nothing in it proves that the log before began with what this witness holds, ${described(before)}`);
  const beginning = beginningOf({ statement, signature });
  const [from, to] = [{ size: beginning.events, root: Buffer.from(beginning.root, 'hex') }, treeOf(checkpoint)];
  const begins = from.size === to.size ? from.root.equals(to.root) && beginning.position === checkpoint.statement.position : from.size < to.size && proof?.events === from.size && isConsistent(from, to, proof.path);
  return begins ? accepted : refused(`nothing proves that the checkpoint is of a log that begins as it says, with ${numberOf(beginning.events)}`);
}

/** What tells whether a key is accepted. */
interface KnownKeys {
  /** The log, and those that it was made of. */
  readonly logs: readonly string[];
  readonly followed: readonly SignedKeyStatement[];
  readonly posted: readonly SignedKeyStatement[];
  readonly held: HeldCheckpoints;
}

/** The statements that lead from an accepted key to that of the checkpoint, without those that are known; null when none do. */
function introductionsOf({ keyId }: SignedCheckpoint, { logs, followed, posted, held }: KnownKeys): readonly SignedKeyStatement[] | null {
  const known = new Set(followed.map(({ statement }) => statement.keyId));
  // A key introduces one other: the first one that the witness has seen.
  const isNew = ({ statement }: SignedKeyStatement): boolean => !followed.some((other) => other.statement.previousKeyId === statement.previousKeyId);
  const candidates = posted.filter((one) => one.statement.change === 'ROTATED' && logs.includes(one.statement.storeId) && isNew(one) && isWhole(one));
  const path: SignedKeyStatement[] = [];
  for (let at = keyId; !held.accepts(at) && !known.has(at);) {
    const introduction = candidates.find(({ statement }) => statement.keyId === at);
    if (!introduction || path.includes(introduction)) return null;
    path.unshift(introduction);
    at = introduction.statement.previousKeyId ?? '';
  }
  return path;
}

const described = ({ statement: { storeId, events, position, time } }: SignedCheckpoint): string => `a checkpoint of ${time} over ${numberOf(events)} of the log ${storeId}, up to position ${position}`;

const numberOf = (events: number): string => `${events.toLocaleString('en')} ${events === 1 ? 'event' : 'events'}`;

const treeOf = ({ statement: { events, root } }: SignedCheckpoint): { readonly size: number; readonly root: Buffer } => ({ size: events, root: Buffer.from(root, 'hex') });
