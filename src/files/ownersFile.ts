import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, existsSync, fstatSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const USABLE_BY_OTHERS = 0o077;

/**
 * Reads a file that only its owner may use (mode 600). Creates it and its directory when they do not exist.
 * Processes that start at the same time get the same text.
 * @throws Error when other users may access the file, or it can be neither read nor created.
 */
export function readOrCreateOwnersFile(file: string, create: () => string): string {
  const existing = readOwnersFile(file);
  if (existing !== undefined) return existing;
  createOwnersFile(file, create());
  const created = readOwnersFile(file);
  if (created === undefined) throw new Error(`${file} was removed while it was being created. Start again.`);
  return created;
}

/** Puts a file with this text, which only its owner may use, in the place of another, or of none. It appears whole or not at all. */
export function replaceOwnersFile(file: string, text: string): void {
  const draft = `${file}.${randomBytes(8).toString('hex')}`;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(draft, text, { flag: 'wx', mode: 0o600, flush: true });
    moveOver(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Puts one file in the place of another, or of none, which survives a power failure. */
export function moveOver(from: string, to: string): void {
  renameSync(from, to);
  flushDirectory(dirname(to));
}

/** Flushes a directory's entries to disk, so that created and renamed files survive a power failure. */
export function flushDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Creates an empty file that only its owner may read, unless it exists. SQLite gives its journal files the same mode. */
export function createPrivately(file: string): void {
  if (existsSync(file)) return;
  closeSync(openSync(file, 'a', 0o600));
}

/** Takes the access of other users from files that exist. @throws Error when the files belong to somebody else. */
export function restrictToOwner(...files: readonly string[]): void {
  if (process.platform === 'win32') return;
  for (const file of files) if (existsSync(file) && (statSync(file).mode & USABLE_BY_OTHERS) !== 0) chmodSync(file, 0o600);
}

/** Reads a file that only its owner may use; undefined when it does not exist. @throws Error when other users may access it, or it cannot be read. */
export function readOwnersFile(file: string): string | undefined {
  const descriptor = openIfThere(file);
  if (descriptor === undefined) return undefined;
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new Error(`${file} is not a file. Move it away, and restore the file from a backup.`);
    const { mode } = stats;
    if (process.platform !== 'win32' && (mode & USABLE_BY_OTHERS) !== 0) {
      throw new Error(`${file} is accessible to other users (mode ${(mode & 0o777).toString(8)}). Restrict it to its owner: chmod 600 ${file}`);
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
    throw new Error(`${file} cannot be read (${error instanceof Error ? error.message : String(error)}). Make it readable for the user of this process, and for nobody else (mode 600).`, { cause: error });
  }
}

/** Creates the file through a hard link, which appears whole or not at all. Of several processes only the first succeeds; the others use its text. */
function createOwnersFile(file: string, text: string): void {
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
