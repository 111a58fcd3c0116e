import { setTimeout as pause } from 'node:timers/promises';
import { headOf, START, type EventStore, type LogPosition } from '../eventstore/eventStore';
import type { Projection } from './projection';
import { Projector, type ProjectorProblem } from './projector';
import { ReadModelDatabase } from './readModelDatabase';
import { fillReadModels } from './readModelFill';
import type { ReadModelFiles } from './readModelFiles';
import { erasuresSeen, originOf, setOrigin } from './readModelOrigin';
import { RebuildFailed, rebuildReadModels } from './readModelRebuild';
import { staleReadModels, type StaleReadModels } from './staleReadModels';

export interface LiveReadModelsOptions {
  readonly store: EventStore;
  /** UUID of the log, or of the one that the read models come from while the store cannot be reached. */
  readonly storeId: string;
  readonly isReachable: boolean;
  readonly database: ReadModelDatabase;
  readonly projections: readonly Projection[];
  readonly files: ReadModelFiles;
  readonly report: (problem: ProjectorProblem) => void;
  /** told what happens with read models of another version. */
  readonly tell: (message: string) => void;
}

/**
 * The live read models. Those of another version of this program are read and kept up as they are while the new ones are
 * filled beside them; where they cannot be read, because their tables look different, the new ones are filled first.
 */
export class LiveReadModels {
  readonly projector: Projector;
  readonly #stopping = new AbortController();
  #rebuilt: Promise<void> = Promise.resolve();
  #filling: Promise<void> | null = null;

  private constructor(
    private readonly options: LiveReadModelsOptions,
    private readonly stale: StaleReadModels | null,
  ) {
    const { store, storeId, database, projections, report } = options;
    if (stale) database.readAs(stale.aliases);
    this.projector = new Projector({ store, storeId, database, projections: stale?.standIns ?? projections, report });
  }

  /** @throws StoreUnavailable where new ones have to be filled first. */
  static async open(options: LiveReadModelsOptions): Promise<LiveReadModels> {
    const { store, storeId, database, projections, files, isReachable, tell } = options;
    if (isReachable && originOf(database).position > (await headOf(store))) {
      tell('The log is an older one than that which the read models have seen. They are filled again.');
      setOrigin(database, '');
    }
    const stale = staleReadModels(database, projections, storeId);
    if (stale === null || stale.readable || !isReachable) return new LiveReadModels(options, stale?.readable ? stale : null);
    tell('The read models have other tables than this version reads. New ones are filled before anything is answered.');
    const head = await headOf(store);
    try {
      await rebuildReadModels({ store, storeId, projections, database, file: files.next, livePosition: () => head, atOnce: true, onReplaced: () => { files.nextIsLive(); } }, new AbortController().signal);
      tell('The new read models are filled.');
    } catch (error) {
      // One that cannot be filled stops alone; the others are answered from.
      if (!(error instanceof RebuildFailed)) throw error;
      options.report({ what: 'REBUILD_FAILED', message: error.message });
    }
    return new LiveReadModels(options, null);
  }

  /**
   * Whether they hold something of a log that holds something: what they would answer before would be wrong, rather than old.
   * Waits at most so long until they do.
   */
  async filledWithin(ms: number): Promise<boolean> {
    if (!this.#filling) return true;
    return Promise.race([this.#filling.then(() => true, () => true), pause(ms, false, { ref: false })]);
  }

  /** Begins to follow the log, and to fill new read models where there have to be; where there are none at all, that comes first. */
  start(): void {
    if (this.options.isReachable && this.#greatestPosition() === START) {
      this.#rebuilt = this.#fill();
      return;
    }
    this.projector.start();
    if (this.stale) this.#rebuilt = this.#rebuild();
  }

  /** Ends after the transaction under way; what was filled is gone on with at the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#rebuilt;
    await this.projector.stop();
  }

  /** Whatever comes of it the projector goes on from there, in the worst case from the log's beginning. */
  async #fill(): Promise<void> {
    try {
      const until = await headOf(this.options.store);
      if (until !== START) await (this.#filling = this.#fillUntil(until));
    } catch (error) {
      this.options.report({ what: 'REBUILD_FAILED', message: `${error instanceof Error ? error.message : String(error)} The read models are filled event by event.` });
    }
    this.#filling = null;
    if (!this.#stopping.signal.aborted) this.projector.start();
  }

  async #fillUntil(until: LogPosition): Promise<void> {
    const { store, storeId, database, projections, files } = this.options;
    if (!(await fillReadModels({ store, storeId, erasures: erasuresSeen(database), projections, file: files.next, until }, this.#stopping.signal))) return;
    const filled = ReadModelDatabase.open(files.next);
    database.exchangeWith(filled);
    this.#exchanged();
    filled.close();
  }

  #exchanged(): void {
    this.projector.goOnWith(this.options.projections);
    this.options.files.nextIsLive();
  }

  async #rebuild(): Promise<void> {
    const { store, storeId, database, projections, files, report, tell } = this.options;
    tell('The read models are of another version. They are read as they are while new ones are filled.');
    try {
      const request = { store, storeId, projections, database, file: files.next, livePosition: () => this.#greatestPosition(), atOnce: false, onReplaced: () => { this.#exchanged(); } };
      if (await rebuildReadModels(request, this.#stopping.signal)) tell('The new read models are filled and read from now on.');
    } catch (error) {
      report({ what: 'REBUILD_FAILED', message: `${error instanceof Error ? error.message : String(error)} The read models that there are go on.` });
    }
  }

  #greatestPosition(): LogPosition {
    return this.projector.status().projections.reduce((greatest, { position }) => (position > greatest ? position : greatest), START);
  }
}
