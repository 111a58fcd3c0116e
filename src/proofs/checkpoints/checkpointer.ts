import { setTimeout as pause } from 'node:timers/promises';
import { type EventStore, headOf, type LogPosition, START, type StoredEvent } from '../../eventstore/eventStore';
import type { CheckpointDirectory } from './directory';
import { CHECKPOINT_FORMAT, type SignedCheckpoint, type Signer } from './statement';
import type { EventTree } from '../eventTree';
import { FIRST_PREVIOUS_HASH } from '../../eventstore/eventHash';
import type { Disclosed } from '../../eventstore/people/envelope';
import { eventLine, isOfApp } from '../events';

export interface CheckpointerOptions {
  readonly store: EventStore;
  /** UUID of the store's log. */
  readonly storeId: string;
  readonly tree: EventTree;
  readonly checkpoints: CheckpointDirectory;
  /** Signing key. Null when nothing is to be signed. */
  readonly key: Signer | null;
  /** ISO 8601 in UTC. */
  readonly now: () => string;
  /** Events after which a checkpoint is due. */
  readonly everyEvents: number;
  /** Time after the previous checkpoint, in milliseconds, at which one is due if there are newer events. */
  readonly everyMs: number;
  readonly report: (problem: CheckpointProblem) => void;
}

export interface CheckpointProblem {
  /** Kind of the problem. `CONTRADICTION`: the log contradicts a signed checkpoint, and nothing more is signed. `LOG_NOT_FOLLOWED`: reading the log failed, and is retried. `TREE_DAMAGED`: the tree's file is replaced. */
  readonly what: 'CONTRADICTION' | 'LOG_NOT_FOLLOWED' | 'NOT_SIGNED' | 'TREE_DAMAGED';
  readonly message: string;
}

/** The log contradicts a signed checkpoint. */
class LogContradiction extends Error {
  override readonly name = 'LogContradiction';
}

/** How long new events wait for others, in milliseconds, so that the tree is not written for each one. */
const GATHER_MS = 200;
const RETRY_DELAYS_MS = [250, 1_000, 5_000];
const EVENTS_PER_TRANSACTION = 512;
const LONGEST_TIMER_MS = 60_000;
/** Limits for signing the last events when the service stops. Events beyond them are signed after the next start. */
const LAST_READ_MS = 2_000;
const MAX_LAST_EVENTS = 5_000;

/** Follows the log, maintains the tree over it and signs checkpoints. It never signs a checkpoint that contradicts an earlier one. */
export class Checkpointer {
  readonly #stopping = new AbortController();
  /** Ends the present subscription, after which another one begins. */
  #subscription = new AbortController();
  #ended: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #contradiction: string | undefined;
  #caughtUp = false;

  constructor(private readonly options: CheckpointerOptions) {}

  /** The reason why nothing more is signed, undefined without one. */
  get contradiction(): string | undefined {
    return this.#contradiction;
  }

  /** Starts to follow the log. */
  start(): void {
    this.#ended = this.#follow(this.#stopping.signal);
    this.#timer = setInterval(() => { this.#attempt(() => { this.#signIfTime(); }); }, Math.min(this.options.everyMs, LONGEST_TIMER_MS)).unref();
  }

  /** Checks the file of the tree. One that is damaged, or is not the opened one any more, is replaced, and filled again from the log. */
  check(): void {
    if (this.options.tree.problem !== null) this.#subscription.abort();
  }

  /** Stops, after signing the events since the last checkpoint. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopping.abort();
    await this.#ended;
    if (!this.#caughtUp || this.#contradiction !== undefined) return;
    const late = new AbortController();
    await Promise.race([this.#signRest(late.signal), pause(LAST_READ_MS, undefined, { ref: false })]);
    late.abort();
  }

  /**
   * Adds all current events to the tree and signs them, unless they are signed already. Returns the latest checkpoint,
   * undefined for an empty log.
   * @throws LogContradiction, StoreUnavailable
   */
  async signAll(): Promise<SignedCheckpoint | undefined> {
    await this.takeAll();
    return this.sign();
  }

