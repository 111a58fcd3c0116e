import type { ServerWritableStream } from '@grpc/grpc-js';
import { randomUUID } from 'node:crypto';
import { Empty, StreamIdentifier, UUID } from '@eventstore/db-client/generated/shared_pb';
import { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb';
import { esdbFailures } from './esdbFailures';
import type { EsdbLog, LogRecord } from './esdbLog';
import type { FaultPlan } from './faultPlan';

export type ReadCall = ServerWritableStream<ReadReq, ReadResp>;

/** Number of records that are read between two checkpoints. */
const SEARCH_WINDOW = 32;

/** How long a live subscriber may block, and how many events may wait meanwhile, before it catches up again. */
const STALL_MS = 20;
const LIVE_BUFFER = 64;

class Gone extends Error {
  override readonly name = 'Gone';
}

/** One answer to `Read`: counted events of a stream or of the log, or a subscription to the log. */
export class EsdbRead {
  #wake: () => void = () => undefined;

  /** @param cutAfter ends the connection after this number of events; null: never. */
  constructor(
    private readonly call: ReadCall,
    private readonly log: EsdbLog,
    private readonly faults: FaultPlan,
    private readonly cutAfter: { readonly events: number; readonly cut: () => void } | null,
  ) {
    for (const event of ['cancelled', 'close', 'drain']) call.on(event, () => { this.#wake(); });
  }

  /** @throws ServiceError for the client; ends quietly when that has gone. */
  async answer(options: ReadReq.Options): Promise<void> {
    try {
      if (options.hasSubscription()) await this.#subscribe(options);
      else if (options.hasAll()) await this.#readAll(options);
      else await this.#readStream(options);
      this.call.end();
    } catch (error) {
      if (!(error instanceof Gone)) throw error;
    }
  }

  async #readStream(options: ReadReq.Options): Promise<void> {
    const wanted = options.getStream();
    if (!wanted) throw esdbFailures.handler();
    const name = nameOf(wanted.getStreamIdentifier());
    if (this.log.isDeleted(name)) throw esdbFailures.streamDeleted(name);
    const records = this.log.stream(name);
    const backwards = isBackwards(options);
    const count = Number(options.getCount());
    if (count === 0 || (wanted.hasEnd() && !backwards)) throw esdbFailures.unexpected('ReadStreamResult');
    if (!records) {
      const notFound = new ReadResp.StreamNotFound().setStreamIdentifier(wanted.getStreamIdentifier());
      await this.#send(new ReadResp().setStreamNotFound(notFound));
      return;
    }
    const last = records.length - 1;
    let index = wanted.hasStart() ? 0 : wanted.hasEnd() ? last : Number(wanted.getRevision());
    if (backwards) index = Math.min(index, last);
    await this.#sendSome(records, index, backwards, count);
  }

  async #readAll(options: ReadReq.Options): Promise<void> {
    const wanted = options.getAll();
    const backwards = isBackwards(options);
    const { records } = this.log;
    let index = wanted?.hasEnd() ? records.length : 0;
    const place = wanted?.getPosition();
    if (place) {
      const position = BigInt(place.getCommitPosition());
      index = this.log.indexOf(position);
      if (position !== 0n && position < this.log.end && records[index]?.position !== position) throw esdbFailures.unexpected('ReadAllResult');
    }
    await this.#sendSome(records, backwards ? index - 1 : index, backwards, Number(options.getCount()));
  }

  async #sendSome(records: readonly LogRecord[], from: number, backwards: boolean, count: number): Promise<void> {
    const step = backwards ? -1 : 1;
    let left = count;
    for (let index = from; left > 0; index += step) {
      const record = records[index];
      if (!record) return;
      await this.#send(toResponse(record));
      left -= 1;
    }
  }

  async #subscribe(options: ReadReq.Options): Promise<void> {
    const { log } = this;
    const matches = filterOf(options);
    let seen = -1n;
    let index = 0;
    const wanted = options.getAll();
    if (wanted?.hasEnd()) index = log.records.length;
    const place = wanted?.getPosition();
    if (place) {
      seen = BigInt(place.getCommitPosition());
      index = log.indexOf(seen);
    }
    await this.#send(new ReadResp().setConfirmation(new ReadResp.SubscriptionConfirmation().setSubscriptionId(randomUUID())));
    if (place && seen !== 0n && seen < log.end && log.records[index]?.position !== seen) throw esdbFailures.badPosition();
    const onAppend = (): void => { this.#wake(); };
    log.changes.on('append', onAppend);
    try {
      await this.#follow(index, seen, matches);
    } finally {
      log.changes.off('append', onAppend);
    }
  }

  async #follow(from: number, after: bigint, matches: (record: LogRecord) => boolean): Promise<void> {
    let index = from;
    let seen = after;
    let live = false;
    let considered = 0;
    for (;;) {
      this.#checkPresence();
      const record = this.log.records[index];
      if (!record) {
        if (!live) await this.#send(new ReadResp().setCaughtUp(new ReadResp.CaughtUp()));
        else await this.#sleep();
        live = true;
        continue;
      }
      index += 1;
      if (record.position <= after) continue;
      seen = record.position;
      const heldUpMs = matches(record) ? await this.#send(toResponse(record)) : 0;
      if (live) {
        const fault = this.faults.take('live');
        if (fault instanceof Error) throw fault;
        if (heldUpMs >= STALL_MS && this.log.records.slice(index).filter(matches).length > LIVE_BUFFER) live = false;
      }
      considered += 1;
      if (considered % SEARCH_WINDOW === 0) {
        await this.#send(new ReadResp().setCheckpoint(new ReadResp.Checkpoint().setCommitPosition(String(seen)).setPreparePosition(String(seen))));
      }
    }
  }

  #sent = 0;

  /** @returns how long the client's flow control held it up, in ms. */
  async #send(response: ReadResp): Promise<number> {
    this.#checkPresence();
    const before = performance.now();
    if (!this.call.write(response)) await this.#sleep();
    this.#checkPresence();
    if (response.hasEvent() && this.cutAfter) {
      this.#sent += 1;
      if (this.#sent >= this.cutAfter.events) {
        setImmediate(this.cutAfter.cut);
        throw new Gone();
      }
    }
    return performance.now() - before;
  }

  #checkPresence(): void {
    if (this.call.cancelled || this.call.destroyed) throw new Gone();
  }

  async #sleep(): Promise<void> {
    await new Promise<void>((resolve) => { this.#wake = resolve; });
  }
}

