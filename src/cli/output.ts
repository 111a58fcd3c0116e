import { once } from 'node:events';
import { createWriteStream, existsSync, openSync, renameSync, rmSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { isBrokenPipe } from './brokenPipe';
import { OptionUnusable } from './failures';
import { using } from './options/files';

/** Suffix of a file that is not complete. */
const DRAFT = '.partial';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Requires that a file can be written. @throws OptionUnusable when it exists. */
export function requireNew(file: string): void {
  if (existsSync(file)) throw new OptionUnusable(`${file} already exists. Choose another file.`);
}

/**
 * Writes texts to a new file, or to standard output when it is undefined. The file gets its name when it is complete: when something fails, or the command is
 * stopped, none is left.
 * @returns the number of written texts.
 * @throws OptionUnusable when the file exists or cannot be made.
 */
export async function writeOutput(file: string | undefined, texts: AsyncIterable<string> | Iterable<string>): Promise<number> {
  if (file === undefined) return writeAll(process.stdout, texts);
  const draft = file + DRAFT;
  const out = createWriteStream(draft, { fd: openNew(draft), flush: true });
  const remove = (): void => { rmSync(draft, { force: true }); };
  const stop = (signal: NodeJS.Signals): void => {
    remove();
    // Once more, without a listener: the process ends as it would without this one.
    for (const one of SIGNALS) process.off(one, stop);
    process.kill(process.pid, signal);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    const written = await writeAll(out, texts);
    out.end();
    await finished(out);
    requireNew(file);
    renameSync(draft, file);
    return written;
  } catch (error) {
    out.destroy();
    remove();
    throw error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}

/** Makes a file that only its owner reads. @throws OptionUnusable when that is not possible there. */
export const openNew = (file: string): number => using(file, '--out', () => openSync(file, 'wx', 0o600));

/** Writes as fast as the texts are read, until there are no more or nobody reads them. @returns the number of written texts. */
export async function writeAll(out: Writable, texts: AsyncIterable<string> | Iterable<string>): Promise<number> {
  let written = 0;
  for await (const text of texts) {
    written += 1;
    if (!out.write(text)) {
      await once(out, 'drain').catch((error: unknown) => {
        if (!isBrokenPipe(error)) throw error;
      });
    }
    if (!out.writable) break;
  }
  return written;
}
