import { bundleLines } from '../bundle';
import { isWhole } from '../checkpoints/keyStatement';
import type { CheckpointLine } from '../checkpoints/lines';
import { isWholeRewrite } from '../checkpoints/rewriteStatement';
import { keyLinesOf } from '../verify/bundleKeys';
import type { BundleVerification } from '../verify/bundleResult';
import type { Finding, FindingKind } from '../verify/findings';
import { type KeptBundle, type KeptEvidence, NOTHING_KEPT } from '../verify/kept';
import { bundleInPage, readBundleOrPage } from '../verify/reviewPage';

/** What was kept cannot be compared with a bundle or a log. */
export class NotComparable extends Error {
  override readonly name = 'NotComparable';
}

/** A file that somebody has, which can be read more than once. */
export interface EvidenceFile {
  /** Its name, as findings tell it. */
  readonly name: string;
  readonly bytes: () => AsyncIterable<Buffer>;
}

/** Whom somebody who verifies trusts, and what they know. */
export type Trust = Pick<KeptEvidence, 'knownRestores' | 'witnessKeyIds' | 'authorities'> & {
  /** Keys that may sign. Null allows any key. */
  readonly trustedKeyIds: readonly string[] | null;
};

/** What older bundles tell of a log, and what they say about keys. */
export interface Previous extends KeptEvidence {
  readonly findings: readonly Finding[];
}

/**
 * Reads older bundles of a log, or pages of access reviews.
 * @param lines what else was kept: what it says about keys counts for the older bundles too. @throws NotComparable for a bundle without a checkpoint.
 */
export async function previousBundles(files: readonly EvidenceFile[], lines: readonly CheckpointLine[], { trustedKeyIds, ...kept }: Trust): Promise<Previous> {
  const checkpointLines: CheckpointLine[] = [];
  const bundles: KeptBundle[] = [];
  const findings: Finding[] = [];
  const keyLines = lines.filter(({ keyStatement, rewrite }) => (keyStatement && isWhole(keyStatement)) || (rewrite && isWholeRewrite(rewrite)));
  for (const { bytes } of files) keyLines.push(...(await keyLinesOf(bundleInPage(bundleLines(bytes())))));
  for (const { name, bytes } of files) {
    const { verification, hashes, contents, checkpoint } = await readBundleOrPage(bundleLines(bytes()), trustedKeyIds, { ...NOTHING_KEPT, checkpointLines: keyLines });
    const own = verification.findings.filter(({ what }) => !ABOUT_THE_LOG.has(what));
    findings.push(...own.map((finding) => ({ ...finding, message: `${name}: ${finding.message}` })));
    if (checkpoint === null) throw new NotComparable(`The older bundle ${name} has no checkpoint, so nothing can be compared with it. Leave it out.`);
    checkpointLines.push({ file: name, line: verification.events + 2, checkpoint, keyStatement: null, problem: '' });
    bundles.push({ statement: checkpoint.statement, hashes, contents });
  }
  return { checkpointLines: [...checkpointLines, ...keyLines], bundles, ...kept, findings };
}

/** Findings about the log that are told once, and not of every older bundle too. */
const ABOUT_THE_LOG: ReadonlySet<FindingKind> = new Set(['KEY_LOST', 'LOG_RESTORED']);

/** A bundle or the page of an access review, and with what it is compared. */
export interface FileToVerify {
  readonly file: EvidenceFile;
  /** Lines of the checkpoints that were kept; empty when none were. */
  readonly checkpointLines: readonly CheckpointLine[];
  /** Older bundles that were kept. */
  readonly previous: readonly EvidenceFile[];
  readonly trust: Trust;
}

/** Verifies a bundle, or the page of an access review, using what was kept of its log. @throws NotComparable when what was kept cannot be compared. */
export async function verifyBundleFile({ file, checkpointLines, previous, trust }: FileToVerify): Promise<BundleVerification> {
  const older = await previousBundles(previous, [...checkpointLines, ...(await keyLinesOf(bundleLines(file.bytes())))], trust);
  const kept = { ...older, checkpointLines: [...checkpointLines, ...older.checkpointLines] };
  const { verification } = await readBundleOrPage(bundleLines(file.bytes()), trust.trustedKeyIds, kept);
  const findings = [...kept.findings, ...verification.findings];
  const given = kept.checkpointLines.filter(({ checkpoint }) => checkpoint !== null).length;
  if (given > 0 && findings.length === 0) requireCompared(verification, given);
  return { ...verification, findings };
}

/** Requires that what was kept could be compared. @throws NotComparable that says why not. */
function requireCompared({ comparedCheckpoints, otherCheckpoints, checkpointsWithoutProof, givenUpCheckpoints }: BundleVerification, kept: number): void {
  if (checkpointsWithoutProof > 0) {
    throw new NotComparable(`The bundle has no proofs about ${checkpointsWithoutProof} of the checkpoints that were kept: an older version of the program exported it, or they were taken out. Export it again, or compare them with a bundle of the whole log.`);
  }
  if (comparedCheckpoints + givenUpCheckpoints > 0) return;
  if (otherCheckpoints === 0) throw new NotComparable(`None of the ${kept} checkpoints that were kept is about the log of this bundle.`);
  throw new NotComparable('Nothing in the bundle tells whether the checkpoints that were kept fit: they are later than its own, or older than those that it has proofs about. Compare them with a newer bundle, or with one of the whole log.');
}
