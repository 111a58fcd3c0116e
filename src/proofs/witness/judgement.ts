import type { CountersignedCheckpoint } from '../checkpoints/countersignature';
import { isWhole, type SignedKeyStatement } from '../checkpoints/keyStatement';
import { isSigned, type SignedCheckpoint } from '../checkpoints/statement';
import { isConsistent } from '../merkleTree';
import type { PostedCheckpoint, RefusalCode } from './protocol';

/** What a witness holds, as far as it decides on a checkpoint. */
export interface HeldCheckpoints {
  /** Whether the witness accepts checkpoints that this key signed, without another key that introduces it. */
  accepts(keyId: string): boolean;
  /** The statements with which keys of a log have introduced others, as far as the witness has followed them. */
  keysOf(storeId: string): readonly SignedKeyStatement[];
  /** The same checkpoint, when it was countersigned before. */
  find(checkpoint: SignedCheckpoint): CountersignedCheckpoint | undefined;
  /** The checkpoint over the most events of a log. */
  latestOf(storeId: string): CountersignedCheckpoint | undefined;
  /** The latest checkpoint that a key signed, of whichever log. */
  latestBy(keyId: string): CountersignedCheckpoint | undefined;
}

/** The decision on a checkpoint: it is new and is to be countersigned, it was countersigned before, or it is refused. */
export type Judgement = { readonly accepted: SignedCheckpoint; /** What introduces its key, as far as that was not known. */ readonly introductions: readonly SignedKeyStatement[] } | { readonly known: CountersignedCheckpoint } | Refusal;

interface Refusal {
  readonly refused: Exclude<RefusalCode, 'BAD_REQUEST' | 'UNAUTHENTICATED' | 'NOT_STORED'>;
  /** One or two sentences: what is wrong, and what the witness holds. */
  readonly message: string;
  readonly holds?: CountersignedCheckpoint;
}

/**
 * Decides whether a witness countersigns a checkpoint: it is signed by an accepted key, and a proof says that it and the checkpoint that
 * the witness holds are of one log that only grew. A checkpoint over fewer events than the one that is held may come late.
 */
export function judged({ checkpoint, proof, keys }: PostedCheckpoint, held: HeldCheckpoints): Judgement {
  const { statement: { storeId, events, root, position }, keyId } = checkpoint;
  if (!isSigned(checkpoint)) return { refused: 'CHECKPOINT_FORGED', message: 'The signature of the checkpoint is not that of its statement.' };
  const known = held.find(checkpoint);
  if (known) return { known };
  const introductions = introductionsOf(checkpoint, keys, held);
  if (introductions === null) return { refused: 'KEY_NOT_ACCEPTED', message: `This witness does not accept checkpoints of the key ${keyId}, and no key that it accepts has introduced it. Whoever runs it names the keys with --log-key.` };
  const replaced = held.keysOf(storeId).find(({ statement }) => statement.previousKeyId === keyId && events > statement.events);
  if (replaced) return { refused: 'KEY_NOT_ACCEPTED', message: `The key ${replaced.statement.keyId} has taken the place of the key ${keyId} after ${numberOf(replaced.statement.events)}: whoever signs with it now has a copy of it.` };
  const ofKey = [keyId, ...introductions.map(({ statement }) => statement.previousKeyId ?? '')].map((id) => held.latestBy(id)).find((one) => one !== undefined && one.statement.storeId !== storeId);
  if (ofKey) {
    return { refused: 'ANOTHER_LOG', message: `The key ${ofKey.keyId} has signed another log before, and a key is for one log. This witness holds ${described(ofKey)}.`, holds: ofKey };
  }
  const latest = held.latestOf(storeId);
  if (!latest) return { accepted: checkpoint, introductions };
  const forked: Refusal = { refused: 'FORKED', message: `Nothing proves that the checkpoint over ${numberOf(events)} and what this witness holds are of one log that only grew. This witness holds ${described(latest)}.`, holds: latest };
  if (events === latest.statement.events) return root === latest.statement.root && position === latest.statement.position ? { accepted: checkpoint, introductions } : forked;
  if (proof?.events !== latest.statement.events) {
    return { refused: 'PROOF_NEEDED', message: `The checkpoint needs a proof about the one that this witness holds: ${described(latest)}.`, holds: latest };
  }
  const [one, other] = [treeOf(checkpoint), treeOf(latest)];
  const [smaller, larger] = one.size < other.size ? [one, other] : [other, one];
  return isConsistent(smaller, larger, proof.path) ? { accepted: checkpoint, introductions } : forked;
}

/** The statements that lead from an accepted key to that of the checkpoint, without those that are known; null when none do. */
function introductionsOf({ keyId, statement: { storeId } }: SignedCheckpoint, posted: readonly SignedKeyStatement[], held: HeldCheckpoints): readonly SignedKeyStatement[] | null {
  const followed = held.keysOf(storeId);
  const known = new Set(followed.map(({ statement }) => statement.keyId));
  // A key introduces one other: the first one that the witness has seen.
  const isNew = ({ statement }: SignedKeyStatement): boolean => !followed.some((other) => other.statement.previousKeyId === statement.previousKeyId);
  const candidates = posted.filter((one) => one.statement.change === 'ROTATED' && one.statement.storeId === storeId && isNew(one) && isWhole(one));
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
