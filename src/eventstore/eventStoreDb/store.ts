import { setTimeout as pause } from 'node:timers/promises';
import { Emitter } from '../../concurrency';
import { checkAppend } from '../appendChecks';
import type { CopyTarget } from '../copyEventLog';
import { EventCodec } from '../eventCodec';
import type { AppendResult, EventBatch, EventLog, EventToAppend, LogPosition, ReadAllOptions, ReadStreamOptions, StoredEvent, StoreProblem } from '../eventStore';
import { EventStoreDbAppends } from './appends';
import { EventStoreDbConnection, type EventStoreDbOptions } from './connection';
import { asFixed, fixEvents } from './events';
import type { LogReplaced } from './failures';
import { EventStoreDbHeads } from './position';
import { EventStoreDbIdentity } from './identity';
import { EventStoreDbReads, IDENTITY_STREAM } from './reads';
import { EventStoreDbSubscription } from './subscription';

/** The event log in EventStoreDB or KurrentDB, shared by any number of processes. No other service may use the server. */
export class EventStoreDbEventStore implements EventLog, CopyTarget {
  private readonly codec = new EventCodec();
  private readonly heads = new EventStoreDbHeads();
  private readonly connection: EventStoreDbConnection;
  private readonly reads: EventStoreDbReads;
  private readonly appends: EventStoreDbAppends;
  private readonly identity: EventStoreDbIdentity;
  private readonly subscription: EventStoreDbSubscription;
  /** The running check of the server, which concurrent callers share. */
  private asked: Promise<boolean> | null = null;
  private readonly identified = new Emitter<string>();

  /** Creates the store. It connects on first use. @throws Error when the address is invalid. */
  constructor(options: EventStoreDbOptions) {
    this.connection = new EventStoreDbConnection(options);
    this.connection.onTrouble(() => { this.heads.clear(); });
    this.reads = new EventStoreDbReads(this.connection, this.codec, this.heads);
    this.appends = new EventStoreDbAppends(this.connection, this.reads, this.heads);
    this.identity = new EventStoreDbIdentity(this.connection, this.reads, this.appends, this.codec, (storeId) => { this.identified.emit('identified', storeId); });
    this.subscription = new EventStoreDbSubscription(this.connection, this.identity, this.codec, this.heads);
  }

  /** UUID of this log, null until the server has been reached. */
  get storeId(): string | null {
    return this.identity.storeId;
  }

  get isOpen(): boolean {
    return this.connection.isOpen;
  }

  /** Other processes may append to the same server. */
  readonly exclusive = false;
  /** The server counts its own writes. */
  readonly statistics = null;
  get problem(): StoreProblem | null {
    return this.connection.denied;
  }

  get isAway(): boolean {
    return this.connection.isAway;
  }

  /** @inheritdoc */
  onAway(listener: () => void): () => void {
    return this.connection.onAway(listener);
  }


  /** Does nothing: its server has the files. */
  probe(): void {}


  /** Resolves when the server has another log than before, with which this process cannot continue. */
  get replaced(): Promise<LogReplaced> {
    return this.connection.whenReplaced;
  }

  /** Refuses any log but this one as soon as the server can be reached. */
  expect(storeId: string): void {
    this.identity.expect(storeId);
  }

  /** Calls the listener with the log's UUID when it is known, before any event is returned. Calls it at once when the UUID is known already. */
  onIdentified(listener: (storeId: string) => void): void {
    this.identified.on('identified', listener);
    if (this.storeId !== null) listener(this.storeId);
  }

  /** The log's UUID. @throws StoreUnavailable when the server cannot be reached in time. */
  async identify(): Promise<string> {
    this.connection.requireOpen();
    return this.identity.known();
  }

  /** Tells whether the server answers within that time. Never throws. */
  async answers(withinMs: number): Promise<boolean> {
    this.asked ??= this.ask().finally(() => {
      this.asked = null;
    });
    return Promise.race([this.asked, pause(withinMs, false, { ref: false })]);
  }

  /** Tells whether the log has an event at the position. @throws RangeError for an invalid position. @throws StoreUnavailable */
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

  /** @inheritdoc Stores their bytes unchanged, even if the codec would now encode the contents differently. @throws WrongExpectedRevision */
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

  /** @inheritdoc After a lost connection it continues after the last event that it returned. */
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
