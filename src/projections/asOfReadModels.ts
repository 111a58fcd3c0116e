import type { EventStore, LogPosition } from '../eventstore/eventStore';
import type { ReadModels } from './readModels';

/** Exactly one of the two. */
export type AsOf = { readonly time: string } | { readonly position: LogPosition };

export interface AsOfRequest {
  readonly store: EventStore;
  readonly appIds: readonly string[];
  /** users whose account labels are wanted. */
  readonly labelUserIds?: readonly string[];
  readonly asOf: AsOf;
  /** the present; a later `asOf.time` is as of now. */
  readonly now: string;
}

/** Read models as they were; `close` them when done. */
export interface AsOfReadModels {
  readonly readModels: ReadModels;
  readonly position: LogPosition;
  readonly time: string;
  close(): void;
}

export declare function foldReadModels(request: AsOfRequest): Promise<AsOfReadModels>;
