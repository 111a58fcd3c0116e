import { type Countersignature, countersignatureOf } from './countersignature';
import { KEY_FORMAT, keyStatementOf, type SignedKeyStatement } from './keyStatement';
import { REWRITE_FORMAT, rewriteOf, type SignedRewrite } from './rewriteStatement';
import { checkpointOf, objectOf, parseJson, type SignedCheckpoint, textOf, UnreadableCheckpoint } from './statement';

/** A line of a checkpoint file. */
export interface CheckpointLine {
  readonly file: string;
  /** Line number, from 1. */
  readonly line: number;
  /** The checkpoint, null when the line does not hold one. */
  readonly checkpoint: SignedCheckpoint | null;
  /** The statement about keys, null when the line does not hold one. */
  readonly keyStatement: SignedKeyStatement | null;
  /** The statement about a log that was written anew; absent when the line does not hold one. */
  readonly rewrite?: SignedRewrite;
  /** What a witness added to the checkpoint; absent in most lines. */
  readonly countersignature?: Countersignature;
  /** The time stamp of the checkpoint, in base64; absent in most lines. */
  readonly timeStamp?: string;
  /** Why the line is none of these. Empty when it is one. */
  readonly problem: string;
}

/** Reads the lines of a file of checkpoints, also of one whose last line has no end, as a copy of a single checkpoint may have. */
export const checkpointLinesIn = (file: string, contents: string): readonly CheckpointLine[] =>
  contents.split('\n').filter((text) => text.trim() !== '').map((text, index) => lineOf(file, index + 1, text.trim()));

/** Reads a line of a file of checkpoints. What it is not, `problem` says. */
export function lineOf(file: string, line: number, text: string): CheckpointLine {
  const nothing = { file, line, checkpoint: null, keyStatement: null, problem: '' };
  try {
    const value = parseJson(text);
    const format = formatOf(value);
    if (format === KEY_FORMAT) return { ...nothing, keyStatement: keyStatementOf(value) };
    if (format === REWRITE_FORMAT) return { ...nothing, rewrite: rewriteOf(value) };
    const [checkpoint, countersignature] = [checkpointOf(value), countersignatureOf(value)];
    const { timeStamp } = objectOf(value, 'it');
    return { ...nothing, checkpoint, ...(countersignature === null ? {} : { countersignature }), ...(timeStamp === undefined ? {} : { timeStamp: textOf(timeStamp, 'timeStamp') }) };
  } catch (error) {
    if (!(error instanceof UnreadableCheckpoint)) throw error;
    return { ...nothing, problem: error.message };
  }
}

function formatOf(value: unknown): unknown {
  const { statement } = objectOf(value, 'it');
  return objectOf(statement, 'its statement')['format'];
}
