import { checkpointOf, objectOf, type SignedCheckpoint, textOf } from '../checkpoints/statement';

/** A checkpoint with the time stamp of an authority. It is a checkpoint for whoever reads nothing but that. */
export interface StampedCheckpoint extends SignedCheckpoint {
  /** The token of RFC 3161 over the signed text, in base64. */
  readonly timeStamp: string;
}

/** Takes a parsed value as a checkpoint with a time stamp, without checking either. @throws UnreadableCheckpoint that says what is missing. */
export const stampedOf = (value: unknown): StampedCheckpoint => ({ ...checkpointOf(value), timeStamp: textOf(objectOf(value, 'it')['timeStamp'], 'timeStamp') });
