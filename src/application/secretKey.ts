import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readOrMakeOwnersFile } from '../files/ownersFile';

const FILE_NAME = 'secret.key';
const KEY_BYTES = 32;

/** The key in `<dataDir>/secret.key`, or null where there is none; nothing is made. @throws Error when the file holds something else, or others may read it. */
export const findSecretKey = (dataDir: string): Buffer | null => (existsSync(join(dataDir, FILE_NAME)) ? loadOrCreateSecretKey(dataDir) : null);

/**
 * The key in `<dataDir>/secret.key`: 32 bytes, kept in base64 with mode 600; made, with its directory, where it is not
 * there yet. Processes that start at the same time get the same key.
 * @throws Error when the file holds something else, or others may read it.
 */
export function loadOrCreateSecretKey(dataDir: string): Buffer {
  const file = join(dataDir, FILE_NAME);
  const text = readOrMakeOwnersFile(file, () => `${randomBytes(KEY_BYTES).toString('base64')}\n`).trim();
  const key = Buffer.from(text, 'base64');
  if (key.length !== KEY_BYTES || key.toString('base64') !== text) {
    throw new Error(`${file} does not hold ${KEY_BYTES} bytes in base64. Put the right file back; with another key, links that were sent and ids that were made do not fit any more.`);
  }
  return key;
}
