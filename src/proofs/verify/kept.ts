import type { X509Certificate } from 'node:crypto';
import type { JsonObject, JsonValue } from '../../eventstore/eventStore';
import { RECENT_CHECKPOINTS } from '../bundle';
import type { CheckpointLine } from '../checkpoints/lines';
import type { KeyStatement } from '../checkpoints/keyStatement';
import type { CheckpointStatement } from '../checkpoints/statement';
import { GrowingTree, hashesIn, isConsistent, leafHash } from '../merkleTree';
import type { Finding } from './findings';
import { isKnown, type KnownRestores, restored } from './keys';
import type { SignedRewrite } from '../checkpoints/rewriteStatement';
import type { CheckedCheckpoints } from './reading';

/** What somebody kept of a log since earlier, with which a bundle is compared. */
export interface KeptEvidence {
  /** Signed checkpoints, also of other logs. */
  readonly checkpointLines: readonly CheckpointLine[];
  /** Older bundles. */
  readonly bundles: readonly KeptBundle[];
  readonly knownRestores: KnownRestores;
  /** Keys of witnesses, one of which must have countersigned. Null when none must. */
  readonly witnessKeyIds: readonly string[] | null;
  /** Certificates of authorities, one of which must have stamped a checkpoint. Null when none must. */
  readonly authorities: readonly X509Certificate[] | null;
}

/** An older bundle. */
export interface KeptBundle {
  readonly statement: CheckpointStatement;
  /** The hashes of its events, by position. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Digests of what its events hold, without the events before them, by position. */
  readonly contents: ReadonlyMap<string, string>;
}

export const NOTHING_KEPT: KeptEvidence = { checkpointLines: [], bundles: [], knownRestores: [], witnessKeyIds: null, authorities: null };

/** A bundle as far as it is compared. */
interface BundleContents {
  readonly storeId: string;
  readonly statement: CheckpointStatement | null;
  /** Whether it holds every event of the log of its checkpoint. */
  readonly isComplete: boolean;
  /** The events in the order of the log. */
  readonly events: readonly { readonly position: string; readonly hash: string; readonly contents: string; readonly leafIndex: number | null; readonly stream: string; readonly revision: number }[];
  /** The proofs in its last line that its log begins with those of earlier checkpoints; null where it has no place for them. */
  readonly consistency: JsonValue;
}

export interface Comparison {
  /** Number of kept checkpoints that the bundle was compared with. */
  readonly compared: number;
  /** Number of kept checkpoints of the same log for which nothing in the bundle proves whether they fit. */
  readonly notCompared: number;
  /** Number of those that the bundle would have proofs about, if it had any. */
  readonly withoutProof: number;
  /** Number of kept checkpoints of events that a restore gave up. */
  readonly givenUp: number;
  readonly findings: readonly Finding[];
}

/** Compares a bundle with what was kept of its log. A bundle of another history of the same log contradicts it, unless an operator's statement says from where on it is another one. */
export function comparedWithKept(bundle: BundleContents, { bundles, knownRestores }: KeptEvidence, { chain, signed, givenUp, rewrites, ofAncestors }: CheckedCheckpoints): Comparison {
  const proofs = proofsIn(bundle.consistency);
  // A bundle of before a restore belongs to the history that was given up then.
  const abandoned = bundle.statement ? chain.restoreBefore(bundle.statement) : undefined;
  const statements = signed.map(({ statement }) => statement).filter(({ time }) => abandoned === undefined || time <= abandoned.time);
  const evidence: Evidence = {
    ...bundle,
    proofs,
    oldestRecent: [...proofs.keys()].sort((one, other) => other - one)[RECENT_CHECKPOINTS - 1] ?? 0,
    roots: bundle.isComplete ? rootsOf(bundle.events, new Set(statements.map(({ events }) => events))) : new Map(),
  };
  const judged = statements.map((kept) => ({ kept, fits: fitsOf(evidence, kept) }));
  return {
    compared: judged.filter(({ fits }) => fits !== null).length + ofAncestors,
    notCompared: judged.filter(({ fits }) => fits === null).length,
    withoutProof: bundle.consistency === null ? judged.filter(({ kept, fits }) => fits === null && kept.events < (bundle.statement?.events ?? 0)).length : 0,
    givenUp: givenUp.length,
    findings: [
      ...(abandoned && bundle.statement && givenUp.length === 0 && !isKnown(knownRestores, abandoned.events) ? [restored(abandoned, [bundle.statement], true)] : []),
      ...judged.filter(({ fits }) => fits === false).map(({ kept: { events, position, time } }): Finding => ({
        what: 'CHECKPOINT_CONTRADICTED', position, message: `Nothing proves that the log of the bundle begins with the ${events.toLocaleString('en')} events of the checkpoint of ${time} that was kept: it was changed, or an older copy was restored and continued.`,
      })),
      ...bundles.flatMap((kept) => (rewrites.some(({ statement }) => statement.previous.statement.storeId === kept.statement.storeId) ? changedBeside(bundle, kept, rewrites) : rewritten(bundle, kept, chain.restoreBefore(kept.statement) ?? abandoned))),
    ],
  };
}

