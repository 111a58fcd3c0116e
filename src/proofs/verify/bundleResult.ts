import type { CheckpointLine } from '../checkpoints/lines';
import type { KeyStatement } from '../checkpoints/keyStatement';
import type { SignedRewrite } from '../checkpoints/rewriteStatement';
import type { CheckpointStatement, SignedCheckpoint } from '../checkpoints/statement';
import type { ReportedReview, ReviewReport } from '../review/report';
import type { Finding } from './findings';
import type { Stamped } from './timeStamps';
import type { Witnessed } from './witnesses';

/** What is known of a bundle that was verified. */
export interface BundleVerification {
  readonly storeId: string;
  readonly events: number;
  /** Number of events that are proved to be in the checkpoint's log. Events after the checkpoint have no proof. */
  readonly provenEvents: number;
  /** The checkpoint, null when the log was empty. */
  readonly checkpoint: CheckpointStatement | null;
  /** Id of the key that sealed the bundle, null when it is not sealed. */
  readonly sealedBy: string | null;
  readonly keyIds: readonly string[];
  /** Number of kept checkpoints that the bundle was compared with. */
  readonly comparedCheckpoints: number;
  /** Number of kept checkpoints of this log for which nothing in the bundle tells whether they fit. */
  readonly otherCheckpoints: number;
  /** Number of those that the bundle would have proofs about, if it had any: an older version exported it, or they were taken out. */
  readonly checkpointsWithoutProof: number;
  /** The signed-off access review that the bundle holds, as its events say it; null for another bundle. */
  readonly review: ReportedReview | null;
  /** Number of kept checkpoints of events that a restore of the log gave up. */
  readonly givenUpCheckpoints: number;
  /** How the log was made of another one. */
  readonly rewrites: readonly SignedRewrite[];
  /** What the statements about keys say: rotations, lost keys, and restores of the log. */
  readonly keyChanges: readonly KeyStatement[];
  /** What each witness has seen of the log of the bundle, as far as the bundle has it. */
  readonly witnesses: readonly Witnessed[];
  /** The time stamp that the bundle has of the log; null without one. */
  readonly timeStamp: Stamped | null;
  readonly findings: readonly Finding[];
}

/** A bundle that was read, with the hashes of its events by position. */
export interface ReadBundle {
  readonly verification: BundleVerification;
  /** The signed checkpoint in its last line; null when it has none. */
  readonly checkpoint: SignedCheckpoint | null;
  /** The access review that it holds; null when it holds none, or there is something to say about its events. */
  readonly report: ReviewReport | null;
  readonly hashes: ReadonlyMap<string, string>;
  /** Digests of what its events hold, without the events before them, by position. */
  readonly contents: ReadonlyMap<string, string>;
  /** The statements about keys in its last line. */
  readonly keyLines: readonly CheckpointLine[];
}
