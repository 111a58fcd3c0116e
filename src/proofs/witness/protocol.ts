import { type Countersignature, type CountersignedCheckpoint, countersignedOf, parsedCountersignature } from '../checkpoints/countersignature';
import { keyStatementOf, type SignedKeyStatement } from '../checkpoints/keyStatement';
import { rewriteOf, type SignedRewrite } from '../checkpoints/rewriteStatement';
import { checkpointLine, checkpointOf, objectOf, parseJson, type SignedCheckpoint, UnreadableCheckpoint } from '../checkpoints/statement';

/** What a service and a witness say to each other, as JSON over HTTP. A checkpoint is posted as a Standard Webhook, and countersigned in the answer. */

/** A proof (RFC 9162, section 2.1.4) about the posted checkpoint and the one that the witness holds: the larger log begins with the smaller one. */
export interface ContinuationProof {
  /** Number of events of the checkpoint that the witness holds. */
  readonly events: number;
  readonly path: readonly Buffer[];
}

/** A checkpoint as it is posted to a witness. */
export interface PostedCheckpoint {
  readonly checkpoint: SignedCheckpoint;
  /** Null where the sender does not know that the witness holds anything. */
  readonly proof: ContinuationProof | null;
  /** The statements with which keys of the log have introduced others, in their order. */
  readonly keys: readonly SignedKeyStatement[];
  /** How the log was made of another one; only where the witness holds that one, and nothing of this log yet. */
  readonly rewrite?: SignedRewrite | null;
}

/** Why a witness does not countersign. */
export type RefusalCode =
  /** The body is not a posted checkpoint. */
  | 'BAD_REQUEST'
  /** The Standard Webhooks signature is missing, wrong or too old. */
  | 'UNAUTHENTICATED'
  /** The checkpoint was signed by a key that the witness does not accept. */
  | 'KEY_NOT_ACCEPTED'
  /** The signature of the checkpoint is wrong. */
  | 'CHECKPOINT_FORGED'
  /** The witness holds another checkpoint than the sender knows of, and needs a proof about that one. */
  | 'PROOF_NEEDED'
  /** Nothing proves that the checkpoint and the one that the witness holds are of the same log. */
  | 'FORKED'
  /** The key has signed another log before. */
  | 'ANOTHER_LOG'
  /** The witness cannot store the checkpoint now. */
  | 'NOT_STORED';

const CODES: ReadonlySet<string> = new Set<RefusalCode>(['BAD_REQUEST', 'UNAUTHENTICATED', 'KEY_NOT_ACCEPTED', 'CHECKPOINT_FORGED', 'PROOF_NEEDED', 'FORKED', 'ANOTHER_LOG', 'NOT_STORED']);

/** What a witness answers: its countersignature, or why there is none. */
export type WitnessAnswer =
  | { readonly countersignature: Countersignature }
  | { readonly code: RefusalCode; readonly message: string; /** What the witness holds that the checkpoint was compared with. */ readonly holds?: CountersignedCheckpoint };

/** The `type` of the Standard Webhook. */
const POSTED_TYPE = 'checkpoint.signed';
const HASH = /^[0-9a-f]{64}$/;
/** A proof between logs of 2^53 events is shorter. */
const MOST_HASHES = 128;
/** The latest statements about keys are posted, which a witness that was away for longer does not know yet. */
const MOST_STATEMENTS = 20;

/** The body of a posted checkpoint. It is the same whenever the same is sent. */
export function postedBody({ checkpoint, proof, keys, rewrite = null }: PostedCheckpoint): string {
  const path = proof?.path.map((hash) => hash.toString('hex'));
  const data = { checkpoint, proof: proof && { events: proof.events, path }, ...(keys.length === 0 ? {} : { keys: keys.slice(-MOST_STATEMENTS) }), ...(rewrite === null ? {} : { rewrite }) };
  return JSON.stringify({ type: POSTED_TYPE, timestamp: checkpoint.statement.time, data });
}

/** Parses the body of a posted checkpoint. Signatures are not checked. @throws UnreadableCheckpoint that says what is missing. */
export function parsePosted(body: string): PostedCheckpoint {
  const { type, data } = objectOf(parseJson(body), 'it');
  if (type !== POSTED_TYPE) throw new UnreadableCheckpoint(`its type is not "${POSTED_TYPE}"`);
  const { checkpoint, proof = null, keys = [], rewrite = null } = objectOf(data, 'its data');
  if (!Array.isArray(keys) || keys.length > MOST_STATEMENTS) throw new UnreadableCheckpoint(`its keys are not a list of at most ${MOST_STATEMENTS} statements`);
  return { checkpoint: plainCheckpoint(checkpoint), proof: proof === null ? null : proofIn(proof), keys: keys.map(keyStatementOf), ...(rewrite === null ? {} : { rewrite: rewriteOf(rewrite) }) };
}

/** Parses what a witness answered. Signatures are not checked. @throws UnreadableCheckpoint when it is not an answer of a witness. */
export function parseAnswer(body: string): WitnessAnswer {
  const { countersignature, code, message, holds } = objectOf(parseJson(body), 'it');
  if (countersignature !== undefined) return { countersignature: parsedCountersignature(countersignature) };
  if (typeof code !== 'string' || !CODES.has(code)) throw new UnreadableCheckpoint('it has neither a countersignature nor a known code');
  return { code: code as RefusalCode, message: typeof message === 'string' ? message : '', ...(holds === undefined ? {} : { holds: countersignedOf(holds) }) };
}

/** Parses a checkpoint of which every part has the form that it always has, so that it can be stored and shown. */
function plainCheckpoint(value: unknown): SignedCheckpoint {
  const checkpoint = checkpointOf(value);
  const { statement: { storeId, position, root, time } } = checkpoint;
  if (!/^[\w-]{1,64}$/.test(storeId)) throw new UnreadableCheckpoint('its storeId is not an id');
  if (!/^[\w/:.-]{1,64}$/.test(position)) throw new UnreadableCheckpoint('its position is not a position');
  if (!HASH.test(root)) throw new UnreadableCheckpoint('its root is not a hash');
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(time)) throw new UnreadableCheckpoint('its time is not a time in UTC');
  if (checkpointLine(checkpoint).length > MOST_CHARACTERS) throw new UnreadableCheckpoint('it is too long');
  return checkpoint;
}

/** Characters of the line of a checkpoint; it has about 500. */
const MOST_CHARACTERS = 2_000;

function proofIn(value: unknown): ContinuationProof {
  const { events, path } = objectOf(value, 'its proof');
  const isPath = Array.isArray(path) && path.length <= MOST_HASHES && path.every((hash) => typeof hash === 'string' && HASH.test(hash));
  if (typeof events !== 'number' || !Number.isSafeInteger(events) || events < 1 || !isPath) throw new UnreadableCheckpoint('its proof is not a number of events and a list of hashes');
  return { events, path: (path as readonly string[]).map((hash) => Buffer.from(hash, 'hex')) };
}
