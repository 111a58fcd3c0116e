import { type Stats, statSync } from 'node:fs';

/** A path whose file this process has open. */
export class OpenedFile {
  #known: Stats | undefined;

  constructor(readonly path: string) {
    this.#known = this.#found();
  }

  /** What somebody has done to the file; null when it is the one that was opened, or when there was none. */
  change(): 'was deleted' | 'was replaced by another file' | 'was cut off' | null {
    const now = this.#found();
    const known = (this.#known ??= now);
    if (known === undefined) return null;
    if (now === undefined) return 'was deleted';
    if (now.ino !== known.ino || now.dev !== known.dev) return 'was replaced by another file';
    if (now.size < known.size) return 'was cut off';
    this.#known = now;
    return null;
  }

  /** Accepts the size of the file, which this process has cut off itself. */
  acceptSize(): void {
    const now = this.#found();
    if (now?.ino === this.#known?.ino && now?.dev === this.#known?.dev) this.#known = now;
  }

  get size(): number {
    return this.#found()?.size ?? 0;
  }

  #found(): Stats | undefined {
    try {
      return statSync(this.path, { throwIfNoEntry: false });
    } catch {
      return undefined;
    }
  }
}
