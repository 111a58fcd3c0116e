import { MAX_APPEND_BYTES } from './appendChecks';
import { canonicalJson } from './canonicalJson';
import { START, type EventStore, type LogPosition, type StoredEvent } from './eventStore';

/** A store that takes events as another one holds them: bytes, ids, times and hashes. */
export interface CopyTarget extends EventStore {
  /** Appends consecutive events of one stream after the one before them. @throws Error when their hashes do not continue the chain. */
  appendCopies(events: readonly StoredEvent[]): Promise<void>;
}

export interface CopyReport {
  /** events that the log holds. */
  readonly events: number;
  /** those that an earlier copy had brought already. */
  readonly alreadyThere: number;
}

/** The target holds what the source does not. */
export class CopyMismatch extends Error {
  override readonly name = 'CopyMismatch';
}

const MOST_AT_ONCE = 500;
/** Less than a store takes at once, for what it adds to each event. */
const MOST_BYTES = MAX_APPEND_BYTES / 2;

/**
 * Copies a log event by event, in its order, to a store that is empty or holds the beginning of it, and compares both when
 * it is done. A copy that was stopped goes on where it was. Positions are the target's own. Nobody may write to either
 * meanwhile.
 * @throws CopyMismatch when the target holds anything else.
 */
export async function copyEventLog(source: EventStore, target: CopyTarget, onProgress: (events: number) => void = () => undefined): Promise<CopyReport> {
  const begun = await compare(source, target);
  let events = begun.count;
  for await (const group of groups(source.readAll(begun.position === START ? {} : { after: begun.position }))) {
    await target.appendCopies(group);
    events += group.length;
    onProgress(events);
  }
  const whole = await compare(source, target);
  if (whole.count !== events) throw new CopyMismatch(`${events} events were copied, and the target holds ${whole.count} of them. Somebody else has written to it.`);
  return { events, alreadyThere: begun.count };
}

interface Compared {
  readonly count: number;
  /** of the last event in the source that the target holds too. */
  readonly position: LogPosition;
}

/** Walks through both logs. @throws CopyMismatch unless the target is the beginning of the source. */
async function compare(source: EventStore, target: EventStore): Promise<Compared> {
  const originals = source.readAll()[Symbol.asyncIterator]();
  let count = 0;
  let position: LogPosition = START;
  for await (const copy of target.readAll()) {
    const next = await originals.next();
    const original = next.done === true ? undefined : next.value;
    if (!original || !isCopy(original, copy)) {
      throw new CopyMismatch(
        `event ${count + 1} of the target (${copy.type}, revision ${copy.revision} of ${copy.stream}) is not event ${count + 1} of the source. The target has to be empty, or the beginning of a copy.`,
      );
    }
    count += 1;
    position = original.position;
  }
  await originals.return?.();
  return { count, position };
}

function isCopy(original: StoredEvent, copy: StoredEvent): boolean {
  const facts = ['stream', 'revision', 'id', 'type', 'schemaVersion', 'occurredAt', 'dataJson', 'hash'] as const;
  return facts.every((fact) => original[fact] === copy[fact]) && canonicalJson(original.metadata) === canonicalJson(copy.metadata);
}

/** Events that stand one after the other in the log and belong to the same stream, a bounded number at a time. */
async function* groups(events: AsyncIterable<StoredEvent>): AsyncGenerator<readonly StoredEvent[], void, undefined> {
  let group: StoredEvent[] = [];
  let bytes = 0;
  for await (const event of events) {
    const size = Buffer.byteLength(event.dataJson) + Buffer.byteLength(JSON.stringify(event.metadata));
    const full = group.length >= MOST_AT_ONCE || bytes + size > MOST_BYTES;
    if (group.length > 0 && (full || group[0]?.stream !== event.stream)) {
      yield group;
      group = [];
      bytes = 0;
    }
    group.push(event);
    bytes += size;
  }
  if (group.length > 0) yield group;
}
