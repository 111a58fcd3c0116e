import { createPublicKey, hash, verify, type KeyObject } from 'node:crypto';
import { canonicalJson } from '../eventstore/canonicalJson';
import type { LogPosition } from '../eventstore/eventStore';

/** What a checkpoint's signature is about, so that it means nothing else anywhere. */
export const CHECKPOINT_FORMAT = 'partner-access checkpoint 1';

/** Says what the log held at a moment. */
export interface CheckpointStatement {
  readonly format: typeof CHECKPOINT_FORMAT;
  /** UUID of the log. */
  readonly storeId: string;
  /** of the last event. */
  readonly position: LogPosition;
  /** number of events from the beginning. */
  readonly events: number;
  /** hex root of the tree over the events' hashes in log order (RFC 9162, SHA-256). */
  readonly root: string;
  /** ISO 8601 in UTC: when it was signed. */
  readonly time: string;
}

export interface SignedCheckpoint {
  readonly statement: CheckpointStatement;
  /** hex SHA-256 of the public key's SPKI. */
  readonly keyId: string;
  /** SPKI in base64. */
  readonly publicKey: string;
  /** Ed25519 over the statement's canonical JSON (RFC 8785), in base64. */
  readonly signature: string;
}

/** A text that is no signed checkpoint. */
export class UnreadableCheckpoint extends Error {
  override readonly name = 'UnreadableCheckpoint';
}

/** The bytes that are signed. */
export const statementText = (statement: CheckpointStatement): string => canonicalJson(statement);

/** The line that stands for it in a file, without its end. */
export const checkpointLine = (checkpoint: SignedCheckpoint): string => canonicalJson(checkpoint);

/** The id of a public key: the hex SHA-256 of its SPKI. */
export const keyIdOf = (publicKey: KeyObject): string => hash('sha256', publicKey.export({ type: 'spki', format: 'der' }), 'hex');

/** @throws UnreadableCheckpoint that says what is missing; the signature is not looked at. */
export function parseCheckpoint(line: string): SignedCheckpoint {
  const { statement, keyId, publicKey, signature } = objectOf(parseJson(line), 'it');
  const { format, storeId, position, events, root, time } = objectOf(statement, 'its statement');
  if (format !== CHECKPOINT_FORMAT) throw new UnreadableCheckpoint(`its format is not "${CHECKPOINT_FORMAT}"`);
  if (typeof events !== 'number' || !Number.isSafeInteger(events) || events < 1) throw new UnreadableCheckpoint('its number of events is no whole number from 1');
  return {
    statement: { format, storeId: textOf(storeId, 'storeId'), position: textOf(position, 'position'), events, root: textOf(root, 'root'), time: textOf(time, 'time') },
    keyId: textOf(keyId, 'keyId'),
    publicKey: textOf(publicKey, 'publicKey'),
    signature: textOf(signature, 'signature'),
  };
}

/** Whether the statement was signed by the key that the checkpoint names, and nothing was changed since. */
export const isSigned = ({ statement, ...signature }: SignedCheckpoint): boolean => isSignatureOf(statementText(statement), signature);

/** By which key something was signed: hex SHA-256 of it, its SPKI and the signature in base64. */
export interface Signature {
  readonly keyId: string;
  readonly publicKey: string;
  readonly signature: string;
}

/** Whether it is an Ed25519 signature of the text by the key that it names, written in the only way in which it can be. */
export function isSignatureOf(text: string, { keyId, publicKey, signature }: Signature): boolean {
  const bytes = Buffer.from(signature, 'base64');
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
    // What follows a key is not read, nor is what does not fit into a byte.
    const isPlain = key.export({ type: 'spki', format: 'der' }).toString('base64') === publicKey && bytes.toString('base64') === signature;
    return isPlain && key.asymmetricKeyType === 'ed25519' && keyIdOf(key) === keyId && verify(null, Buffer.from(text), key, bytes);
  } catch {
    return false;
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new UnreadableCheckpoint('it is no JSON');
  }
}

function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UnreadableCheckpoint(`${what} is no object`);
  return { ...value };
}

function textOf(value: unknown, field: string): string {
  if (typeof value !== 'string' || value === '') throw new UnreadableCheckpoint(`its ${field} is missing`);
  return value;
}
