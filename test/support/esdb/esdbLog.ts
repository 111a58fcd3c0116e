import { EventEmitter } from 'node:events';

/** An event as a client sent it. */
export interface ProposedEvent {
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** An event at its place in the log. */
export interface LogRecord extends ProposedEvent {
  readonly stream: string;
  readonly revision: number;
  readonly position: bigint;
  /** Ticks of 100 ns since 1970. */
  readonly created: bigint;
}

export const ANY = -2;
export const NO_STREAM = -1;

/** What became of an append. `position` is that of its last event. */
export type WriteOutcome =
  | { readonly kind: 'written' | 'sameAgain'; readonly revision: number; readonly position: bigint }
  | { readonly kind: 'conflict'; readonly actual: number };

const BYTES_PER_RECORD = 120;

/** What the chunk files are to a server: it survives the end of the process. With the server's own rules of appending. */
export class EsdbLog {
  records: LogRecord[] = [];
  readonly changes = new EventEmitter().setMaxListeners(0);
  #streams = new Map<string, LogRecord[]>();
  #end = 0n;
  #deleted = new Set<string>();
  /** The state that a server keeps in memory only: recent ids, by which it recognises a repeated append without an expected revision. */
  #recentIds = new Map<string, LogRecord>();

  get end(): bigint {
    return this.#end;
  }

  stream(name: string): readonly LogRecord[] | undefined {
    return this.#streams.get(name);
  }

  /** Whether the stream was deleted for good. */
  isDeleted(name: string): boolean {
    return this.#deleted.has(name);
  }

  /** Deletes a stream for good. Its events are in the log until that is scavenged. */
  tombstone(name: string): void {
    this.#deleted.add(name);
  }

  /** What a scavenge does: takes events of deleted streams out of the log, and those that a stream's `$maxCount` exceeds. */
  scavenge(): void {
    this.records = this.records.filter(({ stream, revision }) => !this.#deleted.has(stream) && revision >= this.#firstKept(stream));
    for (const name of this.#deleted) this.#streams.delete(name);
  }

  /** Revision of the first event of a stream that its metadata keeps. */
  #firstKept(stream: string): number {
    const metadata = this.#streams.get(`$$${stream}`)?.at(-1);
    const { $maxCount = Infinity } = metadata === undefined ? {} : (JSON.parse(Buffer.from(metadata.data).toString('utf8')) as { readonly $maxCount?: number });
    return (this.#streams.get(stream)?.length ?? 0) - $maxCount;
  }

  /** Appends as the server does: at the expected revision, or not at all, or not again. */
  write(stream: string, expected: number, events: readonly ProposedEvent[]): WriteOutcome {
    const stored = this.#streams.get(stream) ?? [];
    const current = stored.length - 1;
    if (expected === ANY) {
      const seen = events.map(({ id }) => this.#recentIds.get(id)).filter((record) => record?.stream === stream);
      const last = seen.at(-1);
      if (last !== undefined && seen.length === events.length) return { kind: 'sameAgain', revision: last.revision, position: last.position };
    } else if (expected > current) {
      return { kind: 'conflict', actual: current };
    } else if (expected < current) {
      const there = stored.slice(expected + 1, expected + 1 + events.length);
      const last = there.at(-1);
      const same = there.length === events.length && events.every(({ id }, index) => there[index]?.id === id);
      return same && last !== undefined ? { kind: 'sameAgain', revision: last.revision, position: last.position } : { kind: 'conflict', actual: current };
    }
    const written = events.map((event) => this.#add(stream, event));
    this.changes.emit('append');
    return { kind: 'written', revision: current + events.length, position: written.at(-1)?.position ?? this.#end };
  }

  /** The process ended and another one began. */
  forgetRecentIds(): void {
    this.#recentIds.clear();
  }

  /** What a backup would hold now. */
  copy(): EsdbLog {
    const copy = new EsdbLog();
    for (const record of this.records) copy.#add(record.stream, record);
    copy.#deleted = new Set(this.#deleted);
    return copy;
  }

  /** Index of the first record at or after a position. */
  indexOf(position: bigint): number {
    let low = 0;
    let high = this.records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.records[middle]?.position ?? 0n) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #add(stream: string, event: ProposedEvent): LogRecord {
    const records = this.#streams.get(stream) ?? [];
    this.#streams.set(stream, records);
    const record = { ...event, stream, revision: records.length, position: this.#end, created: BigInt(Date.now()) * 10_000n };
    this.#end += BigInt(BYTES_PER_RECORD + stream.length + event.type.length + event.data.length + event.metadata.length);
    records.push(record);
    this.records.push(record);
    this.#recentIds.set(record.id, record);
    return record;
  }
}
