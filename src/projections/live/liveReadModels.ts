import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type EventStore, headOf, type LogPosition, START } from '../../eventstore/eventStore';
import type { Projection } from '../engine/projection';
import type { Tracing } from '../../tracing/tracing';
import { OpenedFile } from '../../files/openedFile';
import { Projector, type ProjectorProblem } from './projector';
import { ReadModelDatabase } from '../engine/database';
import { type FillBeside, fillReadModels } from '../engine/fillReadModels';
import { RebuildFailed, rebuildReadModels } from './rebuild';
import { erasuresSeen, originOf, type ReadModelFiles, removeReadModelFile, setOrigin, staleReadModels, type StaleReadModels } from '../engine/files';

interface LiveReadModelsOptions {
  readonly store: EventStore;
  /** UUID of the log; while the store is unreachable, UUID of the log that the read models were filled from. */
  readonly storeId: string;
  readonly isReachable: boolean;
  readonly database: ReadModelDatabase;
  readonly projections: readonly Projection[];
  readonly files: ReadModelFiles;
  readonly report: (problem: ProjectorProblem) => void;
  /** Size of a write-ahead log at which the read models move to another file; 256 MiB when absent. */
  readonly maxWalBytes?: number;
  /** Called with a message about what happens to read models of another version. */
  readonly tell: (message: string) => void;
  /** Lets another thread fill some of the projections; null or absent to fill all in this thread. */
  readonly beside?: FillBeside | null;
  /** Records spans of what the projector applies. */
  readonly tracing?: Tracing | null;
}

/** Damage of the live read models, for readiness. */
export interface ReadModelsProblem {
  readonly what: 'READ_MODELS_DAMAGED';
  readonly message: string;
}

/** Size of a write-ahead log at which new read models are filled in another file. */
const MAX_WAL_BYTES = 256 * 1024 * 1024;

/** How long a fill that failed waits before the next one, in milliseconds. */
const REFILL_PAUSE_MS = 5_000;

/**
 * The live read models. While new ones are filled, queries read those of an earlier version, which are kept up to date. If
 * the old tables have another schema, the new read models are filled before anything is answered.
 */
export class LiveReadModels {
  readonly projector: Projector;
  readonly #stopping = new AbortController();
  #rebuilt: Promise<void> = Promise.resolve();
  #filling: Promise<void> | null = null;
  #problem: ReadModelsProblem | null = null;
  #replacing = false;
  #opened: OpenedFile;
  readonly #erasures: number;

