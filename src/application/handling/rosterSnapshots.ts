import { createHash, createHmac } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { ROSTER_VERSION } from '../../domain/roster/state';
import { openSnapshot, type OpenedSnapshot, type RosterAtEvent, writeSnapshot } from './snapshotFile';

/** Rosters of fewer events are folded from the log, which takes little time. */
const MIN_EVENTS = 2_000;
/** A snapshot is replaced when this part of the roster's events is newer. */
const MIN_PART = 1 / 10;

/** Bytes of all snapshots. Above it the least recently used ones are removed. */
const MAX_BYTES = 512 * 1024 * 1024;

const SUFFIX = '.roster';
const DRAFT = '.draft';

interface RosterSnapshotsOptions {
  /** Used by this process alone. */
  readonly directory: string;
  /** The service's secret, from which the key that authenticates the files derives. Called when a file is read or written. */
  readonly secret: () => Buffer;
  /** Returns how many people were erased so far. */
  readonly erasures: () => Promise<number>;
  /** Called with the error of a file that could not be written. */
  readonly onError: (error: unknown) => void;
  readonly maxBytes?: number;
  readonly minEvents?: number;
}

/**
 * Large rosters as files, so that they need not be folded from the log after each start. A file is used only when it was written by this program
 * for this app, with this secret, and when nobody was erased since; otherwise it is removed. All of them may be removed at any time.
 */
export class RosterSnapshots {
  readonly #stopping = new AbortController();
  #writing: Promise<void> = Promise.resolve();
  /** Names of the files that there may be, so that a question about an app without one takes no longer than one about an app in memory. */
  readonly #names = new Set<string>();
  /** Apps whose snapshot waits to be written. */
  readonly #due = new Set<string>();
  /** Number of erasures before the first roster was read. Whatever is in memory may name somebody who was erased later, by another process. */
  #erasuresBefore: number | null = null;

  constructor(private readonly options: RosterSnapshotsOptions) {
    const { directory, onError } = options;
    try {
      if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === false) rmSync(directory);
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      // An interrupted write.
      for (const name of readdirSync(directory)) {
        if (name.endsWith(DRAFT)) rmSync(join(directory, name), { force: true });
        else this.#names.add(name);
      }
    } catch (error) {
      onError(error);
    }
  }

  /** Whether a roster of `revision` is worth a snapshot, when the last one is of `before`; -1 for none. */
  isDue(appId: string, revision: number, before: number): boolean {
    const { minEvents = MIN_EVENTS } = this.options;
    return revision - before >= Math.max(minEvents, revision * MIN_PART) && !this.#due.has(appId) && !this.#stopping.signal.aborted;
  }

  /** Opens the snapshot of an app's roster; null when there is none that can be used. */
  async find(appId: string): Promise<OpenedSnapshot | null> {
    if (this.#erasuresBefore !== null && !this.#names.has(nameOf(appId))) return null;
    const erasures = await this.options.erasures();
    this.#erasuresBefore ??= erasures;
    if (!this.#names.has(nameOf(appId))) return null;
    const path = this.#pathOf(appId);
    const key = this.#key();
    try {
      const found = await openSnapshot(path, key);
      const { label } = found;
      if (label.appId === appId && label.version === ROSTER_VERSION && label.erasures === erasures) {
        const now = new Date();
        await utimes(path, now, now);
        return found;
      }
    } catch {
      // It is written anew after the roster was folded.
    }
    await this.discard(appId);
    return null;
  }

  /** Removes the snapshot of an app's roster. One that cannot be removed is replaced by the next one. */
  async discard(appId: string): Promise<void> {
    this.#names.delete(nameOf(appId));
    await rm(this.#pathOf(appId), { force: true, recursive: true }).catch(this.options.onError);
  }

  /**
   * Writes a snapshot in the background, one at a time. The roster must stay as it is until then.
   * @param onWritten called with the snapshot, opened again.
   */
  keep(appId: string, roster: RosterAtEvent, onWritten: (snapshot: OpenedSnapshot) => void): void {
    this.#due.add(appId);
    this.#writing = this.#writing
      .then(async () => {
        if (!(await this.#write(appId, roster))) return;
        const written = await this.find(appId);
        if (written) onWritten(written);
      })
      .catch(this.options.onError)
      .finally(() => { this.#due.delete(appId); });
  }

  /** Resolves when every snapshot that was to be kept has been written. */
  async written(): Promise<void> {
    await this.#writing;
  }

  /** Gives up what is being written. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#writing;
  }

  async #write(appId: string, roster: RosterAtEvent): Promise<boolean> {
    const { directory, maxBytes = MAX_BYTES } = this.options;
    const { signal } = this.#stopping;
    const erasures = this.#erasuresBefore;
    if (signal.aborted || erasures === null) return false;
    const path = this.#pathOf(appId);
    const draft = path + DRAFT;
    try {
      const bytes = await writeSnapshot(draft, this.#key(), { appId, version: ROSTER_VERSION, erasures }, roster, signal);
      if (bytes === null || bytes > maxBytes) return false;
      await makeRoom(directory, maxBytes - bytes, path);
      await rename(draft, path);
      this.#names.add(nameOf(appId));
      return true;
    } finally {
      await rm(draft, { force: true });
    }
  }

  #pathOf(appId: string): string {
    return join(this.options.directory, nameOf(appId));
  }

  #key(): Buffer {
    return createHmac('sha256', this.options.secret()).update('roster snapshots').digest();
  }
}

const nameOf = (appId: string): string => createHash('sha256').update(appId).digest('hex').slice(0, 32) + SUFFIX;

/** Removes the least recently used snapshots until the others but `except` have at most that many bytes. */
async function makeRoom(directory: string, bytes: number, except: string): Promise<void> {
  const files = await Promise.all((await readdir(directory)).filter((name) => name.endsWith(SUFFIX)).map(async (name) => {
    const path = join(directory, name);
    const { size, mtimeMs } = await stat(path);
    return { path, size, mtimeMs };
  }));
  let left = bytes;
  for (const { path, size } of files.filter((file) => file.path !== except).sort((a, b) => b.mtimeMs - a.mtimeMs)) {
    left -= size;
    if (left < 0) await rm(path, { force: true });
  }
}
