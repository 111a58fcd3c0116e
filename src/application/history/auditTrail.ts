import type { AuditedFilter, AuditEvent, PersonEnvelope } from '../../domain/events';
import { auditStream } from '../../domain/streams';
import { type EventStore, NO_STREAM, type StoreReach, StoreUnavailable } from '../../eventstore/eventStore';
import { type Caller, type Clock, eventTime } from '../commandTypes';
import { ReadNotRecorded } from '../errors';
import { unlessAway } from '../handling/reach';
import { type CommandRun, lastEventOf, newRun, toAppend, retryOnConflict } from '../handling/append';

/** A read by an auditor. */
export interface AuditedRead {
  /** The field of the API, for example `membershipEvents`. */
  readonly read: string;
  /** The app that was read; null for all apps. */
  readonly appId: string | null;
  /** The arguments given, without the Keap ID. */
  readonly filter: AuditedFilter;
  /** The Keap ID among the arguments. It is stored in the personal envelope. */
  readonly keapId?: string;
}

interface Waiting {
  readonly run: CommandRun;
  readonly event: AuditEvent;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Reads that may wait to be recorded. Beyond it, a read fails with `StoreUnavailable`. */
const MAX_WAITING = 10_000;
/** Reads recorded by one append. The rest wait for the next append. */
const READS_PER_APPEND = 50;

/**
 * Records what auditors read, in one stream per month. Reads that arrive during an append share the next one, so that concurrent
 * auditors on one replica cause no conflicts.
 */
export class AuditTrail {
  #waiting: Waiting[] = [];
  #writing = false;

  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
    private readonly reach: StoreReach,
  ) {}

  /**
   * Records a read. The read may be answered only after the promise has resolved.
   * @throws ReadNotRecorded when the store cannot be written. @throws StoreUnavailable when 10,000 reads are waiting.
   */
  async record(caller: Caller, { read, appId, filter, keapId }: AuditedRead): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING) throw new StoreUnavailable(`${MAX_WAITING} reads are waiting to be recorded. Try again later.`);
    const person: PersonEnvelope | null = keapId === undefined ? null : { keapId, name: null };
    const event: AuditEvent = { type: 'AuditorRead', data: { read, appId, filter, person } };
    const recorded = (): Promise<void> => new Promise((resolve, reject) => {
      this.#waiting.push({ run: newRun(caller), event, resolve, reject });
      if (!this.#writing) void this.#write();
    });
    try {
      await unlessAway(this.reach, recorded);
    } catch (error) {
      throw error instanceof StoreUnavailable && error.problem === null ? new ReadNotRecorded({ cause: error }) : error;
    }
  }

  async #write(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, READS_PER_APPEND);
      try {
        await retryOnConflict(() => this.#append(batch));
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
    const last = await lastEventOf(this.store, stream);
    const time = eventTime(now, last?.occurredAt ?? '');
    await this.store.append(stream, batch.flatMap(({ event, run }) => toAppend([event], run, time)), last?.revision ?? NO_STREAM);
  }
}
