import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const USABLE_BY_OTHERS = 0o077;

/**
 * The text of a file that only its owner may use (mode 600); made, with its directory, where it is not there yet.
 * Processes that start at the same time get the same text.
 * @throws Error when others may use the file, or it can neither be read nor made.
 */
export function readOrMakeOwnersFile(file: string, make: () => string): string {
  const existing = readOwnersFile(file);
  if (existing !== undefined) return existing;
  makeOwnersFile(file, make());
  const made = readOwnersFile(file);
  if (made === undefined) throw new Error(`${file} disappeared while it was being made. Start again.`);
  return made;
}

/** Writes down for good which files the directory has. */
export function flushDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function readOwnersFile(file: string): string | undefined {
  const descriptor = openIfThere(file);
  if (descriptor === undefined) return undefined;
  try {
    const { mode } = fstatSync(descriptor);
    if (process.platform !== 'win32' && (mode & USABLE_BY_OTHERS) !== 0) {
      throw new Error(`${file} may be used by others (mode ${(mode & 0o777).toString(8)}). Allow its owner alone: chmod 600 ${file}`);
    }
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, 'r');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** A link appears whole or not at all, and only the first one of several can be made: the others' texts are never used. */
function makeOwnersFile(file: string, text: string): void {
  const directory = dirname(file);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(8).toString('hex')}`;
  try {
    writeFileSync(draft, text, { flag: 'wx', mode: 0o600, flush: true });
    linkSync(draft, file);
    flushDirectory(directory);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

const hasCode = (error: unknown, code: string): boolean => typeof error === 'object' && error !== null && 'code' in error && error.code === code;
