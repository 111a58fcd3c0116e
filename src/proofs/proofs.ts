import { join } from 'node:path';
import type { EventStore } from '../eventstore/eventStore';
import { CheckpointDirectory } from './checkpointDirectory';
import { CheckpointKey } from './checkpointKey';
import { Checkpointer, type CheckpointProblem } from './checkpointer';
import { EventTree } from './eventTree';
import { ProofQueries } from './proofQueries';

export interface ProofSettings {
  /** holds the file of the tree. */
  readonly dataDir: string;
  readonly checkpointDir: string;
  readonly checkpointKeyFile: string;
  readonly checkpointEveryEvents: number;
  readonly checkpointEveryMs: number;
}

/** Everything that proves the log: the tree over it, its signed checkpoints, and who signs them. */
export class Proofs {
  readonly queries = new ProofQueries(() => this.#opened);
  #opened: { readonly tree: EventTree; readonly checkpoints: CheckpointDirectory; readonly checkpointer: Checkpointer } | null = null;
  #closed = false;
  readonly #key: CheckpointKey;

  /** Loads the key, or makes it. @throws Error when the key's file is not one. */
  constructor(
    private readonly store: EventStore,
    private readonly settings: ProofSettings,
    private readonly now: () => string,
    private readonly report: (problem: CheckpointProblem) => void,
  ) {
    this.#key = CheckpointKey.loadOrCreate(settings.checkpointKeyFile);
  }

  /** Why nothing is signed any more; undefined while all is well. */
  get contradiction(): string | undefined {
    return this.#opened?.checkpointer.contradiction;
  }

  /** Begins to follow the log and to sign, once it is known which log it is. */
  start(storeId: string): void {
    if (this.#opened || this.#closed) return;
    const { dataDir, checkpointDir, checkpointEveryEvents: everyEvents, checkpointEveryMs: everyMs } = this.settings;
    const tree = EventTree.open(join(dataDir, 'proofs.db'), storeId);
    const checkpoints = new CheckpointDirectory(checkpointDir, storeId);
    const checkpointer = new Checkpointer({ store: this.store, storeId, tree, checkpoints, key: this.#key, now: this.now, everyEvents, everyMs, report: this.report });
    this.#opened = { tree, checkpoints, checkpointer };
    checkpointer.start();
  }

  /** Signs what came since the last checkpoint, and releases everything. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#opened?.checkpointer.stop();
    this.#opened?.tree.close();
  }
}
