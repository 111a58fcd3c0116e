import type { JsonObject, JsonValue } from '../../eventstore/eventStore';
import type { CheckpointLine } from '../checkpoints/directory';
import { isWhole, keyStatementOf } from '../checkpoints/keyStatement';
import { UnreadableCheckpoint } from '../checkpoints/statement';
import { CHECKPOINT_TYPE, CloudEvent, UnreadableLine } from '../events';

/** The statements about keys in the last line of a bundle. @throws UnreadableCheckpoint that says why they are none. */
export function keyLinesIn(end: JsonObject | undefined, line: number): readonly CheckpointLine[] {
  const keys = end?.['keys'];
  if (keys === undefined) return [];
  if (!Array.isArray(keys)) throw new UnreadableCheckpoint('they are no list');
  return keys.map((key: JsonValue) => ({ file: 'the bundle', line, checkpoint: null, keyStatement: keyStatementOf(key), problem: '' }));
}

/** The statements about keys with right signatures in a bundle of which nothing else is checked. */
export async function keyLinesOf(lines: AsyncIterable<string>): Promise<readonly CheckpointLine[]> {
  let last = '';
  try {
    for await (const line of lines) last = line;
    const event = CloudEvent.parse(last);
    return event.type === CHECKPOINT_TYPE ? keyLinesIn(event.data, 0).filter(({ keyStatement }) => keyStatement && isWhole(keyStatement)) : [];
  } catch (error) {
    // Whoever verifies the bundle reports it.
    if (!(error instanceof UnreadableLine) && !(error instanceof UnreadableCheckpoint)) throw error;
    return [];
  }
}
