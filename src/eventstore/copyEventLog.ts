import { MAX_APPEND_BYTES } from './appendChecks';
import { canonicalJson } from './eventHash';
import { type EventStore, type LogPosition, START, type StoredEvent } from './eventStore';

/** A store that can append events exactly as another store holds them: bytes, ids, times and hashes. */
export interface CopyTarget extends EventStore {
  /** Appends consecutive events of one stream after the one before them. @throws Error when their hashes do not continue the chain. */
  appendCopies(events: readonly StoredEvent[]): Promise<void>;
}

export interface CopyReport {
  /** Number of events in the target after the copy. */
  readonly events: number;
  /** Number of them that an earlier, unfinished copy had written. */
  readonly alreadyThere: number;
}

/** The target holds events that the source does not. */
export class CopyMismatch extends Error {
  override readonly name = 'CopyMismatch';
}

/** Events per append. A longer run of one stream is copied in several appends. */
const MAX_EVENTS = 500;
/** Bytes per append: less than a store accepts, because the store adds its own fields to each event. */
const MAX_BYTES = MAX_APPEND_BYTES / 2;

/**
 * Copies a log, event by event and in order, to a store that is empty or holds the beginning of the log, then compares
 * both. A copy that was interrupted continues where it stopped. The target assigns its own positions. Nothing may write to
 * either store during the copy.
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
  if (whole.count !== events) throw new CopyMismatch(`${events} events were copied, and the target holds ${whole.count} of them. Something else has written to it. Copy to a new, empty target.`);
  return { events, alreadyThere: begun.count };
}

interface Compared {
  readonly count: number;
  /** Position, in the source, of the last event that the target holds too. */
  readonly position: LogPosition;
}

/** Compares both logs event by event. @throws CopyMismatch unless the source begins with the events of the target. */
async function compare(source: EventStore, target: EventStore): Promise<Compared> {
  const originals = source.readAll()[Symbol.asyncIterator]();
  let count = 0;
  let position: LogPosition = START;
  for await (const copy of target.readAll()) {
    const next = await originals.next();
    const original = next.done === true ? undefined : next.value;
    if (!original || !isCopy(original, copy)) {
      throw new CopyMismatch(
        `event ${count + 1} of the target (${copy.type}, revision ${copy.revision} of ${copy.stream}) is not event ${count + 1} of the source. The target must be empty, or hold an unfinished copy of this source.`,
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

/** Groups consecutive events of the same stream, a bounded number at a time. */
export async function* groups(events: AsyncIterable<StoredEvent>): AsyncGenerator<readonly StoredEvent[], void, undefined> {
  let group: StoredEvent[] = [];
  let bytes = 0;
  for await (const event of events) {
    const size = Buffer.byteLength(event.dataJson) + Buffer.byteLength(JSON.stringify(event.metadata));
    const full = group.length >= MAX_EVENTS || bytes + size > MAX_BYTES;
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
