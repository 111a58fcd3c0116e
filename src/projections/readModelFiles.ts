import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

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
    for (const suffix of ['', ...BESIDE]) rmSync(old + suffix, { force: true });
  }

  #isSecondLive(): boolean {
    return existsSync(this.#marker) && existsSync(this.#second);
  }
}