/** Finds events that are not those of an older bundle. After a restore, others may stand in their place. */
function rewritten({ events }: BundleContents, { hashes }: KeptBundle, restore: KeyStatement | undefined): readonly Finding[] {
  const until = restore?.position;
  return events.filter(({ position, hash }) => (hashes.get(position) ?? hash) !== hash && (until === undefined || position <= until)).map(({ position, stream, revision }): Finding => ({
    what: 'HISTORY_REWRITTEN', stream, revision, position, message: 'Another event stands at this position in the older bundle.',
  }));
}

/** Finds events that are not those of an older bundle of a log that this one was made of, although no statement about that names them. */
function changedBeside({ events }: BundleContents, { contents }: KeptBundle, rewrites: readonly SignedRewrite[]): readonly Finding[] {
  const named = new Set(rewrites.flatMap(({ statement }) => statement.removed.flatMap(({ leaves }) => leaves)));
  return events.filter((event) => (contents.get(event.position) ?? event.contents) !== event.contents && (event.leafIndex === null || !named.has(event.leafIndex))).map(({ position, stream, revision }): Finding => ({
    what: 'HISTORY_REWRITTEN', stream, revision, position, message: 'It holds something else in the older bundle of the log that this one was made of, and the statement about what was removed does not name it.',
  }));
}

/** What of a bundle is compared with each checkpoint. */
interface Evidence extends BundleContents {
  readonly proofs: ReadonlyMap<number, readonly Buffer[]>;
  /** Number of events of the oldest checkpoint before which some have no proof; 0 where each has one. */
  readonly oldestRecent: number;
  /** Roots of the log's first events, by their number; for a bundle of the whole log. */
  readonly roots: ReadonlyMap<number, Buffer>;
}

/** Whether the log of the bundle begins with that of the kept checkpoint; null when nothing in the bundle could tell. */
function fitsOf({ statement, isComplete, events, consistency, proofs, oldestRecent, roots }: Evidence, kept: CheckpointStatement): boolean | null {
  if (statement === null) return null;
  // A log only grows: one that has fewer events later is another one.
  if (kept.events > statement.events) return kept.time < statement.time ? false : null;
  const [from, to] = [treeOf(kept), treeOf(statement)];
  if (from.size === to.size) return from.root.equals(to.root) && kept.position === statement.position;
  if (isComplete) return roots.get(from.size)?.equals(from.root) === true && events[from.size - 1]?.position === kept.position;
  const path = proofs.get(from.size);
  if (path !== undefined) return isConsistent(from, to, path);
  // Of the latest ones none is left out, so a missing proof means that the log of the bundle never had this checkpoint. Bundles of before there were proofs have none.
  return consistency === null || from.size < oldestRecent ? null : false;
}

const treeOf = ({ events, root }: CheckpointStatement): { readonly size: number; readonly root: Buffer } => ({ size: events, root: Buffer.from(root, 'hex') });

function rootsOf(events: BundleContents['events'], sizes: ReadonlySet<number>): ReadonlyMap<number, Buffer> {
  const tree = new GrowingTree();
  const roots = new Map<number, Buffer>();
  for (const { hash } of events) {
    tree.add(leafHash(Buffer.from(hash, 'hex')));
    if (sizes.has(tree.size)) roots.set(tree.size, tree.root());
  }
  return roots;
}

/** The proofs by the number of events of the earlier checkpoint. */
export function proofsIn(consistency: JsonValue): ReadonlyMap<number, readonly Buffer[]> {
  const proofs = Array.isArray(consistency) ? (consistency as readonly JsonValue[]) : [];
  return new Map(proofs.flatMap((proof) => {
    const { events, path } = typeof proof === 'object' && proof !== null && !Array.isArray(proof) ? (proof as JsonObject) : {};
    const hashes = typeof path === 'string' ? hashesIn(path) : null;
    return typeof events === 'number' && hashes !== null ? [[events, hashes] as const] : [];
  }));
}

/** Whether the last line has nothing but proofs where it has proofs about earlier checkpoints. */
export const areProofs = (consistency: JsonValue): boolean => Array.isArray(consistency) && consistency.every((proof: JsonValue) => {
  const { events, path, ...more } = typeof proof === 'object' && proof !== null && !Array.isArray(proof) ? (proof as JsonObject) : {};
  return Number.isSafeInteger(events) && typeof path === 'string' && hashesIn(path) !== null && Object.keys(more).length === 0;
});
