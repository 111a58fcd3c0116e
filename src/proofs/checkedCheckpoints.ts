import type { CheckpointLine } from './checkpointDirectory';
import { isSigned, type CheckpointStatement, type SignedCheckpoint } from './checkpointStatement';
import type { Finding } from './findings';

/** Checkpoints that can be relied on, and what is wrong with the others. */
export interface CheckedCheckpoints {
  /** about the log in question, by number of events. */
  readonly statements: readonly CheckpointStatement[];
  /** which keys signed them. */
  readonly keyIds: readonly string[];
  readonly findings: readonly Finding[];
}

/** Looks at every line: is it a checkpoint, is its signature right, by a key that is trusted (any, when null). */
export function checkedCheckpoints(lines: readonly CheckpointLine[], storeId: string, trustedKeyIds: readonly string[] | null): CheckedCheckpoints {
  const findings: Finding[] = [];
  const statements: CheckpointStatement[] = [];
  const keyIds = new Set<string>();
  const ofOthers: SignedCheckpoint[] = [];
  for (const { file, line, checkpoint, problem } of lines) {
    if (!checkpoint) {
      findings.push({ what: 'CHECKPOINT_UNREADABLE', message: `Line ${line} of ${file} is no checkpoint: ${problem}.` });
    } else if (!isSigned(checkpoint)) {
      findings.push({ what: 'CHECKPOINT_FORGED', position: checkpoint.statement.position, message: `The signature in line ${line} of ${file} is not that of its statement.` });
    } else if (trustedKeyIds && !trustedKeyIds.includes(checkpoint.keyId)) {
      // Several services may keep their checkpoints in one directory, each with its own log and key.
      if (checkpoint.statement.storeId !== storeId) continue;
      findings.push({ what: 'CHECKPOINT_FORGED', position: checkpoint.statement.position, message: `Line ${line} of ${file} was signed by the key ${checkpoint.keyId}, which is not one that was named.` });
    } else if (checkpoint.statement.storeId !== storeId) {
      ofOthers.push(checkpoint);
    } else {
      statements.push(checkpoint.statement);
      keyIds.add(checkpoint.keyId);
    }
  }
  if (ofOthers.length > 0 && statements.length === 0) {
    findings.push({ what: 'LOG_REPLACED', message: `None of the ${ofOthers.length} checkpoints is about this log, ${storeId}: another log stands where the signed one was.` });
  }
  statements.sort((a, b) => a.events - b.events || (a.time < b.time ? -1 : 1));
  const begun = statements[0]?.time ?? '';
  const before = ofOthers.find(({ statement, keyId }) => statement.time < begun && keyIds.has(keyId));
  if (before) {
    const { keyId, statement } = before;
    findings.push({ what: 'LOG_REPLACED', message: `The key ${keyId} signed another log, ${statement.storeId}, before this one, ${storeId}, began: this one was put in its place.` });
  }
  return { statements, keyIds: [...keyIds].sort(), findings };
}
