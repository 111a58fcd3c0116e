import { accessSync, constants, statSync } from 'node:fs';

/** Whether there is a file at the path, and this process may read it. */
export function isReadableFile(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
