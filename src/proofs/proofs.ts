import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { RecurringTask } from '../concurrency';
import type { EventStore, LogPosition } from '../eventstore/eventStore';
import type { BundleSource } from './bundle';
import { CountersignedCheckpoints } from './checkpoints/countersigned';
import { CheckpointDirectory } from './checkpoints/directory';
import { Checkpointer, type CheckpointProblem } from './checkpoints/checkpointer';
import { keyToStart, SigningKey } from './checkpoints/signingKey';
import { CheckpointKey } from './checkpoints/privateKey';
import type { SignedCheckpoint } from './checkpoints/statement';
import { EventTree } from './eventTree';
import { ProofQueries } from './queries';
import { StampedCheckpoints } from './timestamps/stamped';
import { Stamper, type StamperOptions, type StampingState } from './timestamps/stamper';
import { type WitnessSenderOptions, WitnessSender, type WitnessState } from './witness/sender';

export interface ProofSettings {
  /** Directory of the tree's file. */
  readonly dataDir: string;
  readonly checkpointDir: string;
  readonly checkpointKeyFile: string;
  readonly checkpointEveryEvents: number;
  readonly checkpointEveryMs: number;
}

/** How far the log is signed. */
export interface SignedState {
  readonly at: string | null;
  readonly eventsSince: number;
}

/** How often it is looked whether a checkpoint is to be posted to the witness. */
const LOOK_EVERY_MS = 500;
/** How long a stop waits for the witness to countersign the last checkpoint. It is posted again after the next start. */
const LAST_POST_MS = 1_000;

/** Who countersigns the checkpoints, and who stamps them with the time; null where none is configured. */
export interface Attesting {
  readonly witness: Pick<WitnessSenderOptions, 'post' | 'report'> | null;
  readonly authority: Pick<StamperOptions, 'post' | 'report'> | null;
}

interface Opened {
  readonly storeId: string;
  readonly tree: EventTree;
  readonly checkpoints: CheckpointDirectory;
  readonly checkpointer: Checkpointer;
  readonly key: SigningKey;
  readonly countersigned: CountersignedCheckpoints;
  readonly stamped: StampedCheckpoints;
  readonly sender: WitnessSender | null;
  readonly stamper: Stamper | null;
}

/** What a bundle is proved and sealed with. */
type Sealing = Omit<BundleSource, 'store' | 'disclose' | 'checkpoint'> & { readonly checkpoint: SignedCheckpoint };

/** How often it is looked whether the log is followed far enough, in milliseconds. */
const ASK_EVERY_MS = 20;

