import { replaceOwnersFile } from '../../files/ownersFile';
import type { CheckpointDirectory } from './directory';
import { KEY_FORMAT, signedBy, type SignedKeyStatement } from './keyStatement';
import { keyIn, type KeyMoment, lastKeyId, requireKnown } from './signingKey';
import { CheckpointKey } from './privateKey';

/** The key with which a restored log goes on. */
export interface RestoringKey {
  /** Signs that the log was restored. */
  restored(moment: KeyMoment): SignedKeyStatement;
  /** Tells whether the file holds another key, or none. */
  replaces(file: string): boolean;
  /** Puts the key into the file. */
  put(file: string): void;
}

/**
 * The key that signed a log, or a new one on purpose.
 * @param checkpoints what is known of the log.
 * @throws Error that says what to do when the key is missing, was replaced, or has nothing to do with the log.
 */
export function restoringKey({ file, newKey }: { readonly file: string; readonly newKey: boolean }, checkpoints: CheckpointDirectory): RestoringKey {
  const found = newKey ? null : keyIn(file, checkpoints);
  if (found === null && !newKey) throw new Error(`${file} is missing: it has to hold the key that signed the log. Pass the file with --key. If the key is lost, pass --new-key: a new one takes its place, and auditors have to be told.`);
  if (found) requireKnown(found, file, checkpoints);
  const key = found ?? CheckpointKey.create();
  const previousKeyId = found ? key.keyId : lastKeyId(checkpoints);
  return {
    restored: (moment) => signedBy([key], { format: KEY_FORMAT, change: 'RESTORED', ...moment, keyId: key.keyId, publicKey: key.publicKey, previousKeyId }),
    replaces: (place) => isAnother(place, key),
    put(place) {
      if (isAnother(place, key)) replaceOwnersFile(place, key.pem);
    },
  };
}

/** Tells whether the file holds another key, none, or something else. */
function isAnother(file: string, { keyId }: CheckpointKey): boolean {
  try {
    return CheckpointKey.load(file)?.keyId !== keyId;
  } catch {
    return true;
  }
}
