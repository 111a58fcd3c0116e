import type { LogPosition } from '../eventstore/eventStore';

/** What can be wrong with a log or a bundle. */
export type FindingKind =
  /** An event is not what its hash was made of. */
  | 'EVENT_EDITED'
  | 'EVENT_INSERTED'
  | 'EVENT_REMOVED'
  | 'EVENT_REORDERED'
  /** Events were changed, and the hashes after them made anew so that they fit. */
  | 'HISTORY_REWRITTEN'
  /** The last events are gone: cut off, or an older copy was put in place. */
  | 'TAIL_CUT_OFF'
  /** An older copy was put in place, and others events were written to it since. */
  | 'FORKED_RESTORE'
  /** None of the checkpoints is about this log. */
  | 'LOG_REPLACED'
  | 'FILE_DAMAGED'
  | 'CHECKPOINT_FORGED'
  | 'CHECKPOINT_UNREADABLE'
  /** Keys were named, and none of them signed anything about this log. */
  | 'CHECKPOINT_MISSING'
  /** The events cannot be folded into the read models. */
  | 'REPLAY_FAILED'
  | 'PROOF_WRONG'
  | 'BUNDLE_UNREADABLE'
  /** Something beside the events is not what was exported. */
  | 'BUNDLE_CHANGED'
  /** No key that was named says that nothing was left out. */
  | 'BUNDLE_UNSEALED';

export interface Finding {
  readonly what: FindingKind;
  /** one sentence. */
  readonly message: string;
  readonly stream?: string;
  readonly revision?: number;
  readonly position?: LogPosition;
}

/** Where an event stands. */
export interface FoundAt {
  readonly stream: string;
  readonly revision: number;
  readonly position: LogPosition;
}

/** A finding about one event. */
export const about = (what: FindingKind, { stream, revision, position }: FoundAt, message: string): Finding => ({ what, stream, revision, position, message });

/** The finding in one line. */
export function findingLine({ what, stream, revision, position, message }: Finding): string {
  const place = [
    ...(stream === undefined ? [] : [stream]),
    ...(revision === undefined ? [] : [`revision ${revision}`]),
    ...(position === undefined ? [] : [`position ${position}`]),
  ];
  return [what, ...(place.length === 0 ? [] : [place.join(', ')]), message].join(': ').replaceAll('\n', ' ');
}
