import { canonicalJson } from '../eventstore/canonicalJson';
import type { JsonObject, JsonValue } from '../eventstore/eventStore';
import type { CheckpointKey } from './checkpointKey';
import { isSignatureOf } from './checkpointStatement';

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
  const { keyId, publicKey, signature, ...more } = seal as JsonObject;
  if (typeof keyId !== 'string' || typeof publicKey !== 'string' || typeof signature !== 'string' || Object.keys(more).length > 0) return null;
  return isSignatureOf(sealedText(storeId, end), { keyId, publicKey, signature }) ? keyId : null;
}

const sealedText = (storeId: string, { checkpoint, events, sha256 }: BundleEnd): string => canonicalJson({ format: SEAL_FORMAT, storeId, checkpoint, events, sha256 });
