import type { MailEvent, NoticeEvent, Recorded } from '../../domain/events';
import type { WebhookEvent } from '../../domain/webhookEvents';
import type { EventStore, LogPosition } from '../../eventstore/eventStore';
import { type Clock, eventTime, systemCaller } from '../commandTypes';
import { retryOnConflict, toAppend, toRecorded } from '../handling/append';

export type DeliveryEvent = MailEvent | NoticeEvent | WebhookEvent;

/** Last event of a stream; revision -1 for an empty stream. */
interface StreamHead {
  readonly revision: number;
  readonly occurredAt: string;
}

/** The head of a stream after something was recorded in it, and its log position. */
export interface RecordedHead extends StreamHead {
  readonly position: LogPosition;
}

/** Something to deliver, and the stream in which its attempts are recorded. */
export interface Delivery<E extends DeliveryEvent> {
  readonly stream: string;
  /** Head of the stream when the delivery was found due. */
  readonly head: StreamHead;
  /** Whether an event of the stream is about this delivery. Such an event after `head` prevents a claim. */
  readonly concerns: (newer: E) => boolean;
  /** Decides what is recorded of an outcome when `newer` was appended after the claim; null records nothing. */
  readonly reconcile: (newer: E, outcome: readonly E[]) => readonly E[] | null;
  /** Event that asked for the delivery. Without it each recorded event is its own cause. */
  readonly cause?: { readonly eventId: string; readonly correlationId: string };
}

/** Events about a delivery that are to be recorded. */
export interface Recording<E extends DeliveryEvent> {
  readonly delivery: Delivery<E>;
  readonly events: readonly E[];
  /** A UUID. Another recording with the same one appends nothing more. */
  readonly commandId: string;
  /** As `reconcile` of the delivery. */
  readonly decide: Delivery<E>['reconcile'];
}

/** A recording, how much of it is left to append, and what became of it. */
interface Pending<E extends DeliveryEvent> extends Recording<E> {
  left: readonly E[];
  recorded?: RecordedHead | null;
}

interface Waiting<E extends DeliveryEvent> extends Recording<E> {
  readonly resolve: (head: RecordedHead | null) => void;
  readonly reject: (error: unknown) => void;
}

/** How long an outcome waits for those of other deliveries, in milliseconds. */
const GATHER_MS = 50;

/** Records what becomes of deliveries in their streams. */
export class DeliveryRecords<E extends DeliveryEvent> {
  #waiting: Waiting<E>[] = [];

  /** @param actor name of the system actor on recorded events. */
  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
    private readonly actor: 'mail' | 'webhooks',
  ) {}

  /**
   * Records an outcome together with others that come within some milliseconds. They share a flush to disk, and what follows the log takes them together.
   * Callers bound how many of them wait.
   * @returns the new head of its stream; null when newer events prevented it. @throws StoreUnavailable
   */
  gather(recording: Recording<E>): Promise<RecordedHead | null> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...recording, resolve, reject });
      if (this.#waiting.length === 1) setTimeout(() => { this.#recordWaiting(); }, GATHER_MS);
    });
  }

  /**
   * Appends to one stream what is to be recorded about deliveries.
   * @returns the new head for each of them; null when newer events of the stream prevented it.
   * @throws StoreUnavailable
   */
  async record(stream: string, recordings: readonly Recording<E>[]): Promise<readonly (RecordedHead | null)[]> {
    const all = recordings.map((one): Pending<E> => ({ ...one, left: one.events }));
    let head: StreamHead = all.map(({ delivery }) => delivery.head).reduce((least, one) => (one.revision < least.revision ? one : least));
    await retryOnConflict(async () => {
      for await (const stored of this.store.readStream(stream, { fromRevision: head.revision + 1 })) {
        const newer: Recorded<E> = toRecorded<E>(stored);
        head = newer;
        for (const one of all) takeNotice(one, newer);
      }
      const open = all.filter(({ recorded }) => recorded === undefined);
      if (open.length === 0) return;
      const time = eventTime(this.clock.now(), head.occurredAt);
      const events = open.flatMap(({ left, commandId, delivery: { cause } }) =>
        toAppend(left, { caller: systemCaller(this.actor, cause?.correlationId), commandId, keyed: false, causationId: cause?.eventId ?? commandId }, time));
      const { revision, position } = await this.store.append(stream, events, head.revision);
      for (const one of open) one.recorded = { revision, occurredAt: time.occurredAt, position };
    });
    return all.map(({ recorded }) => recorded ?? null);
  }

  #recordWaiting(): void {
    const byStream = new Map<string, Waiting<E>[]>();
    for (const one of this.#waiting) byStream.set(one.delivery.stream, [...(byStream.get(one.delivery.stream) ?? []), one]);
    this.#waiting = [];
    for (const [stream, waiting] of byStream) {
      this.record(stream, waiting).then(
        (heads) => { waiting.forEach(({ resolve }, index) => { resolve(heads[index] ?? null); }); },
        (error: unknown) => { for (const { reject } of waiting) reject(error); },
      );
    }
  }
}

/** Takes into account an event that is newer than what was known when the delivery was found due. */
function takeNotice<E extends DeliveryEvent>(one: Pending<E>, newer: Recorded<E>): void {
  const { delivery, commandId, decide } = one;
  if (one.recorded !== undefined || newer.revision <= delivery.head.revision) return;
  const { revision, occurredAt, position } = newer;
  if (newer.commandId === commandId) {
    one.recorded = { revision, occurredAt, position };
    return;
  }
  const left = delivery.concerns(newer) ? decide(newer, one.left) : one.left;
  if (left === null) one.recorded = null;
  else one.left = left;
}
