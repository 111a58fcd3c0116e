import { canonicalJson } from '../../eventstore/eventHash';
import type { LogPosition } from '../../eventstore/eventStore';
import { hashesIn, isConsistent } from '../merkleTree';
import { type CheckpointStatement, checkpointOf, isSigned, isSignatureOf, objectOf, type Signature, type SignedCheckpoint, textOf, UnreadableCheckpoint } from './statement';

/** Format name in the signed text of a statement about a rewritten log, so that the signature is valid for nothing else. */
export const REWRITE_FORMAT = 'partner-access rewrite 1';

/** A field that was removed from events, or in which a name was replaced. */
interface RemovedField {
  /** Its path, such as `metadata.clientAddress`. */
  readonly field: string;
  /** The numbers of the events, from 0, in ascending order. */
  readonly leaves: readonly number[];
}

/** A proof that the log of the last checkpoint begins with that of an earlier one. */
interface RewriteConsistency {
  readonly events: number;
  /** Hashes in hex, separated by spaces. */
  readonly path: string;
}

/** A statement that a log was written anew without some fields of some of its events, under another identity. Everything else is as it was. */
export interface RewriteStatement {
  readonly format: typeof REWRITE_FORMAT;
  /** UUID of the new log. */
  readonly storeId: string;
  /** Number of events that were written anew: all those of the log before. */
  readonly events: number;
  /** Position of the last of them in the new log. */
  readonly position: LogPosition;
  /** Root, in hex, of the tree over them in the new log. */
  readonly root: string;
  /** The last checkpoint of the log before, over the same number of events. */
  readonly previous: SignedCheckpoint;
  /** Proofs that the log before begins with those of its earlier checkpoints. */
  readonly consistency: readonly RewriteConsistency[];
  readonly removed: readonly RemovedField[];
  /** Whose fields they are, as "erased person #n". */
  readonly person: string;
  /** Time of signing, ISO 8601 in UTC. */
  readonly time: string;
}

export interface SignedRewrite {
  readonly statement: RewriteStatement;
  /** Ed25519 over the statement's canonical JSON, by the key that signs checkpoints. */
  readonly signature: Signature;
}

/** The text that is signed. */
export const rewriteText = (statement: RewriteStatement): string => canonicalJson(statement);

/** The line of a statement in a file, without its line end. */
export const rewriteLine = (signed: SignedRewrite): string => canonicalJson(signed);

/** Tells whether the signature fits the statement, and that of the checkpoint of the log before fits that one. */
export const isWholeRewrite = ({ statement, signature }: SignedRewrite): boolean =>
  isSignatureOf(rewriteText(statement), signature) && isSigned(statement.previous) && statement.previous.statement.events === statement.events && statement.previous.statement.storeId !== statement.storeId;

/** What the new log held when it began, as a checkpoint would say it. */
export const beginningOf = ({ statement: { storeId, events, position, root, time } }: SignedRewrite): Omit<CheckpointStatement, 'format'> => ({ storeId, events, position, root, time });

/** Tells whether the log before began with that of an earlier checkpoint of it; null when no proof in the statement tells. */
export function fitsPrevious({ previous: { statement: last }, consistency }: RewriteStatement, kept: CheckpointStatement): boolean | null {
  if (kept.events > last.events) return false;
  if (kept.events === last.events) return kept.root === last.root && kept.position === last.position;
  const path = consistency.find(({ events }) => events === kept.events)?.path;
  if (path === undefined) return null;
  const hashes = hashesIn(path);
  return hashes !== null && isConsistent(treeOf(kept), treeOf(last), hashes);
}

const treeOf = ({ events, root }: CheckpointStatement): { readonly size: number; readonly root: Buffer } => ({ size: events, root: Buffer.from(root, 'hex') });

/** The logs that a log was made of, the one right before it first. */
export function ancestorsOf(storeId: string, rewrites: readonly SignedRewrite[]): readonly SignedRewrite[] {
  const found: SignedRewrite[] = [];
  for (let wanted = storeId; found.length < rewrites.length;) {
    const rewrite = rewrites.find((one) => one.statement.storeId === wanted && !found.includes(one));
    if (!rewrite) break;
    found.push(rewrite);
    wanted = rewrite.statement.previous.statement.storeId;
  }
  return found;
}

/** Takes a parsed value as a statement about a rewritten log, without checking its signatures. @throws UnreadableCheckpoint that says what is missing. */
export function rewriteOf(value: unknown): SignedRewrite {
  const { statement, signature, ...more } = objectOf(value, 'it');
  const { format, storeId, events, position, root, previous, consistency, removed, person, time, ...others } = objectOf(statement, 'its statement');
  if (format !== REWRITE_FORMAT) throw new UnreadableCheckpoint(`its format is not "${REWRITE_FORMAT}"`);
  if (Object.keys(more).length + Object.keys(others).length > 0) throw new UnreadableCheckpoint('it holds more than a statement about a rewritten log');
  const { keyId, publicKey, signature: bytes, ...rest } = objectOf(signature, 'its signature');
  if (Object.keys(rest).length > 0) throw new UnreadableCheckpoint('its signature holds more than a signature');
  return {
    statement: {
      format, storeId: textOf(storeId, 'storeId'), events: numberOf(events, 'events'), position: textOf(position, 'position'), root: textOf(root, 'root'), previous: checkpointOf(previous),
      consistency: listOf(consistency, 'consistency').map((one) => {
        const { events: of, path } = objectOf(one, 'a proof');
        return { events: numberOf(of, 'events of a proof'), path: textOf(path, 'path of a proof') };
      }),
      removed: listOf(removed, 'removed').map((one) => {
        const { field, leaves } = objectOf(one, 'a removed field');
        return { field: textOf(field, 'field'), leaves: listOf(leaves, 'leaves').map((leaf) => numberOf(leaf, 'leaf')) };
      }),
      person: textOf(person, 'person'), time: textOf(time, 'time'),
    },
    signature: { keyId: textOf(keyId, 'keyId'), publicKey: textOf(publicKey, 'publicKey'), signature: textOf(bytes, 'signature') },
  };
}

function listOf(value: unknown, field: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new UnreadableCheckpoint(`its ${field} is no list`);
  return value;
}

function numberOf(value: unknown, field: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new UnreadableCheckpoint(`its ${field} is not a whole number`);
  return value;
}