export const nameOf = (identifier: StreamIdentifier | undefined): string => Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8');

const isBackwards = (options: ReadReq.Options): boolean => options.getReadDirection() === ReadReq.Options.ReadDirection.BACKWARDS;

function filterOf(options: ReadReq.Options): (record: LogRecord) => boolean {
  const filter = options.getFilter();
  if (!filter) return () => true;
  const onStream = filter.hasStreamIdentifier();
  const expression = onStream ? filter.getStreamIdentifier() : filter.getEventType();
  const regex = expression?.getRegex() ?? '';
  const prefixes = expression?.getPrefixList() ?? [];
  const pattern = regex === '' ? null : new RegExp(regex);
  return ({ stream, type }) => {
    const text = onStream ? stream : type;
    return pattern ? pattern.test(text) : prefixes.some((prefix) => text.startsWith(prefix));
  };
}

function toResponse(record: LogRecord): ReadResp {
  const recorded = new ReadResp.ReadEvent.RecordedEvent()
    .setId(new UUID().setString(record.id))
    .setStreamIdentifier(new StreamIdentifier().setStreamName(Buffer.from(record.stream)))
    .setStreamRevision(String(record.revision))
    .setCommitPosition(String(record.position))
    .setPreparePosition(String(record.position))
    .setData(record.data)
    .setCustomMetadata(record.metadata);
  recorded.getMetadataMap().set('type', record.type).set('created', String(record.created)).set('content-type', record.contentType);
  return new ReadResp().setEvent(new ReadResp.ReadEvent().setEvent(recorded).setNoPosition(new Empty()).setCommitPosition(String(record.position)));
}
