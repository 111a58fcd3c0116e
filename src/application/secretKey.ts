import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE_NAME = 'secret.key';
const KEY_BYTES = 32;
const READABLE_BY_OTHERS = 0o077;

/**
 * The key in `<dataDir>/secret.key`: 32 bytes, kept in base64 with mode 600; made, with its directory, where it is not
 * there yet. Processes that start at the same time get the same key.
 * @throws Error when the file holds something else, or others may read it.
 */
export function loadOrCreateSecretKey(dataDir: string): Buffer {
  const file = join(dataDir, FILE_NAME);
  const existing = readKey(file);
  if (existing) return existing;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  createKey(dataDir, file);
  const created = readKey(file);
  if (!created) throw new Error(`${file} disappeared while it was being made. Start again.`);
  return created;
}

function readKey(file: string): Buffer | undefined {
  const descriptor = openIfThere(file);
  if (descriptor === undefined) return undefined;
  try {
    const mode = fstatSync(descriptor).mode;
    if (process.platform !== 'win32' && (mode & READABLE_BY_OTHERS) !== 0) {
      throw new Error(`${file} may be used by others (mode ${(mode & 0o777).toString(8)}). Allow its owner alone: chmod 600 ${file}`);
    }
    const text = readFileSync(descriptor, 'utf8').trim();
    const key = Buffer.from(text, 'base64');
    if (key.length !== KEY_BYTES || key.toString('base64') !== text) {
      throw new Error(`${file} does not hold ${KEY_BYTES} bytes in base64. Put the right file back; with another key, links that were sent and ids that were made do not fit any more.`);
    }
    return key;
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

/** A link appears whole or not at all, and only the first one of several can be made: the others' keys are never used. */
function createKey(dataDir: string, file: string): void {
  const draft = `${file}.${randomBytes(8).toString('hex')}`;
  try {
    writeFileSync(draft, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { flag: 'wx', mode: 0o600, flush: true });
    linkSync(draft, file);
    flushDirectory(dataDir);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function flushDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

const hasCode = (error: unknown, code: string): boolean => typeof error === 'object' && error !== null && 'code' in error && error.code === code;
