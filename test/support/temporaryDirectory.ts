import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryDirectory {
  readonly path: string;
  remove(): void;
}

/** A file system in memory, which Linux has. A flush costs nothing there, and a test cannot see one: what a killed process has written is kept either way. */
const IN_MEMORY = '/dev/shm';
const ENOUGH_BYTES = 2 ** 30;

function hasRoom(directory: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize >= ENOUGH_BYTES;
  } catch {
    return false;
  }
}

/** A new directory of its own for a test, empty. The test removes it. */
export function temporaryDirectory(): TemporaryDirectory {
  const path = mkdtempSync(join(hasRoom(IN_MEMORY) ? IN_MEMORY : tmpdir(), 'partner-access-'));
  return {
    path,
    remove() {
      rmSync(path, { recursive: true, force: true });
    },
  };
}
