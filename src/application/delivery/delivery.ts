import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { v4 } from 'uuid';
import { type EventStore, type LogPosition, type StoredEvent, StoreUnavailable } from '../../eventstore/eventStore';
import type { Projector } from '../../projections/live/projector';
import { addMilliseconds, type Clock } from '../commandTypes';
import { RecurringTask } from '../../concurrency';
import { derivedId, toRecorded } from '../handling/append';
import { type Delivery, type DeliveryEvent, DeliveryRecords, type RecordedHead } from './recording';

/** How often, and for how long, something is attempted. */
export interface DeliverySettings {
  /** Maximum number of attempts; after the last one fails, delivery is given up. */
  readonly tries: number;
  /** Pause after the first failed attempt, in milliseconds. Each later pause is four times as long, up to 24 hours. */
  readonly firstPauseMs: number;
  /** An attempt that takes longer fails with the reason `TIMED_OUT`. */
  readonly timeoutMs: number;
  /** How long attempts in progress may continue after the process was told to stop. */
  readonly graceMs: number;
}

const PAUSE_FACTOR = 4;
const LONGEST_PAUSE_MS = 24 * 60 * 60 * 1000;

/**
 * The retry schedule of messages and webhooks alike.
 * @param attempt Number of the attempt that failed at `now`, counted from 1.
 * @returns when to attempt again, ISO 8601 in UTC; null after the last attempt.
 */
export const retryAt = ({ tries, firstPauseMs }: Pick<DeliverySettings, 'tries' | 'firstPauseMs'>, attempt: number, now: string): string | null =>
  attempt >= tries ? null : addMilliseconds(now, Math.min(firstPauseMs * PAUSE_FACTOR ** (attempt - 1), LONGEST_PAUSE_MS));

/**
 * The latest time at which a delivery can be due, as `retryAt` and claims set it. A later one was set while the clock was ahead; such
 * a delivery is due now.
 */
export const latestDue = (now: string): string => addMilliseconds(now, LONGEST_PAUSE_MS + 60 * 60 * 1000);

/**
 * Whether another attempt may succeed. After MISCONFIGURED the delivery waits, and the attempt does not count: the other side
 * refuses this service as a whole, as it is configured.
 */
type Refusal = 'TEMPORARY' | 'PERMANENT' | 'MISCONFIGURED';

/** The other side did not accept a delivery. The reason is stored, so it must contain no address and nothing that the other side said. */
export class NotDelivered extends Error {
  override readonly name = 'NotDelivered';

  /** @param reason a word, followed by the status code where there is one: `REFUSED 503`. */
  constructor(
    readonly reason: string,
    readonly kind: Refusal = 'TEMPORARY',
    options?: ErrorOptions,
  ) {
    super(`Not delivered: ${reason}`, options);
  }
}

/** How an attempt ended; `STOPPED` when the process stopped before the outcome was known. */
export type Attempt = 'DELIVERED' | 'STOPPED' | NotDelivered;

const RECORD_PAUSE_MS = 500;

/**
 * Delivers at least once. The claim is appended at the revision that was read, so only one of several processes sends;
 * the outcome is recorded afterwards. If a process dies in between, the delivery is due again when its claim expires. Where
 * no other process can send, the claim is recorded with the outcome, by one append.
 */
export class Deliverer<E extends DeliveryEvent> {
  readonly #stopping = new AbortController();
  readonly #aborted = new AbortController();
  readonly #records: DeliveryRecords<E>;

