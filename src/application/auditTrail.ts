import type { AuditedFilter, AuditEvent, PersonEnvelope } from '../domain/events';
import { auditStream } from '../domain/streamNames';
import { NO_STREAM, StoreUnavailable, type EventStore, type StoredEvent } from '../eventstore/eventStore';
import type { Caller } from './caller';
import { notBefore, type Clock } from './clock';
import { newRun, type CommandRun } from './commandRun';
import { untilNoConflict } from './optimisticLoop';
import { toAppend } from './recordedEvent';

/** What an auditor reads. */
export interface AuditedRead {
  /** the field of the API, for example `membershipEvents`. */
  readonly read: string;
  /** null where it is about every app. */
  readonly appId: string | null;
  /** its arguments, without those that are absent and without any Keap ID. */
  readonly filter: AuditedFilter;
  /** the Keap ID among its arguments. */
  readonly keapId?: string;
}

interface Waiting {
  readonly run: CommandRun;
  readonly event: AuditEvent;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Most reads that wait to be recorded, and most that go into one append. */
const MAX_WAITING = 10_000;
const READS_PER_APPEND = 50;

/**
 * Records what auditors read, in one stream a month. Reads that come while an append is under way share the next one, so
 * that many auditors at once do not stand in each other's way; other replicas may.
 */
export class AuditTrail {
  #waiting: Waiting[] = [];
  #writing = false;

  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Settles when the read stands in the log; it may be answered then, not before.
   * @throws StoreUnavailable when it cannot be recorded, or when 10,000 are waiting already.
   */
  async record(caller: Caller, { read, appId, filter, keapId }: AuditedRead): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING) throw new StoreUnavailable(`${MAX_WAITING} reads are waiting to be recorded already; ask again a little later`);
    const person: PersonEnvelope | null = keapId === undefined ? null : { keapId, name: null };
    const event: AuditEvent = { type: 'AuditorRead', data: { read, appId, filter, person } };
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ run: newRun(caller), event, resolve, reject });
      if (!this.#writing) void this.#write();
    });
  }

  async #write(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, READS_PER_APPEND);
      try {
        await untilNoConflict(() => this.#append(batch));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#writing = false;
  }

  async #append(batch: readonly Waiting[]): Promise<void> {
    const now = this.clock.now();
    const stream = auditStream(now);
    const last = await this.#lastOf(stream);
    const occurredAt = notBefore(now, last?.occurredAt ?? '');
    await this.store.append(stream, batch.flatMap(({ event, run }) => toAppend([event], run, occurredAt)), last?.revision ?? NO_STREAM);
  }

  async #lastOf(stream: string): Promise<StoredEvent | undefined> {
    for await (const event of this.store.readStream(stream, { backwards: true, maxCount: 1 })) return event;
    return undefined;
  }
}
