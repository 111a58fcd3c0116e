import type { JsonObject, JsonValue } from '../../eventstore/eventStore';
import type { CheckpointLine } from '../checkpoints/lines';
import { isWhole, keyStatementOf } from '../checkpoints/keyStatement';
import { isWholeRewrite, rewriteOf } from '../checkpoints/rewriteStatement';
import { UnreadableCheckpoint } from '../checkpoints/statement';
import { CHECKPOINT_TYPE, CloudEvent, UnreadableLine } from '../events';

/** The statements in the last line of a bundle about keys, and about how the log was made of another one. @throws UnreadableCheckpoint that says why they are none. */
export function keyLinesIn(end: JsonObject | undefined, line: number): readonly CheckpointLine[] {
  const nothing = { file: 'the bundle', line, checkpoint: null, keyStatement: null, problem: '' };
  return [
    ...listOf(end?.['keys']).map((key) => ({ ...nothing, keyStatement: keyStatementOf(key) })),
    ...listOf(end?.['rewrites']).map((rewrite) => ({ ...nothing, rewrite: rewriteOf(rewrite) })),
  ];
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new UnreadableCheckpoint('they are no list');
  return value as readonly JsonValue[];
}

/** The same statements, where their signatures are right, in a bundle of which nothing else is checked. */
export async function keyLinesOf(lines: AsyncIterable<string>): Promise<readonly CheckpointLine[]> {
  let last = '';
  try {
    for await (const line of lines) last = line;
    const event = CloudEvent.parse(last);
    return event.type === CHECKPOINT_TYPE ? keyLinesIn(event.data, 0).filter(({ keyStatement, rewrite }) => (keyStatement && isWhole(keyStatement)) || (rewrite && isWholeRewrite(rewrite))) : [];
  } catch (error) {
    // Whoever verifies the bundle reports it.
    if (!(error instanceof UnreadableLine) && !(error instanceof UnreadableCheckpoint)) throw error;
    return [];
  }
}
