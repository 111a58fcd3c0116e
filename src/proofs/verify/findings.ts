import type { LogPosition } from '../../eventstore/eventStore';

/** The kinds of problems of a log or a bundle. */
export type FindingKind =
  /** The contents of an event do not match its hash. */
  | 'EVENT_EDITED'
  | 'EVENT_INSERTED'
  | 'EVENT_REMOVED'
  | 'EVENT_REORDERED'
  /** Events were changed, and the hashes from there on recomputed to fit. */
  | 'HISTORY_REWRITTEN'
  /** The last events are missing: they were cut off, or an older copy was restored. */
  | 'TAIL_CUT_OFF'
  /** An older copy was restored, and other events were appended to it. */
  | 'FORKED_RESTORE'
  /** None of the checkpoints is about this log. */
  | 'LOG_REPLACED'
  | 'FILE_DAMAGED'
  /** The event file has a trigger, view, table or index that the service did not create. */
  | 'FOREIGN_OBJECT'
  /** The signature is wrong. */
  | 'CHECKPOINT_FORGED'
  /** The signature is right, and by a key that was not named: another key was set up, or somebody else signed. */
  | 'CHECKPOINT_KEY_UNKNOWN'
  /** A key signed after another one had taken its place. */
  | 'CHECKPOINT_KEY_REPLACED'
  /** An operator says that the key was lost, and no key that was named confirms the new one. */
  | 'KEY_LOST'
  /** An operator says that the log was restored from a backup: it is a fork from there on. */
  | 'LOG_RESTORED'
  | 'CHECKPOINT_UNREADABLE'
  /** Trusted keys were named, and none of them signed a checkpoint of this log. */
  | 'CHECKPOINT_MISSING'
  /** A checkpoint that was kept does not fit the log of a bundle. */
  | 'CHECKPOINT_CONTRADICTED'
  /** What a witness added to a checkpoint is not its signature. */
  | 'COUNTERSIGNATURE_FORGED'
  /** Witnesses were named, and none of them countersigned. */
  | 'COUNTERSIGNATURE_MISSING'
  /** A time stamp is not one of its checkpoint. */
  | 'TIME_STAMP_FORGED'
  /** Certificates of authorities were passed, and none of those has stamped a checkpoint. */
  | 'TIME_STAMP_MISSING'
  /** The events cannot be folded into the read models. */
  | 'REPLAY_FAILED'
  /** Somebody's contacts were closed for a departure that does not follow. */
  | 'DEPARTURE_MISSING'
  | 'PROOF_WRONG'
  /** The events of an exported access review are not those of one that was signed off. */
  | 'REVIEW_NOT_SIGNED_OFF'
  /** What an exported access review says in its lines for people is not what its events say. */
  | 'REVIEW_CHANGED'
  | 'BUNDLE_UNREADABLE'
  /** Something other than the events differs from what was exported. */
  | 'BUNDLE_CHANGED'
  /** No trusted key has sealed the bundle, so lines may be missing. */
  | 'BUNDLE_UNSEALED';

export interface Finding {
  readonly what: FindingKind;
  /** One sentence. */
  readonly message: string;
  readonly stream?: string;
  readonly revision?: number;
  readonly position?: LogPosition;
}

/** The place of an event. */
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