  /** Adds all current events to the tree. Returns the latest checkpoint. @throws LogContradiction, StoreUnavailable */
  async takeAll(): Promise<SignedCheckpoint | undefined> {
    const { tree, checkpoints } = this.options;
    await this.#compare();
    do await this.#takeRest(Infinity);
    while (tree.size < (checkpoints.latest()?.statement.events ?? 0));
    return checkpoints.latest();
  }

  /** Signs the events of the tree, unless they are signed already. Returns the latest checkpoint. @throws LogContradiction */
  sign(): SignedCheckpoint | undefined {
    const { storeId, tree, checkpoints, key } = this.options;
    const latest = checkpoints.latest();
    if (this.#contradiction !== undefined) throw new LogContradiction(this.#contradiction);
    if (key === null || tree.size <= (latest?.statement.events ?? 0)) return latest;
    if (latest) this.#compareWith(latest);
    const statement = { format: CHECKPOINT_FORMAT, storeId, position: tree.position, events: tree.size, root: tree.root(tree.size).toString('hex'), time: this.#time() } as const;
    const signed = key.sign(statement);
    checkpoints.add(signed);
    return signed;
  }

  /** The time of a checkpoint: later than every restore of the log, or it would be about what that gave up. */
  #time(): string {
    const { checkpoints, now } = this.options;
    const [time, restored] = [now(), checkpoints.keys.restoredAt];
    return time > restored ? time : new Date(Date.parse(restored) + 1).toISOString();
  }

  async #follow(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted && this.#contradiction === undefined; failures += 1) {
      try {
        this.#renewDamagedTree();
        await this.#compare();
        this.#subscription = new AbortController();
        for await (const { events, caughtUp } of this.options.store.subscribeAll(this.options.tree.position, AbortSignal.any([signal, this.#subscription.signal]))) {
          failures = 0;
          this.#take(events);
          this.#caughtUp ||= caughtUp;
          if (!caughtUp) continue;
          this.#signIfTime();
          await pause(GATHER_MS, undefined, { signal }).catch(() => undefined);
          this.check();
        }
      } catch (error) {
        this.#noteFailure(error);
      }
      await pause(RETRY_DELAYS_MS[Math.min(failures, RETRY_DELAYS_MS.length - 1)], undefined, { signal }).catch(() => undefined);
    }
  }

  #renewDamagedTree(): void {
    const { tree, report } = this.options;
    const { problem } = tree;
    if (problem === null) return;
    try {
      tree.renew();
    } catch (error) {
      report({ what: 'TREE_DAMAGED', message: `${problem} It cannot be replaced (${messageOf(error)}), which is tried again.` });
      throw error;
    }
    this.#caughtUp = false;
    report({ what: 'TREE_DAMAGED', message: `${problem} It was replaced by an empty one, which is filled from the log.` });
  }

  /** Adds events to the tree and signs a checkpoint wherever one is due. */
  #take(events: readonly StoredEvent[]): void {
    const { tree, checkpoints, everyEvents } = this.options;
    for (let rest = events; rest.length > 0;) {
      const signedEvents = checkpoints.latest()?.statement.events ?? 0;
      const untilDue = signedEvents > tree.size ? signedEvents - tree.size : Math.max(signedEvents + everyEvents - tree.size, 1);
      tree.append(rest.slice(0, untilDue));
      rest = rest.slice(untilDue);
      if (tree.size === signedEvents) this.#compareWithLatest();
      if (tree.size >= signedEvents + everyEvents) this.sign();
    }
  }

