import { canonicalJson } from '../../eventstore/eventHash';
import { checkpointOf, isSignatureOf, isSigned, objectOf, parseJson, type Signature, type SignedCheckpoint, type Signer, textOf, UnreadableCheckpoint } from './statement';

/** Format name in the text that a witness signs, so that its signature is valid for nothing else. */
const COUNTERSIGNATURE_FORMAT = 'partner-access countersignature 1';

/** What a witness adds to a checkpoint: it has seen it, and it continues all earlier ones of the log that the witness has seen. */
export interface Countersignature extends Signature {
  /** When the witness saw the checkpoint, by its own clock, ISO 8601 in UTC. */
  readonly time: string;
}

/** A checkpoint with the countersignature of a witness. It is a checkpoint for whoever reads nothing but that. */
export interface CountersignedCheckpoint extends SignedCheckpoint {
  readonly countersignature: Countersignature;
}

/** The line of a countersigned checkpoint in a file, without its line end. */
export const countersignedLine = (checkpoint: CountersignedCheckpoint): string => canonicalJson(checkpoint);

/** Signs a checkpoint as a witness. */
export function countersigned(checkpoint: SignedCheckpoint, key: Pick<Signer, 'signText'>, time: string): CountersignedCheckpoint {
  return { ...checkpoint, countersignature: { time, ...key.signText(countersignedText(checkpoint, time)) } };
}

/** Tells whether the countersignature is that of its key over this checkpoint. The signature of the checkpoint itself is not checked. */
export const isCountersigned = ({ countersignature: { time, ...signature }, ...checkpoint }: CountersignedCheckpoint): boolean =>
  isSignatureOf(countersignedText(checkpoint, time), signature);

/** Tells whether both signatures are right. */
export const isWhole = ({ countersignature, ...checkpoint }: CountersignedCheckpoint): boolean => isSigned(checkpoint) && isCountersigned({ ...checkpoint, countersignature });

/** The text that a witness signs. */
export const countersignedText = ({ statement, keyId, publicKey, signature }: SignedCheckpoint, time: string): string =>
  canonicalJson({ format: COUNTERSIGNATURE_FORMAT, checkpoint: { statement, keyId, publicKey, signature }, time });

/** Parses a countersigned checkpoint without checking its signatures. @throws UnreadableCheckpoint that says what is missing. */
export const parseCountersigned = (line: string): CountersignedCheckpoint => countersignedOf(parseJson(line));

/** Takes a parsed value as a countersigned checkpoint, without checking its signatures. @throws UnreadableCheckpoint that says what is missing. */
export function countersignedOf(value: unknown): CountersignedCheckpoint {
  const [checkpoint, countersignature] = [checkpointOf(value), countersignatureOf(value)];
  if (countersignature === null) throw new UnreadableCheckpoint('its countersignature is missing');
  return { ...checkpoint, countersignature };
}

/** The countersignature of a parsed checkpoint, null when it has none. @throws UnreadableCheckpoint when there is something else in its place. */
export function countersignatureOf(value: unknown): Countersignature | null {
  const { countersignature } = objectOf(value, 'it');
  return countersignature === undefined ? null : parsedCountersignature(countersignature);
}

/** Takes a parsed value as a countersignature. @throws UnreadableCheckpoint that says what is missing. */
export function parsedCountersignature(value: unknown): Countersignature {
  const { time, keyId, publicKey, signature } = objectOf(value, 'its countersignature');
  return { time: textOf(time, 'time'), keyId: textOf(keyId, 'keyId'), publicKey: textOf(publicKey, 'publicKey'), signature: textOf(signature, 'signature') };
}
