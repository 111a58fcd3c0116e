import { readFileSync, statSync } from 'node:fs';
import { normalizeKeapId } from '../domain/keapId';

/** Who may be invited as a partner. */
export interface PartnerPolicy {
  /** whether this normalized Keap ID may be. */
  isKnown(keapIdNormalized: string): boolean;
}

/** Any Keap ID may be invited. */
export const openPartnerPolicy: PartnerPolicy = { isKnown: () => true };

/**
 * Those in a file of Keap IDs, one a line; empty lines and lines that begin with # do not count. Read again when the file
 * has changed; one that cannot be read then leaves the old list in force.
 */
export class PartnerDirectory implements PartnerPolicy {
  #keapIds: ReadonlySet<string> = new Set();
  #stamp = '';
  #readable = true;

  /**
   * @param onUnreadable hears why, once for each time that the file becomes unreadable.
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