  /**
   * Creates the engine for one kind of delivery.
   * @param actor name of the system actor on recorded events.
   * @param report called for each failed attempt; `retryAt` is null when the delivery is given up.
   */
  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
    actor: 'mail' | 'webhooks',
    readonly settings: DeliverySettings,
    private readonly report: (failure: object) => void,
  ) {
    this.#records = new DeliveryRecords(store, clock, actor);
  }

  /** True once `stop` was called: no further delivery may begin. */
  get isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /**
   * Reports a failed attempt.
   * @param of ids of what was to be delivered.
   * @returns when to attempt again; null after the last attempt and after a permanent refusal.
   */
  failed(of: object, attempt: number, reason: string, kind: Refusal = 'TEMPORARY'): string | null {
    const next = kind === 'PERMANENT' ? null : retryAt(this.settings, attempt, this.clock.now());
    this.report({ ...of, attempt, reason, retryAt: next });
    return next;
  }

  /**
   * Claims a delivery, sends it and records the outcome.
   * @param send is given the log position of the claim and returns the events to record; none when the process stopped first.
   * @returns false when another process was first. @throws StoreUnavailable and whatever `send` throws.
   */
  async deliver(delivery: Delivery<E>, claim: E, send: (claimedAt: LogPosition) => Promise<readonly E[]>): Promise<boolean> {
    const claimId = v4();
    const head = await this.record(delivery, [claim], claimId, () => null);
    if (head === null) return false;
    const outcome = await send(head.position);
    if (outcome.length > 0) await this.#untilRecorded(() => this.record({ ...delivery, head }, outcome, derivedId(claimId, 'outcome')), this.settings.timeoutMs);
    return true;
  }

  /**
   * Sends what no other process can send, and begins to record the claim with the outcome.
   * @param send returns the events to record; none when the process stopped first.
   * @returns once it was sent, a promise of the position of what is recorded, which is null when the delivery was not due any more. @throws as `deliver` does.
   */
  async deliverAlone(delivery: Delivery<E>, claim: E, send: () => Promise<readonly E[]>): Promise<{ readonly recorded: Promise<LogPosition | null> }> {
    for await (const stored of this.store.readStream(delivery.stream, { fromRevision: delivery.head.revision + 1 })) {
      if (delivery.concerns(toRecorded<E>(stored))) return { recorded: Promise.resolve(null) };
    }
    // As long as the store cannot record it, nothing is sent again.
    const record = (outcome: readonly E[]): Promise<LogPosition | null> => {
      const recording = { delivery, events: [claim, ...outcome], commandId: v4(), decide: delivery.reconcile };
      return this.#untilRecorded(() => this.#records.gather(recording), Infinity);
    };
    const outcome = await send().catch(async (error: unknown) => {
      await record([]);
      throw error;
    });
    return { recorded: record(outcome) };
  }

  /** Makes one attempt, within the timeout. @throws what `send` throws, except `NotDelivered`. */
  async attempt(send: (signal: AbortSignal) => Promise<void>): Promise<Attempt> {
    // AbortSignal.any with AbortSignal.timeout is not an option: Node 20 may collect the timeout before it fires.
    const over = new AbortController();
    const end = (): void => { over.abort(); };
    const timer = setTimeout(end, this.settings.timeoutMs).unref();
    this.#aborted.signal.addEventListener('abort', end);
    const tooLate = new Promise<never>((_, reject) => {
      over.signal.addEventListener('abort', () => { reject(new NotDelivered('TIMED_OUT')); });
    });
    try {
      await Promise.race([send(over.signal), tooLate]);
      return 'DELIVERED';
    } catch (error) {
      if (this.#aborted.signal.aborted) return 'STOPPED';
      if (error instanceof NotDelivered) return error;
      throw error;
    } finally {
      clearTimeout(timer);
      this.#aborted.signal.removeEventListener('abort', end);
    }
  }

  /**
   * Appends events to the delivery's stream. A repetition with the same `commandId` appends nothing more.
   * @returns the new head; null when newer events of the stream prevented it.
   * @throws StoreUnavailable
   */
  async record(delivery: Delivery<E>, events: readonly E[], commandId: string, decide = delivery.reconcile): Promise<RecordedHead | null> {
    const [head] = await this.#records.record(delivery.stream, [{ delivery, events, commandId, decide }]);
    return head ?? null;
  }

  /** Prevents further deliveries, and aborts those in progress after the grace period. Resolves when `inProgress` has. */
  async stop(inProgress: Promise<unknown>): Promise<void> {
    this.#stopping.abort();
    const grace = setTimeout(() => { this.#aborted.abort(); }, this.settings.graceMs);
    await inProgress;
    clearTimeout(grace);
  }

  /** Retries while the store is unavailable, until the time is over, after which a claim may expire, or the process stops. Returns the position; null when newer events prevented it. */
  async #untilRecorded(record: () => Promise<RecordedHead | null>, timeoutMs: number): Promise<LogPosition | null> {
    const giveUpAt = performance.now() + timeoutMs;
    for (;;) {
      try {
        return (await record())?.position ?? null;
      } catch (error) {
        if (!(error instanceof StoreUnavailable) || this.isStopping || performance.now() > giveUpAt) throw error;
        await pause(RECORD_PAUSE_MS);
      }
    }
  }
}

/** What a `DeliveryLoop` needs. */
export interface DeliveryLoopOptions {
  readonly projector: Pick<Projector, 'status' | 'onApplied'>;
  /** Whether no other process uses this log, so that claims found at start are abandoned. */
  readonly exclusive: boolean;
  /** Delivers what is due, and with `abandoned` also what is claimed. */
  readonly work: (abandoned: boolean) => Promise<unknown>;
  /** Whether an event may make something due. */
  readonly wakesOn: (event: StoredEvent) => boolean;
  readonly report: (error: unknown) => void;
}

/** How often to look for retries that have become due; new events wake the loop at once. */
const SWEEP_MS = 500;
/** After an internal error, such as an unavailable store, no sweep runs for this long. */
const REST_MS = 5_000;

/** Delivers what is due as long as the process runs, once all read models are filled and have caught up with the log. */
export class DeliveryLoop {
  readonly #task: RecurringTask;
  #abandoned: boolean;
  #restUntil = 0;
  #unsubscribe: () => void = () => undefined;

  constructor(private readonly options: DeliveryLoopOptions) {
    this.#abandoned = options.exclusive;
    this.#task = new RecurringTask({ then: () => this.#sweep(), pauseMs: SWEEP_MS, onError: (error) => { this.failed(error); } });
  }

  start(): void {
    this.#unsubscribe = this.options.projector.onApplied(({ events }) => {
      if (events.some(this.options.wakesOn)) this.wake();
    });
    this.#task.start();
  }

  /** Sweeps now, or once more after the sweep in progress. */
  wake(): void {
    this.#task.wake();
  }

  /** Reports an internal error and rests. */
  failed(error: unknown): void {
    this.#restUntil = performance.now() + REST_MS;
    this.options.report(error);
  }

  /** Resolves when the sweep in progress has ended. */
  async stop(): Promise<void> {
    this.#unsubscribe();
    await this.#task.stop();
  }

  async #sweep(): Promise<void> {
    const { caughtUp, filling } = this.options.projector.status();
    if (!caughtUp || filling !== null || performance.now() < this.#restUntil) return;
    // Requests that waited for what has just been applied are answered first.
    await nextTurn();
    const abandoned = this.#abandoned;
    this.#abandoned = false;
    await this.options.work(abandoned);
  }
}
