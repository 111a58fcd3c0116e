import { BrowserBuffer } from './node/buffer';
import type { EvidenceFile } from '../../../src/proofs/evidence/bundleFile';
import type { Progress } from './protocol';

/** The person has cancelled. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** The browser does not give a file any more, because it was moved, changed, or is not this user's to read. */
export class FileUnreadable extends Error {
  override readonly name = 'FileUnreadable';

  constructor(readonly file: string) {
    super(`${file} cannot be read.`);
  }
}

/** Time between two reports, in milliseconds. */
const PAUSE_MS = 100;
const LINE_END = 0x0a;

/** Reads files piece by piece, and tells how far it is. */
export class Reading {
  #done = 0;
  #told = 0;
  isStopped = false;

  /** @param total bytes of all readings together. */
  constructor(
    private readonly total: number,
    private readonly onProgress: (progress: Progress) => void,
  ) {}

  /** A file of the browser as the verification reads it. */
  fileOf(file: File): EvidenceFile {
    return { name: file.name, bytes: () => this.#bytesOf(file) };
  }

  async *#bytesOf(file: File): AsyncGenerator<Buffer, void, undefined> {
    const reader = file.stream().getReader();
    let [bytes, lines] = [0, 0];
    try {
      for (;;) {
        const { done, value } = await reader.read().catch(() => {
          throw new FileUnreadable(file.name);
        });
        if (this.isStopped) throw new Stopped();
        if (done) break;
        for (let end = value.indexOf(LINE_END); end >= 0; end = value.indexOf(LINE_END, end + 1)) lines += 1;
        bytes += value.length;
        this.#done += value.length;
        this.#tell({ file: file.name, bytes, size: file.size, lines, done: Math.min(1, this.#done / Math.max(1, this.total)) });
        yield BrowserBuffer.from(value.buffer, value.byteOffset, value.byteLength);
      }
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  }

  #tell(progress: Progress): void {
    const now = performance.now();
    if (now - this.#told < PAUSE_MS && progress.bytes < progress.size) return;
    this.#told = now;
    this.onProgress(progress);
  }
}