  async #takeRest(maxCount: number): Promise<void> {
    let waiting: StoredEvent[] = [];
    for await (const event of this.options.store.readAll({ after: this.options.tree.position, maxCount })) {
      waiting.push(event);
      if (waiting.length < EVENTS_PER_TRANSACTION) continue;
      this.#take(waiting);
      waiting = [];
    }
    this.#take(waiting);
  }

  async #signRest(late: AbortSignal): Promise<void> {
    try {
      await this.#takeRest(MAX_LAST_EVENTS);
      this.sign();
    } catch (error) {
      // Nobody waited for what a slow store sends after the tree was closed: the next start signs it.
      if (!late.aborted) this.#noteFailure(error, 'NOT_SIGNED');
    }
  }

  #signIfTime(): void {
    const { checkpoints, everyMs, now } = this.options;
    const latest = checkpoints.latest();
    if (!latest || Date.parse(now()) - Date.parse(latest.statement.time) >= everyMs) this.sign();
  }

  /** Checks that the log still holds the events of the tree, and the tree those that were signed. @throws LogContradiction */
  async #compare(): Promise<void> {
    const { store, tree, checkpoints } = this.options;
    const latest = checkpoints.latest();
    if (latest && (await headOf(store)) < latest.statement.position) {
      throw new LogContradiction(`The log ends before position ${latest.statement.position}, of which a checkpoint was signed at ${latest.statement.time}. It was cut or replaced by an older copy. If a backup was put back, run "restore".`);
    }
    if (tree.size > 0) {
      const last = tree.eventAt(tree.size - 1);
      const before = tree.size > 1 ? tree.eventAt(tree.size - 2).position : START;
      for await (const { position, hash } of store.readAll({ after: before, maxCount: 1 })) {
        if (position !== last.position || hash !== last.hash) continue;
        this.#compareWithLatest();
        return;
      }
      throw new LogContradiction(`The log held an event at position ${last.position} that is not there any more. It was cut, changed or replaced by an older copy. If a backup was put back, run "restore".`);
    }
  }

  #compareWithLatest(): void {
    const latest = this.options.checkpoints.latest(this.options.tree.size);
    if (latest) this.#compareWith(latest);
  }

  #compareWith({ statement: { events, position, root, time } }: SignedCheckpoint): void {
    const { tree } = this.options;
    if (tree.size >= events && tree.eventAt(events - 1).position === position && tree.root(events).toString('hex') === root) return;
    throw new LogContradiction(`The log is not the one of which a checkpoint over ${events} events was signed at ${time}. Run "verify", which names the difference. If a backup was put back, run "restore".`);
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#noteFailure(error, 'NOT_SIGNED');
    }
  }

  #noteFailure(error: unknown, what: CheckpointProblem['what'] = 'LOG_NOT_FOLLOWED'): void {
    if (this.options.tree.problem !== null) {
      this.check();
      return;
    }
    const message = messageOf(error);
    if (error instanceof LogContradiction) {
      if (this.#contradiction !== undefined) return;
      this.#contradiction = message;
    }
    this.options.report({ what: error instanceof LogContradiction ? 'CONTRADICTION' : what, message });
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export interface FollowedLog {
  /** The stored log, with sealed people. */
  readonly store: EventStore;
  readonly storeId: string;
  /** Decrypts what an event holds sealed; nothing when the keys are not available. */
  readonly disclose: (event: StoredEvent) => Promise<Disclosed>;
}

/** How often the log is polled, in milliseconds: a log that another process writes sends no notifications. */
const ASK_EVERY_MS = 250;

/** The log's events after `after` as CloudEvents, then new ones as they are appended, until the signal aborts. @throws StoreUnavailable */
export async function* followedEvents({ store, storeId, disclose }: FollowedLog, { appId, after }: { readonly appId: string | null; readonly after: LogPosition }, signal: AbortSignal): AsyncGenerator<string, void, undefined> {
  let position = after;
  const isStopped = (): boolean => signal.aborted;
  while (!isStopped()) {
    for await (const event of store.readAll({ after: position })) {
      position = event.position;
      if (isOfApp(event.stream, appId)) yield eventLine(storeId, event, await hashBefore(store, event), { disclosed: await disclose(event), proof: null });
      if (isStopped()) return;
    }
    await pause(ASK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function hashBefore(store: EventStore, { stream, revision }: StoredEvent): Promise<string> {
  if (revision === 0) return FIRST_PREVIOUS_HASH;
  for await (const { hash } of store.readStream(stream, { fromRevision: revision - 1, maxCount: 1 })) return hash;
  throw new Error(`${stream} has lost revision ${revision - 1}.`);
}
