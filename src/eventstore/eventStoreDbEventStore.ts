import { setTimeout as pause } from 'node:timers/promises';
import { checkAppend } from './appendChecks';
import type { CopyTarget } from './copyEventLog';
import { EventCodec } from './eventCodec';
import type { AppendResult, EventBatch, EventToAppend, LogPosition, ReadAllOptions, ReadStreamOptions, StoredEvent } from './eventStore';
import { EventStoreDbAppends } from './eventStoreDbAppends';
import { EventStoreDbConnection, type EventStoreDbOptions } from './eventStoreDbConnection';
import { asFixed, fixEvents } from './eventStoreDbEvents';
import type { LogReplaced } from './eventStoreDbFailures';
import { EventStoreDbHeads } from './eventStoreDbHeads';
import { EventStoreDbIdentity } from './eventStoreDbIdentity';
import { EventStoreDbReads, IDENTITY_STREAM } from './eventStoreDbReads';
import { EventStoreDbSubscription } from './eventStoreDbSubscription';

/** The event log in EventStoreDB or KurrentDB, which any number of processes share. The server belongs to this service alone. */
export class EventStoreDbEventStore implements CopyTarget {
  private readonly codec = new EventCodec();
  private readonly heads = new EventStoreDbHeads();
  private readonly connection: EventStoreDbConnection;
  private readonly reads: EventStoreDbReads;
  private readonly appends: EventStoreDbAppends;
  private readonly identity: EventStoreDbIdentity;
  private readonly subscription: EventStoreDbSubscription;
  /** a question to the server that is under way, for all who ask meanwhile. */
  private asked: Promise<boolean> | null = null;
  private readonly knownListeners = new Set<(storeId: string) => void>();

  /** Nothing is connected to before it is needed. @throws Error when the address is none. */
  constructor(options: EventStoreDbOptions) {
    this.connection = new EventStoreDbConnection(options);
    this.connection.onTrouble(() => { this.heads.clear(); });
    this.reads = new EventStoreDbReads(this.connection, this.codec, this.heads);
    this.appends = new EventStoreDbAppends(this.connection, this.reads, this.heads);
    this.identity = new EventStoreDbIdentity(this.connection, this.reads, this.appends, this.codec, (storeId) => {
      for (const listener of this.knownListeners) listener(storeId);
    });
    this.subscription = new EventStoreDbSubscription(this.connection, this.identity, this.codec, this.heads);
  }

  /** UUID of this log; null as long as the server has not been reached. */
  get storeId(): string | null {
    return this.identity.storeId;
  }

  get isOpen(): boolean {
    return this.connection.isOpen;
  }

  /** Resolves when another log stands where this one was, with which this process cannot go on. */
  get replaced(): Promise<LogReplaced> {
    return this.connection.whenReplaced;
  }

  /** Takes no other log than this one, when the server can be reached. */
  expect(storeId: string): void {
    this.identity.expect(storeId);
  }

  /** Calls the listener once the log's id is known, before any event of it is given out; at once when it is known already. */
  onKnown(listener: (storeId: string) => void): void {
    this.knownListeners.add(listener);
    if (this.storeId !== null) listener(this.storeId);
  }

  /** The log's id. @throws StoreUnavailable when the server cannot be reached in time. */
  async identify(): Promise<string> {
    this.connection.requireOpen();
    return this.identity.known();
  }

  /** Whether the server answers within that time. Never throws. */
  async answers(withinMs: number): Promise<boolean> {
    this.asked ??= this.ask().finally(() => {
      this.asked = null;
    });
    return Promise.race([this.asked, pause(withinMs, false, { ref: false })]);
  }

  /** Whether an event stands at the position. @throws RangeError for a text that is no position. @throws StoreUnavailable. */
  async holds(position: LogPosition): Promise<boolean> {
    this.connection.requireOpen();
    return this.identity.holds(position);
  }

  /** @inheritdoc */
  async append(stream: string, events: readonly EventToAppend[], expectedRevision: number): Promise<AppendResult> {
    this.connection.requireOpen();
    checkAppend(stream, events, expectedRevision);
    const fixed = fixEvents(this.codec, events);
    return this.connection.finishing(async () => {
      await this.identity.known();
      return this.appends.append(stream, fixed, expectedRevision);
    });
  }

  /** @inheritdoc Their bytes are kept, whatever the codec would make of their contents today. @throws WrongExpectedRevision. */
  async appendCopies(events: readonly StoredEvent[]): Promise<void> {
    const [first] = events;
    if (!first) return;
    this.connection.requireOpen();
    await this.connection.finishing(async () => {
      await this.identity.known();
      await this.appends.append(first.stream, events.map(asFixed), first.revision - 1, events.at(-1)?.hash);
    });
  }

  /** @inheritdoc @throws StoreUnavailable when the store is closed or cannot be reached. @throws RangeError for options out of range. */
  readStream(stream: string, options: ReadStreamOptions = {}): AsyncIterable<StoredEvent> {
    return this.reads.stream(stream, options, () => this.identity.known());
  }

  /** @inheritdoc @throws StoreUnavailable when the store is closed or cannot be reached. @throws RangeError for options out of range. */
  readAll(options: ReadAllOptions = {}): AsyncIterable<StoredEvent> {
    return this.reads.all(options, () => this.identity.known());
  }

  /** @inheritdoc Lost connections are its own business; it goes on after the last event that it gave. */
  subscribeAll(after: LogPosition, signal: AbortSignal): AsyncIterable<EventBatch> {
    return this.subscription.follow(after, signal);
  }

  /** @inheritdoc Subscriptions end with StoreUnavailable. */
  async close(): Promise<void> {
    await this.connection.close();
  }

  private async ask(): Promise<boolean> {
    try {
      await this.identify();
      await this.reads.event(IDENTITY_STREAM, 0);
      return true;
    } catch {
      return false;
    }
  }
}
