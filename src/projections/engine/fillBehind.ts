import { rmSync } from 'node:fs';
import { isAborted } from '../../concurrency';
import { distanceOf, type LogPosition } from '../../eventstore/eventStore';
import { behindFile } from './files';
import { type FillThread, type FillThreads, finish } from './fillReadModels';

/** What is known about projections that other threads fill from the log while the others answer. */
export interface FillingBehind {
  readonly projections: readonly string[];
  /** How much of the log has been read, in percent. Indexes are created after all of it has been. */
  readonly percentRead: number;
  /** Seconds until all of the log has been read; null while that cannot be told yet. */
  readonly remainingSeconds: number | null;
}

interface BehindRequest {
  readonly storeId: string;
  /** Number of erasures of people before this fill; recorded in the file. */
  readonly erasures: number;
  /** Path of the live read models, which have all other projections. They may be written meanwhile. */
  readonly live: string;
  /** Path of the file to write. An existing file is replaced; nobody may have it open. */
  readonly file: string;
  /** Position of the last event to apply. */
  readonly until: LogPosition;
}

/** Fills, in other threads, the projections that live read models do not have. */
export class FillBehind {
  #threads: readonly FillThread[] = [];
  readonly #begunAt = performance.now();

  constructor(
    private readonly request: BehindRequest,
    private readonly threads: FillThreads,
  ) {}

  /** How far the threads are. */
  get progress(): FillingBehind {
    const end = distanceOf(this.request.until);
    const least = Math.min(...this.#threads.map(({ position }) => distanceOf(position)));
    const read = this.#threads.length === 0 || end === 0 ? 0 : Math.min(1, least / end);
    const seconds = (performance.now() - this.#begunAt) / 1000;
    return { projections: this.threads.behind.flat(), percentRead: Math.floor(read * 100), remainingSeconds: read === 0 ? null : Math.ceil((seconds * (1 - read)) / read) };
  }

  /**
   * Writes a file that has the projections filled by the threads up to the given position, and the others as the live read models had them
   * at a later moment. It gets its name when it is complete.
   * @returns false when the signal aborted first.
   * @throws Error when a thread has failed, or the file cannot be written.
   */
  async run(signal: AbortSignal): Promise<boolean> {
    const { storeId, erasures, until, live, file } = this.request;
    const parts = this.threads.behind.map((names, index) => ({ names, storeId, erasures, until, file: behindFile(file, index) }));
    const stopAll = async (): Promise<void> => { await Promise.all(this.#threads.map((thread) => thread.stop())); };
    const stop = (): void => { void stopAll(); };
    try {
      if (isAborted(signal)) return false;
      this.#threads = parts.map((part) => this.threads.start(part));
      signal.addEventListener('abort', stop);
      await Promise.all(this.#threads.map(({ filled }) => filled));
      const [first] = this.#threads;
      const [whole, ...others] = parts.map((part) => part.file);
      if (!first || whole === undefined) throw new Error('There is nothing to fill behind.');
      for (const from of [...others, live]) await first.copy(from, whole);
      if (isAborted(signal)) return false;
      finish(whole, file);
      return true;
    } catch (error) {
      if (isAborted(signal)) return false;
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      await stopAll();
      for (const part of parts) rmSync(part.file, { force: true });
    }
  }
}