  private constructor(
    private readonly options: LiveReadModelsOptions,
    private readonly stale: StaleReadModels | null,
  ) {
    const { store, storeId, database, projections, report, tracing = null } = options;
    if (stale) database.readAs(stale.aliases);
    this.#opened = new OpenedFile(database.file);
    this.#erasures = erasuresSeen(database);
    database.failWhenLocked();
    database.onDamage((error) => { this.#replaceDamaged(`${basename(database.file)} is damaged (${error instanceof Error ? error.message : String(error)}).`); });
    this.projector = new Projector({ store, storeId, database, projections: stale?.standIns ?? projections, report, tracing });
  }

  /** Opens the read models. @throws StoreUnavailable when new ones have to be filled first. */
  static async open(options: LiveReadModelsOptions): Promise<LiveReadModels> {
    const { store, storeId, database, projections, files, isReachable, beside = null, tell } = options;
    if (isReachable && originOf(database).position > (await headOf(store))) {
      tell('The log is older than the one that the read models were filled from. They are filled again.');
      setOrigin(database, '');
    }
    const stale = staleReadModels(database, projections, storeId);
    if (stale === null || stale.readable || !isReachable) return new LiveReadModels(options, stale?.readable ? stale : null);
    tell('The read models have tables that this version cannot read. New ones are filled before the service answers.');
    const head = await headOf(store);
    try {
      await rebuildReadModels({ store, storeId, projections, database, file: files.next, livePosition: () => head, atOnce: true, beside, onReplaced: () => { files.nextIsLive(); } }, new AbortController().signal);
      tell('The new read models are filled.');
    } catch (error) {
      // A projection that cannot be filled stops alone; the others are used.
      if (!(error instanceof RebuildFailed)) throw error;
      options.report({ what: 'REBUILD_FAILED', message: error.message });
    }
    return new LiveReadModels(options, null);
  }

  /**
   * Waits until read models that are being filled from nothing are complete, at most for the given time. Until then answers
   * would be wrong, not only stale. @returns false when the time is over first.
   */
  async waitUntilFilled(timeoutMs: number): Promise<boolean> {
    if (!this.#filling) return true;
    const isFilled = (): boolean => !this.#stopping.signal.aborted;
    return Promise.race([this.#filling.then(isFilled, isFilled), pause(timeoutMs, false, { ref: false })]);
  }

  /** Starts to follow the log, and to fill new read models if they are needed. Empty read models are filled first. */
  start(): void {
    if (this.options.isReachable && this.#greatestPosition() === START) {
      this.#rebuilt = this.#fill();
      return;
    }
    this.projector.start();
    if (this.stale) this.#rebuilt = this.#rebuild();
  }

  /** What is wrong with the read models; null while nothing is. They are filled again from the log. */
  get problem(): ReadModelsProblem | null {
    return this.#problem;
  }

  /** Checks that the file is still the one that was opened, and bounds its write-ahead log. */
  check(): void {
    const { file } = this.options.database;
    this.#boundWriteAheadLog();
    const change = this.#opened.change();
    if (change !== null) this.#replaceDamaged(`${basename(file)} ${change} while the service was running.`);
  }

  /** Stops fills and rebuilds before their next step, while the read models go on following the log. */
  stopFilling(): void {
    this.#stopping.abort();
  }

  /** Stops after the current transaction. The next start continues a rebuild from there. */
  async stop(): Promise<void> {
    this.stopFilling();
    await this.#rebuilt;
    await this.projector.stop();
  }

  /** When the fill fails, the projector starts from the log's beginning. */
  async #fill(): Promise<void> {
    try {
      const until = await headOf(this.options.store);
      if (until !== START) await (this.#filling = this.#fillUntil(until));
    } catch (error) {
      this.options.report({ what: 'REBUILD_FAILED', message: `${error instanceof Error ? error.message : String(error)} The projector fills the read models event by event instead.` });
    }
    // Read models whose fill was stopped stay incomplete, and requests that need them are refused.
    if (this.#stopping.signal.aborted) return;
    this.#filling = null;
    this.projector.start();
  }

  async #fillUntil(until: LogPosition): Promise<void> {
    const { store, storeId, database, projections, files, beside = null } = this.options;
    if (!(await fillReadModels({ store, storeId, erasures: erasuresSeen(database), projections, file: files.next, until, beside }, this.#stopping.signal))) return;
    const filled = ReadModelDatabase.open(files.next);
    database.exchangeWith(filled);
    this.#exchanged();
    filled.close();
  }

  /** The write-ahead log grows while somebody reads the file in one long transaction. New read models in another file end that. */
  #boundWriteAheadLog(): void {
    const { database, files, tell, maxWalBytes = MAX_WAL_BYTES } = this.options;
    const size = statSync(`${database.file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    if (size <= maxWalBytes / 4 || this.#filling || this.#replacing || this.#stopping.signal.aborted) return;
    if (database.checkpoint() <= maxWalBytes) return;
    tell(`Another program has been reading ${basename(database.file)} for so long that its write-ahead log has ${Math.round(size / 1024 / 1024)} MB. New read models are filled in ${basename(files.next)}, and that program keeps the old ones.`);
    this.#replacing = true;
    this.#rebuilt = this.#rebuilt.then(() => this.#refill(false)).finally(() => { this.#replacing = false; });
  }

  #replaceDamaged(message: string): void {
    if (this.#problem !== null || this.#filling || this.#stopping.signal.aborted) return;
    this.#problem = { what: 'READ_MODELS_DAMAGED', message: `${message} The read models are filled again from the log; queries may fail meanwhile.` };
    this.options.report(this.#problem);
    this.#rebuilt = this.#rebuilt.then(() => this.#refill(true));
  }

  /** Fills new read models beside the live ones until that succeeds. @param atOnce whether that is more urgent than requests. */
  async #refill(atOnce: boolean): Promise<void> {
    const { store, storeId, database, projections, files, beside = null, report, tell } = this.options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        removeReadModelFile(files.next);
        const request = { store, storeId, projections, database, file: files.next, erasures: this.#erasures, livePosition: () => this.#greatestPosition(), atOnce, beside, onReplaced: () => { this.#exchanged(); } };
        if (!(await rebuildReadModels(request, signal))) return;
        this.#problem = null;
        tell('The read models are replaced by new ones.');
        return;
      } catch (error) {
        report({ what: 'REBUILD_FAILED', message: `${error instanceof Error ? error.message : String(error)} It is tried again in ${REFILL_PAUSE_MS / 1000} s.` });
        await pause(REFILL_PAUSE_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #exchanged(): void {
    this.options.database.failWhenLocked();
    this.#opened = new OpenedFile(this.options.database.file);
    this.projector.continueWith(this.options.projections);
    this.options.files.nextIsLive();
  }

  async #rebuild(): Promise<void> {
    const { store, storeId, database, projections, files, report, tell } = this.options;
    tell('The read models are of another version. Queries read them while new ones are filled.');
    try {
      const request = { store, storeId, projections, database, file: files.next, livePosition: () => this.#greatestPosition(), atOnce: false, onReplaced: () => { this.#exchanged(); } };
      if (await rebuildReadModels(request, this.#stopping.signal)) tell('The new read models are filled. Queries read them from now on.');
    } catch (error) {
      report({ what: 'REBUILD_FAILED', message: `${error instanceof Error ? error.message : String(error)} The current read models stay in use.` });
    }
  }

  #greatestPosition(): LogPosition {
    return this.projector.status().projections.reduce((greatest, { position }) => (position > greatest ? position : greatest), START);
  }
}
