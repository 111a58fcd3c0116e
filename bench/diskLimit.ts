import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { perSecond } from './measure';

/**
 * What the machine can do at best: appends `bytes` to a new file and flushes it, `times` times.
 * @returns flushes a second.
 */
export async function flushesPerSecond(directory: string, bytes: Uint8Array, times: number): Promise<number> {
  const file = openSync(join(directory, 'limit'), 'w', 0o600);
  try {
    return await perSecond(times, () => {
      for (let time = 0; time < times; time += 1) {
        writeSync(file, bytes);
        fdatasyncSync(file);
      }
    });
  } finally {
    closeSync(file);
  }
}
