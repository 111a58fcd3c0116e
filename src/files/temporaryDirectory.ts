import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory for files of this process, below TMPDIR. It goes when it is removed, and at the latest with the process, unless that is killed. */
export class TemporaryDirectory {
  readonly path: string;

  /** @param purpose a word that ends the directory's name. @throws Error when it cannot be created. */
  constructor(purpose: string) {
    this.path = mkdtempSync(join(tmpdir(), `partner-access-${purpose}-`));
    process.once('exit', this.remove);
  }

  /** The path of a file in the directory. */
  file(name: string): string {
    return join(this.path, name);
  }

  readonly remove = (): void => {
    process.off('exit', this.remove);
    rmSync(this.path, { recursive: true, force: true });
  };
}
