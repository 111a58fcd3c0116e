import './node/buffer';
import { printable } from '../../../src/domain/fields';
import { checkpointLinesIn } from '../../../src/proofs/checkpoints/lines';
import { verifyBundleFile } from '../../../src/proofs/evidence/bundleFile';
import type { BundleVerification } from '../../../src/proofs/verify/bundleResult';
import { keySentence } from '../../../src/proofs/verify/keys';
import { rewriteSentence } from '../../../src/proofs/verify/rewrites';
import type { Answer, Question, Told, Verified } from './protocol';
import { FileUnreadable, Reading, Stopped } from './reading';

const answer = (message: Answer): void => { postMessage(message); };

const readings = new Map<number, Reading>();

addEventListener('message', ({ data }: MessageEvent<Told>) => {
  if ('ask' in data) {
    void answerTo(data.ask);
    return;
  }
  const reading = readings.get(data.stop);
  if (reading) reading.isStopped = true;
});
answer({ is: 'ready' });

async function answerTo(question: Question): Promise<void> {
  const { id } = question;
  try {
    answer({ is: 'verified', id, result: await verified(question) });
  } catch (error) {
    if (error instanceof Stopped) answer({ is: 'stopped', id });
    else if (error instanceof NoCheckpoints) answer({ is: 'noCheckpoints', id });
    else if (error instanceof FileUnreadable) answer({ is: 'unreadable', id, file: error.file });
    else answer({ is: 'failed', id, message: printable(error instanceof Error ? error.message : String(error)) });
  } finally {
    readings.delete(id);
  }
}

/** None of the files of checkpoints holds one. */
class NoCheckpoints extends Error {
  override readonly name = 'NoCheckpoints';
}

async function verified({ id, bundle, checkpoints, previous, keyIds, witnessKeyIds, knownRestores }: Question): Promise<Verified> {
  // Each bundle is read twice: what its end says about keys counts for its other lines and for the other bundles.
  const total = 2 * [bundle, ...previous].reduce((sum, { size }) => sum + size, 0);
  const reading = new Reading(total, (progress) => { answer({ is: 'progress', id, progress }); });
  readings.set(id, reading);
  const checkpointLines = (await Promise.all(checkpoints.map(async (file) => checkpointLinesIn(file.name, await textOf(file))))).flat();
  if (checkpoints.length > 0 && checkpointLines.length === 0) throw new NoCheckpoints();
  const verification = await verifyBundleFile({
    file: reading.fileOf(bundle), checkpointLines, previous: previous.map((file) => reading.fileOf(file)),
    trust: { trustedKeyIds: keyIds.length === 0 ? null : keyIds, knownRestores, witnessKeyIds: witnessKeyIds.length === 0 ? null : witnessKeyIds, authorities: null },
  });
  return told(verification);
}

async function textOf(file: File): Promise<string> {
  try {
    return await file.text();
  } catch {
    throw new FileUnreadable(file.name);
  }
}

/** So many entries of a list are told. */
const MOST_TOLD = 200;
const first = <T>(list: readonly T[]): readonly T[] => list.slice(0, MOST_TOLD);

function told(verification: BundleVerification): Verified {
  const { storeId, events, provenEvents, checkpoint, keyIds, sealedBy, comparedCheckpoints, otherCheckpoints, review, witnesses, timeStamp, findings } = verification;
  return {
    storeId, events, provenEvents, keyIds: first(keyIds), sealedBy, comparedCheckpoints, otherCheckpoints, timeStamp: timeStamp && { events: timeStamp.events, time: timeStamp.time },
    checkpoint: checkpoint && { time: checkpoint.time, events: checkpoint.events },
    review: review && { app: review.app, people: review.people, kept: review.kept, removed: review.removed, finishedAt: review.finishedAt },
    witnesses: first(witnesses).map(({ keyId, events: seen, time }) => ({ keyId, events: seen, time })),
    statements: [...first(verification.rewrites).map(rewriteSentence), ...first(verification.keyChanges).map(keySentence)].map(printable),
    findingCount: findings.length,
    findings: first(findings).map((finding) => ({ ...finding, message: printable(finding.message) })),
  };
}
