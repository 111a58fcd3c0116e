import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type EventStore, headOf, type LogPosition, START } from '../../eventstore/eventStore';
import type { Projection } from '../engine/projection';
import type { Tracing } from '../../tracing/tracing';
import { OpenedFile } from '../../files/openedFile';
import { Projector, type ProjectorProblem } from './projector';
import { ReadModelDatabase } from '../engine/database';
import { FillBehind, type FillingBehind } from '../engine/fillBehind';
import { fillReadModels, type FillThreads } from '../engine/fillReadModels';
import { RebuildFailed, rebuildReadModels } from './rebuild';
import { checkpointsOf, erasuresSeen, originOf, type ReadModelFiles, removeReadModelFile, setOrigin, staleReadModels, type StaleReadModels } from '../engine/files';

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
  /** Lets other threads fill some of the projections; null or absent to fill all in this thread. */
  readonly threads?: FillThreads | null;
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
  #behind: { readonly fill: FillBehind; readonly stopping: AbortController } | null = null;

  /** @param lacking names of the projections that are still to be filled behind the others. */
  private constructor(
    private readonly options: LiveReadModelsOptions,
    private readonly stale: StaleReadModels | null,
    private lacking: readonly string[],
  ) {
    const { store, storeId, database, projections, report, tracing = null } = options;
    if (stale) database.readAs(stale.aliases);
    this.#opened = new OpenedFile(database.file);
    this.#erasures = erasuresSeen(database);
    database.failWhenLocked();
    database.onDamage((error) => { this.#replaceDamaged(`${basename(database.file)} is damaged (${error instanceof Error ? error.message : String(error)}).`); });
    this.projector = new Projector({ store, storeId, database, projections: stale?.standIns ?? without(projections, lacking), report, tracing, filling: () => this.filling });
  }

  /** Opens the read models. @throws StoreUnavailable when new ones have to be filled first. */
  static async open(options: LiveReadModelsOptions): Promise<LiveReadModels> {
    const { store, storeId, database, projections, files, isReachable, threads = null, tell } = options;
    if (isReachable && originOf(database).position > (await headOf(store))) {
      tell('The log is older than the one that the read models were filled from. They are filled again.');
      setOrigin(database, '');
    }
    const lacking = lackingIn(database, options);
    if (lacking.length > 0) return new LiveReadModels(options, null, lacking);
    const stale = staleReadModels(database, projections, storeId);
    if (stale === null || stale.readable || !isReachable) return new LiveReadModels(options, stale?.readable ? stale : null, []);
    tell('The read models have tables that this version cannot read. New ones are filled before the service answers.');
    const head = await headOf(store);
    const behind = filledBehind(threads, head);
    try {
      await rebuildReadModels({ store, storeId, projections: without(projections, behind), database, file: files.next, livePosition: () => head, atOnce: true, threads, onReplaced: () => { files.nextIsLive(); } }, new AbortController().signal);
      tell('The new read models are filled.');
    } catch (error) {
      // A projection that cannot be filled stops alone; the others are used.
      if (!(error instanceof RebuildFailed)) throw error;
      options.report({ what: 'REBUILD_FAILED', message: error.message });
    }
    return new LiveReadModels(options, null, lackingIn(database, options));
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
    else if (this.lacking.length > 0) this.#rebuilt = this.#fillBehind();
  }

  /** The projections that are being filled while the others answer; null when there are none. */
  get filling(): FillingBehind | null {
    if (this.lacking.length === 0) return null;
    return this.#behind?.fill.progress ?? { projections: this.lacking, percentRead: 0, remainingSeconds: null };
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
    if (this.lacking.length > 0) await this.#fillBehind();
  }

  async #fillUntil(until: LogPosition): Promise<void> {
    const { store, storeId, database, projections, files, threads = null } = this.options;
    const behind = filledBehind(threads, until);
    if (!(await fillReadModels({ store, storeId, erasures: erasuresSeen(database), projections: without(projections, behind), file: files.next, until, threads }, this.#stopping.signal))) return;
    const filled = ReadModelDatabase.open(files.next);
    database.exchangeWith(filled);
    this.#exchanged(behind);
    filled.close();
  }

  /** Fills the projections that are lacking while the others answer, until that succeeds. Without threads, all are filled again, event by event. */
  async #fillBehind(): Promise<void> {
    const { store, storeId, database, files, threads = null, tell } = this.options;
    const stopping = new AbortController();
    const signal = AbortSignal.any([this.#stopping.signal, stopping.signal]);
    tell(`The service answers. The history and the messages to send are being filled from the log: ${this.lacking.join(', ')}.`);
    await this.#untilDone(signal, async () => {
      removeReadModelFile(files.next);
      const until = await headOf(store);
      if (threads?.pays(until)) {
        const fill = new FillBehind({ storeId, erasures: this.#erasures, live: database.file, file: files.next, until }, threads);
        this.#behind = { fill, stopping };
        await fill.run(signal).catch(threads.failed);
      }
      return this.#rebuildBeside(false, signal);
    });
    this.#behind = null;
    if (this.lacking.length === 0) tell('All read models are filled.');
  }

  /** The write-ahead log grows while somebody reads the file in one long transaction. New read models in another file end that. */
  #boundWriteAheadLog(): void {
    const { database, files, tell, maxWalBytes = MAX_WAL_BYTES } = this.options;
    const size = statSync(`${database.file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    if (size <= maxWalBytes / 4 || this.#filling || this.lacking.length > 0 || this.#replacing || this.#stopping.signal.aborted) return;
    if (database.checkpoint() <= maxWalBytes) return;
    tell(`Another program has been reading ${basename(database.file)} for so long that its write-ahead log has ${Math.round(size / 1024 / 1024)} MB. New read models are filled in ${basename(files.next)}, and that program keeps the old ones.`);
    this.#replacing = true;
    this.#rebuilt = this.#rebuilt.then(() => this.#refill(false)).finally(() => { this.#replacing = false; });
  }

  #replaceDamaged(message: string): void {
    if (this.#problem !== null || this.#filling || this.#stopping.signal.aborted) return;
    this.#problem = { what: 'READ_MODELS_DAMAGED', message: `${message} The read models are filled again from the log; queries may fail meanwhile.` };
    this.options.report(this.#problem);
    this.#behind?.stopping.abort();
    this.#rebuilt = this.#rebuilt.then(() => this.#refill(true));
  }

  /** Fills new read models beside the live ones until that succeeds. @param atOnce whether that is more urgent than requests. */
  async #refill(atOnce: boolean): Promise<void> {
    await this.#untilDone(this.#stopping.signal, async () => {
      removeReadModelFile(this.options.files.next);
      if (!(await this.#rebuildBeside(atOnce, this.#stopping.signal))) return false;
      this.#problem = null;
      this.options.tell('The read models are replaced by new ones.');
      return true;
    });
  }

  /** Repeats work that fails, with pauses, until it has ended or the signal aborts. */
  async #untilDone(signal: AbortSignal, work: () => Promise<boolean>): Promise<void> {
    while (!signal.aborted) {
      try {
        await work();
        return;
      } catch (error) {
        this.options.report({ what: 'REBUILD_FAILED', message: `${error instanceof Error ? error.message : String(error)} It is tried again in ${REFILL_PAUSE_MS / 1000} s.` });
        await pause(REFILL_PAUSE_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Replaces the live read models by those in the other file, once these have all projections and have followed the log. @returns false when the signal aborted first. */
  #rebuildBeside(atOnce: boolean, signal: AbortSignal): Promise<boolean> {
    const { store, storeId, database, projections, files, threads = null } = this.options;
    return rebuildReadModels({ store, storeId, projections, database, file: files.next, erasures: this.#erasures, livePosition: () => this.#greatestPosition(), atOnce, threads, onReplaced: () => { this.#exchanged([]); } }, signal);
  }

  /** @param lacking names of the projections that the new file does not have yet. */
  #exchanged(lacking: readonly string[]): void {
    this.lacking = lacking;
    this.options.database.failWhenLocked();
    this.#opened = new OpenedFile(this.options.database.file);
    this.projector.continueWith(without(this.options.projections, lacking));
    this.options.files.nextIsLive();
  }

  async #rebuild(): Promise<void> {
    const { report, tell } = this.options;
    tell('The read models are of another version. Queries read them while new ones are filled.');
    try {
      if (await this.#rebuildBeside(false, this.#stopping.signal)) tell('The new read models are filled. Queries read them from now on.');
    } catch (error) {
      report({ what: 'REBUILD_FAILED', message: `${error instanceof Error ? error.message : String(error)} The current read models stay in use.` });
    }
  }

  #greatestPosition(): LogPosition {
    return this.projector.status().projections.reduce((greatest, { position }) => (position > greatest ? position : greatest), START);
  }
}

const without = (projections: readonly Projection[], names: readonly string[]): readonly Projection[] => projections.filter(({ name }) => !names.includes(name));

/** Names of the projections that are filled behind the others in a log up to this position. */
const filledBehind = (threads: FillThreads | null, until: LogPosition): readonly string[] => (threads?.pays(until) ? threads.behind.flat() : []);

/** Names of the projections that a fill behind the others had not completed when the service ended; the others are current. */
function lackingIn(database: ReadModelDatabase, { projections, storeId, threads = null }: LiveReadModelsOptions): readonly string[] {
  const behind = threads?.behind.flat() ?? [];
  const found = checkpointsOf(database);
  const lacking = projections.filter(({ name }) => !found.has(name)).map(({ name }) => name);
  const others = without(projections, lacking);
  const isOfLog = others.length > 0 && others.every(({ name }) => found.get(name)?.storeId === storeId);
  return isOfLog && lacking.every((name) => behind.includes(name)) && staleReadModels(database, others, storeId) === null ? lacking : [];
}
