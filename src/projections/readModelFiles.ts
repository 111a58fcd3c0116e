import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Behind the name of a file that is being filled at once, and is not to be read before it is whole. */
export const UNFINISHED = '.unfinished';

/** What SQLite keeps beside a file. */
export const BESIDE = ['-wal', '-shm'];

/**
 * Where a data directory has its read models: in one of two files, while the other one is free to fill new ones in. Which
 * one it is a marker says, since a file that is open cannot be given another name safely.
 */
export class ReadModelFiles {
  readonly #first: string;
  readonly #second: string;
  /** there when the second file is the live one. */
  readonly #marker: string;

  constructor(directory: string) {
    this.#first = join(directory, 'readmodels.db');
    this.#second = join(directory, 'readmodels.next.db');
    this.#marker = join(directory, 'readmodels.next.live');
  }

  /** The file that is read. */
  get live(): string {
    return this.#isSecondLive() ? this.#second : this.#first;
  }

  /** Where new read models are filled. */
  get next(): string {
    return this.#isSecondLive() ? this.#first : this.#second;
  }

  /** Makes the new ones the live ones for all that open them from now on, and removes the old ones. */
  nextIsLive(): void {
    const old = this.live;
    if (this.#isSecondLive()) rmSync(this.#marker);
    else writeFileSync(this.#marker, '', { flush: true });
    removeReadModelFile(old);
  }

  /** Removes both files, so that the log fills the first one again. Nobody may have them open. */
  remove(): void {
    removeReadModelFile(this.#first);
    removeReadModelFile(this.#second);
    rmSync(this.#marker, { force: true });
  }

  #isSecondLive(): boolean {
    return existsSync(this.#marker) && existsSync(this.#second);
  }
}

/** Removes a file of read models, and what stands beside it and holds the same; nobody may have it open. */
export function removeReadModelFile(file: string): void {
  for (const suffix of ['', ...BESIDE, UNFINISHED]) rmSync(file + suffix, { force: true });
}
