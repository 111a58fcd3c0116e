import { createPublicKey, verify } from 'node:crypto';
import { canonicalJson } from '../eventstore/canonicalJson';
import type { JsonObject, JsonValue } from '../eventstore/eventStore';
import type { CheckpointKey } from './checkpointKey';
import { isBase64, keyIdOf } from './checkpointStatement';

/** What a seal's signature is about, so that it means nothing else anywhere. */
const SEAL_FORMAT = 'partner-access bundle 1';

/** What the last line of a bundle says of all others. */
export interface BundleEnd {
  readonly checkpoint: JsonValue;
  /** number of events. */
  readonly events: JsonValue;
  /** hex SHA-256 of the lines before. */
  readonly sha256: JsonValue;
}

/** A seal: who signed the end of a bundle, and with it every line before. */
export const sealOf = (key: CheckpointKey, storeId: string, end: BundleEnd): JsonObject => ({ ...key.signText(sealedText(storeId, end)) });

/** The id of the key that sealed it; null where the seal is none, or not of this end. */
export function sealedBy(seal: JsonValue, storeId: string, end: BundleEnd): string | null {
  if (typeof seal !== 'object' || seal === null || Array.isArray(seal)) return null;
  const { keyId, publicKey, signature } = seal as JsonObject;
  if (typeof keyId !== 'string' || typeof publicKey !== 'string' || typeof signature !== 'string' || ![publicKey, signature].every(isBase64)) return null;
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
    const isRight = key.asymmetricKeyType === 'ed25519' && keyIdOf(key) === keyId && verify(null, Buffer.from(sealedText(storeId, end)), key, Buffer.from(signature, 'base64'));
    return isRight ? keyId : null;
  } catch {
    return null;
  }
}

const sealedText = (storeId: string, { checkpoint, events, sha256 }: BundleEnd): string => canonicalJson({ format: SEAL_FORMAT, storeId, checkpoint, events, sha256 });
