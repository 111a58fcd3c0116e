import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, readSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { flushDirectory } from './ownersFile';

/**
 * Appends a line to a file, which is created with its directory when it does not exist. The line is on disk when this returns.
 * @param line the text without its line end.
 */
export function appendLine(file: string, line: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const isNew = !existsSync(file);
  if (!isNew) dropUnfinishedLine(file);
  const descriptor = openSync(file, 'a', 0o600);
  try {
    writeSync(descriptor, `${line}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  if (isNew) flushDirectory(dirname(file));
}

/** The complete lines of a file. An unfinished last line was left by a crash and never relied on. */
export const completeLines = (text: string): readonly string[] => text.split('\n').slice(0, -1);

/** Removes an unfinished line at the end of a file, which a crash has left. */
export function dropUnfinishedLine(file: string): void {
  const descriptor = openSync(file, 'r+');
  try {
    const { size } = fstatSync(descriptor);
    const last = Buffer.alloc(1);
    if (size === 0 || (readSync(descriptor, last, 0, 1, size - 1) === 1 && last.toString() === '\n')) return;
    ftruncateSync(descriptor, readFileSync(file).lastIndexOf('\n') + 1);
  } finally {
    closeSync(descriptor);
  }
}

const BYTES_AT_ONCE = 1024 * 1024;

/** Reads the complete lines of an append-only file as they come, each once. */
export class AppendedLines {
  #offset = 0;
  #file: number | undefined;

  constructor(private readonly path: string) {}

  /** The lines since the last call, all of them when the file was replaced or became shorter meanwhile; none while it is not there. */
  next(): { readonly lines: readonly string[]; readonly isAnew: boolean } {
    const stats = statSync(this.path, { throwIfNoEntry: false });
    const isAnew = this.#file !== undefined && (stats?.ino !== this.#file || stats.size < this.#offset);
    if (isAnew) this.#offset = 0;
    this.#file = stats?.ino;
    if (stats === undefined || stats.size === this.#offset) return { lines: [], isAnew };
    const text = this.#read();
    return { lines: completeLines(text), isAnew };
  }

  /** Reads up to the last line end. Texts are decoded as a whole, so that no character is cut. */
  #read(): string {
    const descriptor = openSync(this.path, 'r');
    try {
      const parts: Buffer[] = [];
      for (let at = this.#offset; ;) {
        const part = Buffer.alloc(BYTES_AT_ONCE);
        const count = readSync(descriptor, part, 0, BYTES_AT_ONCE, at);
        if (count === 0) break;
        parts.push(part.subarray(0, count));
        at += count;
      }
      const bytes = Buffer.concat(parts);
      const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
      this.#offset += whole.length;
      return whole.toString('utf8');
    } finally {
      closeSync(descriptor);
    }
  }
}
