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
  if (file === undefined) return writeAll(process.stdout, texts, GATHERED);
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
    const written = await writeAll(out, texts, GATHERED);
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

/** Characters that are gathered before they are written: writing each line of a table for itself costs more than making it. */
const GATHERED = 64 * 1024;

/**
 * Writes as fast as the texts are read, until there are no more or nobody reads them.
 * @param gathered characters that are written at once. 0 writes each text when it is there.
 * @returns the number of written texts.
 */
export async function writeAll(out: Writable, texts: AsyncIterable<string> | Iterable<string>, gathered = 0): Promise<number> {
  let written = 0;
  let waiting = '';
  for await (const text of texts) {
    written += 1;
    waiting += text;
    if (waiting.length < gathered) continue;
    await put(out, waiting);
    waiting = '';
    if (!out.writable) break;
  }
  if (waiting !== '') await put(out, waiting);
  return written;
}

async function put(out: Writable, text: string): Promise<void> {
  if (out.write(text)) return;
  await once(out, 'drain').catch((error: unknown) => {
    if (!isBrokenPipe(error)) throw error;
  });
}
