import { canonicalJson } from '../../eventstore/eventHash';
import type { LogPosition } from '../../eventstore/eventStore';
import type { CheckpointKey } from './privateKey';
import { isSignatureOf, objectOf, type Signature, textOf, UnreadableCheckpoint } from './statement';

/** Format name in the signed text of a statement about keys, so that the signature is valid for nothing else. */
export const KEY_FORMAT = 'partner-access key 1';

/** What happened. `ROTATED`: the key before introduced this one. `LOST`: the key before is lost, and an operator set up this one. `RESTORED`: the log was restored from a backup, and goes on with this key. */
type KeyChange = 'ROTATED' | 'LOST' | 'RESTORED';

/** A statement that another key signs from now on, or that the log goes on from an earlier copy. */
export interface KeyStatement {
  readonly format: typeof KEY_FORMAT;
  readonly change: KeyChange;
  /** UUID of the log. */
  readonly storeId: string;
  /** The key that signs from now on: the hex SHA-256 of its SPKI. */
  readonly keyId: string;
  /** Its public key, SPKI in base64. */
  readonly publicKey: string;
  /** The key that signed before: the same one when the log was restored with its key, null when none did. */
  readonly previousKeyId: string | null;
  /** Number of events of the log with which the key begins. After a restore, whatever came after them is given up. */
  readonly events: number;
  /** Position of the last of these events. */
  readonly position: LogPosition;
  /** Root, in hex, of the tree over them. */
  readonly root: string;
  /** Number of events of the latest checkpoint that was signed before; 0 when none is known. More than `events` are given up. */
  readonly signedEvents: number;
  /** Time of signing, ISO 8601 in UTC. */
  readonly time: string;
  /** Who did this; null where a key was rotated and nobody said it. */
  readonly operator: string | null;
  /** Why; null where a key was rotated and nobody said it. */
  readonly reason: string | null;
}

export interface SignedKeyStatement {
  readonly statement: KeyStatement;
  /** Ed25519 over the statement's canonical JSON: by the new key, and for `ROTATED` by the key before too. */
  readonly signatures: readonly Signature[];
}

/** The text that is signed. */
export const keyText = (statement: KeyStatement): string => canonicalJson(statement);

/** The line of a statement in a file, without its line end. */
export const keyLine = (signed: SignedKeyStatement): string => canonicalJson(signed);

/** Signs a statement about keys with each of these. */
export function signedBy(keys: readonly CheckpointKey[], statement: KeyStatement): SignedKeyStatement {
  const text = keyText(statement);
  return { statement, signatures: keys.map((key) => key.signText(text)) };
}

/** Tells whether the keys that have to sign the statement did, and nobody else. */
export function isWhole({ statement, signatures }: SignedKeyStatement): boolean {
  const { change, keyId, previousKeyId, publicKey } = statement;
  const required = change === 'ROTATED' ? [previousKeyId, keyId] : [keyId];
  if (change === 'ROTATED' && previousKeyId === keyId) return false;
  const text = keyText(statement);
  return signatures.length === required.length && required.every((id) => signatures.some((signature) => signature.keyId === id && (id !== keyId || signature.publicKey === publicKey) && isSignatureOf(text, signature)));
}

const CHANGES: readonly KeyChange[] = ['ROTATED', 'LOST', 'RESTORED'];
const MOST_SIGNATURES = 2;

/** Takes a parsed value as a statement about keys, without checking its signatures. @throws UnreadableCheckpoint that says what is missing. */
export function keyStatementOf(value: unknown): SignedKeyStatement {
  const { statement, signatures, ...more } = objectOf(value, 'it');
  const { format, change, storeId, keyId, publicKey, previousKeyId, events, position, root, signedEvents, time, operator, reason, ...others } = objectOf(statement, 'its statement');
  if (format !== KEY_FORMAT) throw new UnreadableCheckpoint(`its format is not "${KEY_FORMAT}"`);
  const known = CHANGES.find((one) => one === change);
  if (known === undefined) throw new UnreadableCheckpoint(`its change is none of ${CHANGES.join(', ')}`);
  if (Object.keys(more).length + Object.keys(others).length > 0) throw new UnreadableCheckpoint('it holds more than a statement about keys');
  if (!Array.isArray(signatures) || signatures.length > MOST_SIGNATURES) throw new UnreadableCheckpoint('its signatures are missing');
  return {
    statement: {
      format, change: known, storeId: textOf(storeId, 'storeId'), keyId: textOf(keyId, 'keyId'), publicKey: textOf(publicKey, 'publicKey'), previousKeyId: textOrNull(previousKeyId, 'previousKeyId'),
      events: countOf(events, 'events', 1), position: textOf(position, 'position'), root: textOf(root, 'root'), signedEvents: countOf(signedEvents, 'signedEvents', 0), time: textOf(time, 'time'),
      operator: textOrNull(operator, 'operator'), reason: textOrNull(reason, 'reason'),
    },
    signatures: signatures.map((signature: unknown) => {
      const { keyId: by, publicKey: its, signature: bytes, ...rest } = objectOf(signature, 'a signature');
      if (Object.keys(rest).length > 0) throw new UnreadableCheckpoint('a signature holds more than a signature');
      return { keyId: textOf(by, 'keyId'), publicKey: textOf(its, 'publicKey'), signature: textOf(bytes, 'signature') };
    }),
  };
}

function countOf(value: unknown, field: string, least: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) throw new UnreadableCheckpoint(`its ${field} is not a whole number from ${least}`);
  return value;
}

const textOrNull = (value: unknown, field: string): string | null => (value === null ? null : textOf(value, field));
