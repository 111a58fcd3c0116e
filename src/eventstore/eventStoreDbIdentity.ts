import { randomUUID } from 'node:crypto';
import type { EventCodec } from './eventCodec';
import { NO_STREAM, START, WrongExpectedRevision, type LogPosition } from './eventStore';
import type { EventStoreDbAppends } from './eventStoreDbAppends';
import type { EventStoreDbConnection } from './eventStoreDbConnection';
import { fixEvents } from './eventStoreDbEvents';
import { LogReplaced } from './eventStoreDbFailures';
import { parsePosition } from './eventStoreDbPosition';
import { IDENTITY_STREAM, type EventStoreDbReads } from './eventStoreDbReads';

/**
 * Which log this is: the first process that comes to an empty server writes an event with a new UUID, and everybody reads
 * it. A server that was wiped has another one.
 */
export class EventStoreDbIdentity {
  #storeId: string | null = null;
  #asking: Promise<string> | null = null;
  #expected: string | null = null;

  constructor(
    private readonly connection: EventStoreDbConnection,
    private readonly reads: EventStoreDbReads,
    private readonly appends: EventStoreDbAppends,
    private readonly codec: EventCodec,
    private readonly onKnown: (storeId: string) => void,
  ) {}

  /** Null as long as the server has not been reached. */
  get storeId(): string | null {
    return this.#storeId;
  }

  /** Any other log is refused once the server can be reached. */
  expect(storeId: string): void {
    this.#expected = storeId;
    if (this.#storeId !== null && this.#storeId !== storeId) this.connection.replace(new LogReplaced(difference(this.#storeId, storeId)));
  }

  /** The log's id, which is asked for once. @throws StoreUnavailable when the server cannot be reached. */
  async known(): Promise<string> {
    if (this.#storeId !== null) return this.#storeId;
    this.#asking ??= this.#settle().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  /**
   * Makes sure, after the connection was lost, that it is still the same log, and holds what was read of it.
   * @throws LogReplaced when it is another one or an older state. @throws StoreUnavailable when the server cannot be reached.
   */
  async confirm(position: LogPosition): Promise<void> {
    const storeId = await this.known();
    const current = await this.#read();
    if (current !== storeId) this.#refuse(difference(current, storeId));
    if (!(await this.holds(position))) this.#refuse(`it has no event at the position ${position}, which this process has seen`);
  }

  /** Whether an event stands at the position; true for the start. */
  async holds(position: LogPosition): Promise<boolean> {
    const place = position === START ? null : parsePosition(position);
    return place === null || this.reads.isEventAt(place);
  }

  #refuse(why: string): never {
    const error = new LogReplaced(why);
    this.connection.replace(error);
    throw error;
  }

  async #settle(): Promise<string> {
    const found = await this.#read();
    if (this.#expected !== null && found !== this.#expected) this.#refuse(difference(found, this.#expected));
    const storeId = found ?? (await this.#create());
    this.onKnown(storeId);
    this.#storeId = storeId;
    return storeId;
  }

  async #read(): Promise<string | null> {
    const event = await this.reads.event(IDENTITY_STREAM, 0);
    const storeId = event?.data['storeId'];
    return typeof storeId === 'string' ? storeId : null;
  }

  async #create(): Promise<string> {
    const storeId = randomUUID();
    const metadata = { actorId: 'event store', correlationId: storeId, causationId: storeId, commandId: storeId };
    const event = { id: randomUUID(), type: 'StoreCreated', schemaVersion: 1, occurredAt: new Date().toISOString(), data: { storeId }, metadata };
    try {
      await this.appends.append(IDENTITY_STREAM, fixEvents(this.codec, [event]), NO_STREAM);
      return storeId;
    } catch (error) {
      const first = error instanceof WrongExpectedRevision ? await this.#read() : null;
      if (first === null) throw error;
      return first;
    }
  }
}

const difference = (found: string | null, expected: string): string => (found === null ? 'it is empty now' : `its id is ${found} and was ${expected}`);
