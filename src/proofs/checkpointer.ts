import { setTimeout as pause } from 'node:timers/promises';
import { headOf, START, type EventStore, type StoredEvent } from '../eventstore/eventStore';
import type { CheckpointDirectory } from './checkpointDirectory';
import type { CheckpointKey } from './checkpointKey';
import { CHECKPOINT_FORMAT, type SignedCheckpoint } from './checkpointStatement';
import type { EventTree } from './eventTree';

export interface CheckpointerOptions {
  readonly store: EventStore;
  /** UUID of the store's log. */
  readonly storeId: string;
  readonly tree: EventTree;
  readonly checkpoints: CheckpointDirectory;
  /** null for one that only reads. */
  readonly key: CheckpointKey | null;
  /** ISO 8601 in UTC. */
  readonly now: () => string;
  /** A checkpoint is signed after so many events … */
  readonly everyEvents: number;
  /** … or so long after the one before, if there is any event since. */
  readonly everyMs: number;
  readonly report: (problem: CheckpointProblem) => void;
}

export interface CheckpointProblem {
  /** `CONTRADICTION`: the log is not what was signed before; nothing more is signed. `LOG_NOT_FOLLOWED`: it is tried again. */
  readonly what: 'CONTRADICTION' | 'LOG_NOT_FOLLOWED' | 'NOT_SIGNED';
  readonly message: string;
}

/** The log is not the one that was signed. */
export class LogContradiction extends Error {
  override readonly name = 'LogContradiction';
}

/** New events wait so long for others, so that the tree is not written for each of them. */
const GATHER_MS = 200;
const RETRY_DELAYS_MS = [250, 1_000, 5_000];
const EVENTS_PER_TRANSACTION = 512;
const LONGEST_TIMER_MS = 60_000;
/** At the end of the service nobody waits longer for the last events, nor for more of them. */
const LAST_READ_MS = 2_000;
const MAX_LAST_EVENTS = 5_000;

/** Follows the log, keeps the tree over it, and signs checkpoints. It never signs what contradicts one that it signed before. */
export class Checkpointer {
  readonly #stopping = new AbortController();
  #ended: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #contradiction: string | undefined;
  #caughtUp = false;

  constructor(private readonly options: CheckpointerOptions) {}

  /** Why nothing is signed any more; undefined while all is well. */
  get contradiction(): string | undefined {
    return this.#contradiction;
  }

  /** Begins to follow the log. */
  start(): void {
    this.#ended = this.#follow(this.#stopping.signal);
    this.#timer = setInterval(() => { this.#attempt(() => { this.#signIfTime(); }); }, Math.min(this.options.everyMs, LONGEST_TIMER_MS)).unref();
  }

  /** Ends, with a checkpoint over what came since the last one. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopping.abort();
    await this.#ended;
    if (!this.#caughtUp || this.#contradiction !== undefined) return;
    await Promise.race([this.#signRest(), pause(LAST_READ_MS, undefined, { ref: false })]);
  }

  /**
   * Takes in everything that is in the log now and signs it, unless it is signed already.
   * @returns the latest checkpoint; undefined for an empty log. @throws LogContradiction; StoreUnavailable.
   */
  async signAll(): Promise<SignedCheckpoint | undefined> {
    await this.takeAll();
    return this.sign();
  }

  /** Takes in everything that is in the log now. @returns the latest checkpoint. @throws LogContradiction; StoreUnavailable. */
  async takeAll(): Promise<SignedCheckpoint | undefined> {
    const { tree, checkpoints } = this.options;
    await this.#compare();
    do await this.#takeRest(Infinity);
    while (tree.size < (checkpoints.latest()?.statement.events ?? 0));
    return checkpoints.latest();
  }

  /** Signs what the tree holds, unless it is signed already. @returns the latest checkpoint. @throws LogContradiction */
  sign(): SignedCheckpoint | undefined {
    const { storeId, tree, checkpoints, key, now } = this.options;
    const latest = checkpoints.latest();
    if (this.#contradiction !== undefined) throw new LogContradiction(this.#contradiction);
    if (key === null || tree.size <= (latest?.statement.events ?? 0)) return latest;
    if (latest) this.#compareWith(latest);
    const statement = { format: CHECKPOINT_FORMAT, storeId, position: tree.position, events: tree.size, root: tree.root(tree.size).toString('hex'), time: now() } as const;
    const signed = key.sign(statement);
    checkpoints.add(signed);
    return signed;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted && this.#contradiction === undefined; failures += 1) {
      try {
        await this.#compare();
        for await (const { events, caughtUp } of this.options.store.subscribeAll(this.options.tree.position, signal)) {
          failures = 0;
          this.#take(events);
          this.#caughtUp ||= caughtUp;
          if (!caughtUp) continue;
          this.#signIfTime();
          await pause(GATHER_MS, undefined, { signal }).catch(() => undefined);
        }
      } catch (error) {
        this.#noteFailure(error);
      }
      await pause(RETRY_DELAYS_MS[Math.min(failures, RETRY_DELAYS_MS.length - 1)], undefined, { signal }).catch(() => undefined);
    }
  }

  /** Adds events, with a checkpoint wherever one is due. */
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

  async #signRest(): Promise<void> {
    try {
      await this.#takeRest(MAX_LAST_EVENTS);
      this.sign();
    } catch (error) {
      this.#noteFailure(error, 'NOT_SIGNED');
    }
  }

  #signIfTime(): void {
    const { checkpoints, everyMs, now } = this.options;
    const latest = checkpoints.latest();
    if (!latest || Date.parse(now()) - Date.parse(latest.statement.time) >= everyMs) this.sign();
  }

  /** Whether the log still holds what the tree has seen of it, and the tree what was signed. @throws LogContradiction */
  async #compare(): Promise<void> {
    const { store, tree, checkpoints } = this.options;
    const latest = checkpoints.latest();
    if (latest && (await headOf(store)) < latest.statement.position) {
      throw new LogContradiction(`The log ends before position ${latest.statement.position}, of which a checkpoint was signed at ${latest.statement.time}. It was cut or replaced by an older copy.`);
    }
    if (tree.size > 0) {
      const last = tree.eventAt(tree.size - 1);
      const before = tree.size > 1 ? tree.eventAt(tree.size - 2).position : START;
      for await (const { position, hash } of store.readAll({ after: before, maxCount: 1 })) {
        if (position !== last.position || hash !== last.hash) continue;
        this.#compareWithLatest();
        return;
      }
      throw new LogContradiction(`The log held an event at position ${last.position} that is not there any more. It was cut, changed or replaced by an older copy.`);
    }
  }

  #compareWithLatest(): void {
    const latest = this.options.checkpoints.all().findLast(({ statement }) => statement.events <= this.options.tree.size);
    if (latest) this.#compareWith(latest);
  }

  #compareWith({ statement: { events, position, root, time } }: SignedCheckpoint): void {
    const { tree } = this.options;
    if (tree.size >= events && tree.eventAt(events - 1).position === position && tree.root(events).toString('hex') === root) return;
    throw new LogContradiction(`The log is not the one of which a checkpoint over ${events} events was signed at ${time}. Run "verify", which names the difference.`);
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#noteFailure(error, 'NOT_SIGNED');
    }
  }

  #noteFailure(error: unknown, what: CheckpointProblem['what'] = 'LOG_NOT_FOLLOWED'): void {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof LogContradiction) {
      if (this.#contradiction !== undefined) return;
      this.#contradiction = message;
    }
    this.options.report({ what: error instanceof LogContradiction ? 'CONTRADICTION' : what, message });
  }
}