/** The proofs of a log: the tree over it, its signed checkpoints, and the process that signs them. */
export class Proofs {
  readonly queries = new ProofQueries(() => this.#opened);
  #opened: Opened | null = null;
  readonly #stopping = new AbortController();
  readonly #posting: readonly RecurringTask[];
  #closed = false;
  #unusable: Error | null = null;
  #fail: (reason: Error) => void = () => undefined;
  /** Resolves when it turns out that nothing can be signed. */
  readonly failed = new Promise<Error>((resolve) => { this.#fail = resolve; });

  /**
   * @throws Error when the file of the key exists, and does not hold a key.
   */
  constructor(
    private readonly store: EventStore,
    private readonly settings: ProofSettings,
    private readonly now: () => string,
    private readonly report: (problem: CheckpointProblem) => void,
    private readonly attesting: Attesting = { witness: null, authority: null },
  ) {
    CheckpointKey.load(settings.checkpointKeyFile);
    const looking = (then: () => Promise<unknown>): RecurringTask => new RecurringTask({ then, pauseMs: LOOK_EVERY_MS, onError: () => undefined });
    this.#posting = [looking(async () => this.#opened?.sender?.work(this.#stopping.signal)), looking(async () => this.#opened?.stamper?.work(this.#stopping.signal))];
  }

  /** How far the checkpoints are countersigned. Null before the log is known, and where no witness is configured. */
  get witnessed(): WitnessState | null {
    return this.#opened?.sender?.state ?? null;
  }

  /** How far the checkpoints have time stamps. Null before the log is known, and where no authority is configured. */
  get stamped(): StampingState | null {
    return this.#opened?.stamper?.state ?? null;
  }

  /** Why nothing can be signed: the key is missing, or was replaced by another one without a word. Null otherwise. */
  get unusable(): Error | null {
    return this.#unusable;
  }

  /** How the log contradicts its signed checkpoints; undefined while it does not. */
  get contradiction(): string | undefined {
    return this.#opened?.checkpointer.contradiction;
  }

  /** The time of the latest signed checkpoint, null without one, and how many events came after it. Null before the log is known, and while the checkpoints cannot be read. */
  get signed(): SignedState | null {
    if (!this.#opened) return null;
    const { tree, checkpoints } = this.#opened;
    try {
      const statement = checkpoints.latest()?.statement;
      return { at: statement?.time ?? null, eventsSince: Math.max(0, tree.size - (statement?.events ?? 0)) };
    } catch {
      // The checkpointer reports it.
      return null;
    }
  }

  /** Starts to follow the log and to sign, with the key in the file; creates the key for a log that was never signed. `unusable` says when there is no key to sign with. */
  start(storeId: string): void {
    if (this.#opened || this.#closed || this.#unusable) return;
    const { dataDir, checkpointDir, checkpointEveryEvents: everyEvents, checkpointEveryMs: everyMs } = this.settings;
    const file = join(dataDir, 'proofs.db');
    const tree = EventTree.open(file, storeId, (error) => {
      this.report({ what: 'TREE_DAMAGED', message: `${file} is damaged (${error instanceof Error ? error.message : String(error)}). It is removed and filled again from the log.` });
    });
    const checkpoints = new CheckpointDirectory(checkpointDir, storeId);
    const key = this.#keyOf(checkpoints, tree);
    if (key === null) return;
    const checkpointer = new Checkpointer({ store: this.store, storeId, tree, checkpoints, key, now: this.now, everyEvents, everyMs, report: this.report });
    const countersigned = new CountersignedCheckpoints(checkpointDir, storeId, checkpoints);
    const stamped = new StampedCheckpoints(checkpointDir, storeId, checkpoints);
    const { witness, authority } = this.attesting;
    const stamper = authority && new Stamper({ ...authority, checkpoints, stamped, now: this.now });
    const sender = witness && new WitnessSender({ ...witness, store: this.store, storeId, tree, checkpoints, countersigned, now: this.now });
    this.#opened = { storeId, tree, checkpoints, checkpointer, key, countersigned, stamped, sender, stamper };
    checkpointer.start();
    if (sender || stamper) for (const task of this.#posting) task.start();
  }

  #keyOf(checkpoints: CheckpointDirectory, tree: EventTree): SigningKey | null {
    const { checkpointKeyFile: file } = this.settings;
    try {
      return new SigningKey(keyToStart(file, checkpoints, tree.size > 0), file, checkpoints);
    } catch (error) {
      tree.close();
      this.#unusable = error instanceof Error ? error : new Error(String(error));
      this.#fail(this.#unusable);
      return null;
    }
  }

  /**
   * What a bundle about events up to that position is proved and sealed with: the latest checkpoint, or one that is signed now when that is older.
   * @returns null when the log is not followed so far within that time, and while nothing can be signed.
   */
  async sealing(position: LogPosition, withinMs: number): Promise<Sealing | null> {
    const until = performance.now() + withinMs;
    for (;;) {
      const sealing = this.#opened && this.#sealingOf(this.#opened, position);
      if (sealing || performance.now() >= until) return sealing;
      await pause(ASK_EVERY_MS, undefined, { ref: false });
    }
  }

  #sealingOf({ tree, checkpoints, checkpointer, countersigned, stamped, key, storeId }: Opened, position: LogPosition): Sealing | null {
    if (checkpointer.contradiction !== undefined || tree.position < position) return null;
    const latest = checkpoints.latest();
    const checkpoint = latest && latest.statement.position >= position ? latest : checkpointer.sign();
    if (!checkpoint || checkpoint.statement.position < position || checkpoint.statement.events > tree.size) return null;
    return { storeId, tree, checkpoint, earlier: checkpoints.all(), keys: checkpoints.keyStatements, rewrites: checkpoints.rewrites, countersigned: countersigned.latest(checkpoint.statement.events), stamped: stamped.latest(checkpoint.statement.events) ?? null, key };
  }

  /** Checks the file of the tree, which is replaced when it is damaged or was taken away. */
  check(): void {
    this.#opened?.checkpointer.check();
  }

  /** Signs the events since the last checkpoint and releases all resources. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stopping.abort();
    await Promise.all(this.#posting.map((task) => task.stop()));
    await this.#opened?.checkpointer.stop();
    await this.#postLast();
    this.#opened?.tree.close();
  }

  async #postLast(): Promise<void> {
    const late = new AbortController();
    await Promise.race([Promise.all([this.#opened?.sender?.work(late.signal), this.#opened?.stamper?.work(late.signal)]), pause(LAST_POST_MS, undefined, { ref: false })]);
    late.abort();
  }
}
