import { readFileSync, statSync } from 'node:fs';
import { normalizeKeapId } from '../domain/keapId';

/** Decides who may be invited as a partner. */
export interface PartnerPolicy {
  /** Whether this normalized Keap ID may be invited. */
  isKnown(keapIdNormalized: string): boolean;
}

/** Allows every Keap ID. */
export const openPartnerPolicy: PartnerPolicy = { isKnown: () => true };

/**
 * Allows the Keap IDs in a file, one per line; empty lines and lines that begin with # are ignored. The file is read again when it
 * has changed. While it cannot be read, the previous list stays in force.
 */
export class PartnerDirectory implements PartnerPolicy {
  #keapIds: ReadonlySet<string> = new Set();
  #stamp = '';
  #readable = true;

  /**
   * Reads the file.
   * @param onUnreadable called with the error, once each time that the file becomes unreadable.
   * @throws Error when the file cannot be read now.
   */
  constructor(
    private readonly file: string,
    private readonly onUnreadable: (error: unknown) => void,
  ) {
    this.#refresh();
  }

  isKnown(keapIdNormalized: string): boolean {
    try {
      this.#refresh();
      this.#readable = true;
    } catch (error) {
      if (this.#readable) this.onUnreadable(error);
      this.#readable = false;
    }
    return this.#keapIds.has(keapIdNormalized);
  }

  #refresh(): void {
    const { mtimeMs, size, ino } = statSync(this.file);
    const stamp = `${mtimeMs} ${size} ${ino}`;
    if (stamp === this.#stamp) return;
    const lines = readFileSync(this.file, 'utf8').split(/\r?\n/);
    this.#keapIds = new Set(lines.map(normalizeKeapId).filter((line) => line !== '' && !line.startsWith('#')));
    this.#stamp = stamp;
  }
}
