import { NO_STREAM as SERVER_NO_STREAM, WrongExpectedVersionError } from '@eventstore/db-client';
import { FIRST_PREVIOUS_HASH } from '../eventHash';
import { type AppendResult, NO_STREAM, StoreUnavailable, WrongExpectedRevision } from '../eventStore';
import type { EventStoreDbConnection } from './connection';
import { type FixedEvent, lastHashOf, toServerEvents } from './events';
import { type EventStoreDbHeads, formatPosition } from './position';
import type { EventStoreDbReads } from './reads';

/** Appends with an expected revision, and retries with the same ids and revision until the outcome is known. */
export class EventStoreDbAppends {
  constructor(
    private readonly connection: EventStoreDbConnection,
    private readonly reads: EventStoreDbReads,
    private readonly heads: EventStoreDbHeads,
  ) {}

  /**
   * Appends events to a stream.
   * @param lastHash the hash that the last event must have, when it is known.
   * @throws WrongExpectedRevision, StoreUnavailable or RangeError as the port defines. @throws Error when the hash differs.
   */
  async append(stream: string, events: readonly FixedEvent[], expectedRevision: number, lastHash?: string): Promise<AppendResult> {
    const previousHash = await this.#previousHash(stream, expectedRevision);
    if (lastHash !== undefined && lastHash !== lastHashOf(stream, expectedRevision + 1, previousHash, events)) {
      throw new Error(`the hashes of ${stream} do not continue the chain after revision ${expectedRevision}`);
    }
    const sent = toServerEvents(stream, expectedRevision + 1, previousHash, events);
    const { connection } = this;
    try {
      const { nextExpectedRevision, position } = await connection.append(({ ms }) =>
        connection.calls.appendToStream(stream, sent, {
          expectedRevision: expectedRevision === NO_STREAM ? SERVER_NO_STREAM : BigInt(expectedRevision),
          credentials: connection.credentials,
          requiresLeader: true,
          deadline: Math.ceil(ms),
        }));
      const revision = Number(nextExpectedRevision);
      return { revision, position: position ? formatPosition(position) : await this.#positionOf(stream, revision) };
    } catch (error) {
      // This is final even after attempts without an answer, because the server compares the ids first.
      if (error instanceof WrongExpectedVersionError) throw new WrongExpectedRevision(stream, expectedRevision, actualRevisionOf(error));
      throw error;
    }
  }

  /** The hash that the first event is chained to. It may be read early, because events never change. */
  async #previousHash(stream: string, expectedRevision: number): Promise<string> {
    if (expectedRevision === NO_STREAM) return FIRST_PREVIOUS_HASH;
    for (;;) {
      const hash = this.heads.hashOf(stream, expectedRevision) ?? (await this.reads.event(stream, expectedRevision))?.hash;
      if (hash !== undefined) return hash;
      const last = (await this.reads.lastEvent(stream))?.revision ?? NO_STREAM;
      // Otherwise the event was written between the two reads.
      if (last < expectedRevision) throw new WrongExpectedRevision(stream, expectedRevision, last);
    }
  }

  /** Reads the position of an event. The server may omit it in the answer to a repeated append. */
  async #positionOf(stream: string, revision: number): Promise<string> {
    const event = await this.reads.event(stream, revision);
    if (!event) throw new StoreUnavailable(`the event store does not hold revision ${revision} of ${stream}, which it has just acknowledged`);
    return event.position;
  }
}

function actualRevisionOf({ actualVersion }: WrongExpectedVersionError): number {
  return typeof actualVersion === 'bigint' ? Number(actualVersion) : NO_STREAM;
}
