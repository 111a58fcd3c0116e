import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto';
import { canonicalJson } from '../../eventstore/eventHash';
import type { LogPosition } from '../../eventstore/eventStore';

/** Format name in the signed text of a checkpoint, so that the signature is valid for nothing else. */
export const CHECKPOINT_FORMAT = 'partner-access checkpoint 1';

/** A statement of what the log held at one moment. */
export interface CheckpointStatement {
  readonly format: typeof CHECKPOINT_FORMAT;
  /** UUID of the log. */
  readonly storeId: string;
  /** Position of the last event. */
  readonly position: LogPosition;
  /** Number of events from the beginning. */
  readonly events: number;
  /** Root, in hex, of the tree over the events' hashes in log order (RFC 9162, SHA-256). */
  readonly root: string;
  /** Time of signing, ISO 8601 in UTC. */
  readonly time: string;
}

export interface SignedCheckpoint {
  readonly statement: CheckpointStatement;
  /** SHA-256 of the public key's SPKI, in hex. */
  readonly keyId: string;
  /** Public key, SPKI in base64. */
  readonly publicKey: string;
  /** Ed25519 over the statement's canonical JSON (RFC 8785), in base64. */
  readonly signature: string;
}

/** The text is not a signed checkpoint. */
export class UnreadableCheckpoint extends Error {
  override readonly name = 'UnreadableCheckpoint';
}

/** The text that is signed. */
export const statementText = (statement: CheckpointStatement): string => canonicalJson(statement);

/** The line of a checkpoint in a file, without its line end. */
export const checkpointLine = (checkpoint: SignedCheckpoint): string => canonicalJson(checkpoint);

/** The id of a public key: the hex SHA-256 of its SPKI. */
export const keyIdOf = (publicKey: KeyObject): string => hash('sha256', publicKey.export({ type: 'spki', format: 'der' }), 'hex');

/** Parses a checkpoint without checking its signature. @throws UnreadableCheckpoint that says what is missing. */
export const parseCheckpoint = (line: string): SignedCheckpoint => checkpointOf(parseJson(line));

/** Takes a parsed value as a checkpoint without checking its signature. @throws UnreadableCheckpoint that says what is missing. */
export function checkpointOf(value: unknown): SignedCheckpoint {
  const { statement, keyId, publicKey, signature } = objectOf(value, 'it');
  const { format, storeId, position, events, root, time } = objectOf(statement, 'its statement');
  if (format !== CHECKPOINT_FORMAT) throw new UnreadableCheckpoint(`its format is not "${CHECKPOINT_FORMAT}"`);
  if (typeof events !== 'number' || !Number.isSafeInteger(events) || events < 1) throw new UnreadableCheckpoint('its number of events is not a whole number from 1');
  return {
    statement: { format, storeId: textOf(storeId, 'storeId'), position: textOf(position, 'position'), events, root: textOf(root, 'root'), time: textOf(time, 'time') },
    keyId: textOf(keyId, 'keyId'),
    publicKey: textOf(publicKey, 'publicKey'),
    signature: textOf(signature, 'signature'),
  };
}

/** Tells whether the statement was signed by the checkpoint's key and is unchanged. */
export const isSigned = ({ statement, ...signature }: SignedCheckpoint): boolean => isSignatureOf(statementText(statement), signature);

/** A signature: key id (SHA-256 in hex), public key (SPKI) and signature, both in base64. */
export interface Signature {
  readonly keyId: string;
  readonly publicKey: string;
  readonly signature: string;
}

/** Tells whether this is an Ed25519 signature of the text by the named key, in its only valid encoding. */
export function isSignatureOf(text: string, { keyId, publicKey, signature }: Signature): boolean {
  const bytes = Buffer.from(signature, 'base64');
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
    // Bytes after the key and surplus bits of base64 are not parsed, so the encodings are compared.
    const isPlain = key.export({ type: 'spki', format: 'der' }).toString('base64') === publicKey && bytes.toString('base64') === signature;
    return isPlain && key.asymmetricKeyType === 'ed25519' && keyIdOf(key) === keyId && verify(null, Buffer.from(text), key, bytes);
  } catch {
    return false;
  }
}

/** @throws UnreadableCheckpoint when the line is not JSON. */
export function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new UnreadableCheckpoint('it is not JSON');
  }
}

/** @throws UnreadableCheckpoint when the value is not an object. */
export function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UnreadableCheckpoint(`${what} is not an object`);
  return { ...value };
}

/** @throws UnreadableCheckpoint when the value is not a text, or empty. */
export function textOf(value: unknown, field: string): string {
  if (typeof value !== 'string' || value === '') throw new UnreadableCheckpoint(`its ${field} is missing`);
  return value;
}

/** Signs checkpoints and the ends of bundles. */
export interface Signer {
  /** SHA-256 of the public key's SPKI, in hex. */
  readonly keyId: string;
  sign(statement: CheckpointStatement): SignedCheckpoint;
  /** Signs a text. */
  signText(text: string): Signature;
}
