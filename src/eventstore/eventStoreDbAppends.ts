import { NO_STREAM as SERVER_NO_STREAM, WrongExpectedVersionError } from '@eventstore/db-client';
import { FIRST_PREVIOUS_HASH } from './eventHash';
import { NO_STREAM, StoreUnavailable, WrongExpectedRevision, type AppendResult } from './eventStore';
import type { EventStoreDbConnection } from './eventStoreDbConnection';
import { lastHashOf, toServerEvents, type FixedEvent } from './eventStoreDbEvents';
import type { EventStoreDbHeads } from './eventStoreDbHeads';
import { formatPosition } from './eventStoreDbPosition';
import type { EventStoreDbReads } from './eventStoreDbReads';

/** Appends with an expected revision, and again with the same ids and the same revision until the outcome is known. */
export class EventStoreDbAppends {
  constructor(
    private readonly connection: EventStoreDbConnection,
    private readonly reads: EventStoreDbReads,
    private readonly heads: EventStoreDbHeads,
  ) {}

  /**
   * @param lastHash what the last event's hash has to be, where that is known before.
   * @throws WrongExpectedRevision, StoreUnavailable or RangeError, as the port says. @throws Error when the hash is another one.
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
      // Also after attempts without an answer this is the last word: the server compares the ids first.
      if (error instanceof WrongExpectedVersionError) throw new WrongExpectedRevision(stream, expectedRevision, actualRevisionOf(error));
      throw error;
    }
  }

  /** What the first event is chained to. Events never change, so it may be read long before. */
  async #previousHash(stream: string, expectedRevision: number): Promise<string> {
    if (expectedRevision === NO_STREAM) return FIRST_PREVIOUS_HASH;
    for (;;) {
      const hash = this.heads.hashOf(stream, expectedRevision) ?? (await this.reads.event(stream, expectedRevision))?.hash;
      if (hash !== undefined) return hash;
      const last = (await this.reads.lastEvent(stream))?.revision ?? NO_STREAM;
      // Otherwise it has come between the two reads.
      if (last < expectedRevision) throw new WrongExpectedRevision(stream, expectedRevision, last);
    }
  }

  /** The server may leave the position out when it knows an append again. */
  async #positionOf(stream: string, revision: number): Promise<string> {
    const event = await this.reads.event(stream, revision);
    if (!event) throw new StoreUnavailable(`the event store does not hold revision ${revision} of ${stream}, which it has just acknowledged`);
    return event.position;
  }
}

function actualRevisionOf({ actualVersion }: WrongExpectedVersionError): number {
  return typeof actualVersion === 'bigint' ? Number(actualVersion) : NO_STREAM;
}
