import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Signals that end a process which does not listen for them. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A directory for files of this process, below TMPDIR. It goes when it is removed, and at the latest with the process, also where a signal ends that; not when it is killed by SIGKILL. */
export class TemporaryDirectory {
  readonly path: string;

  /** @param purpose a word that ends the directory's name. @throws Error when it cannot be created. */
  constructor(purpose: string) {
    this.path = mkdtempSync(join(tmpdir(), `partner-access-${purpose}-`));
    process.once('exit', this.remove);
    for (const signal of ENDING) process.prependOnceListener(signal, this.#end);
  }

  /** The path of a file in the directory. */
  file(name: string): string {
    return join(this.path, name);
  }

  readonly remove = (): void => {
    process.off('exit', this.remove);
    for (const signal of ENDING) process.off(signal, this.#end);
    rmSync(this.path, { recursive: true, force: true });
  };

  readonly #end = (signal: NodeJS.Signals): void => {
    this.remove();
    // Whoever else listens ends the process in their own way.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
}
