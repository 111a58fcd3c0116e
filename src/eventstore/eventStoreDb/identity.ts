import { randomUUID } from 'node:crypto';
import type { EventCodec } from '../eventCodec';
import { type LogPosition, NO_STREAM, START, WrongExpectedRevision } from '../eventStore';
import type { EventStoreDbAppends } from './appends';
import type { EventStoreDbConnection } from './connection';
import { fixEvents } from './events';
import { LogReplaced } from './failures';
import { parsePosition } from './position';
import { type EventStoreDbReads, IDENTITY_STREAM } from './reads';

/**
 * The UUID of the log. The first process that uses an empty server writes it as an event, and all processes read it. A
 * server that was wiped gets a new one.
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
    private readonly onIdentified: (storeId: string) => void,
  ) {}

  /** The UUID of the log, null until the server has been reached. */
  get storeId(): string | null {
    return this.#storeId;
  }

  /** Refuses any other log as soon as the server can be reached. */
  expect(storeId: string): void {
    this.#expected = storeId;
    if (this.#storeId !== null && this.#storeId !== storeId) this.connection.replace(new LogReplaced(difference(this.#storeId, storeId)));
  }

  /** The UUID of the log, which is read once. @throws StoreUnavailable when the server cannot be reached. */
  async known(): Promise<string> {
    if (this.#storeId !== null) return this.#storeId;
    this.#asking ??= this.#settle().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  /**
   * Checks, after the connection was lost, that the server still has the same log and the events read from it.
   * @throws LogReplaced when it has another log or an older state. @throws StoreUnavailable when the server cannot be reached.
   */
  async confirm(position: LogPosition): Promise<void> {
    const storeId = await this.known();
    const current = await this.#read();
    if (current !== storeId) this.#refuse(difference(current, storeId));
    if (!(await this.holds(position))) this.#refuse(`it has no event at the position ${position}, where this process has read one`);
  }

  /** Tells whether the log has an event at the position. True for the start. */
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
    this.onIdentified(storeId);
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
