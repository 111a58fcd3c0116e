import type { LogPosition } from '../eventstore/eventStore';

/** A signed checkpoint as it is shown. */
export interface CheckpointRow {
  readonly storeId: string;
  readonly position: LogPosition;
  readonly events: number;
  /** hex. */
  readonly root: string;
  readonly time: string;
  readonly keyId: string;
  /** SPKI in base64. */
  readonly publicKey: string;
  /** the text that is signed. */
  readonly statement: string;
  /** base64. */
  readonly signature: string;
}

/** Proves that an event stands in the log that a checkpoint is about. */
export interface InclusionProofRow {
  /** hex hash of the event. */
  readonly eventHash: string;
  /** the event's number in the log, from 0. */
  readonly leafIndex: number;
  readonly treeSize: number;
  /** hex. */
  readonly root: string;
  /** hex, from the leaf upwards. */
  readonly path: readonly string[];
}

/** Proves that the log of one checkpoint begins with that of an earlier one. */
export interface ConsistencyProofRow {
  readonly fromSize: number;
  readonly fromRoot: string;
  readonly toSize: number;
  readonly toRoot: string;
  readonly path: readonly string[];
}
