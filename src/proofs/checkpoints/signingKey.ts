import { moveOver } from '../../files/ownersFile';
import type { CheckpointDirectory } from './directory';
import { KEY_FORMAT, type KeyStatement, signedBy } from './keyStatement';
import { CheckpointKey } from './privateKey';
import type { CheckpointStatement, Signature, SignedCheckpoint, Signer } from './statement';

/** Beside the file of the key: the next key, until it takes the key's place. */
const nextTo = (file: string): string => `${file}.next`;

/** The key that signs cannot be used. The message says what to do. */
class KeyUnusable extends Error {
  override readonly name = 'KeyUnusable';
}

/** Signs with the key in a file, and with its successor as soon as that was introduced, also by another process. */
export class SigningKey implements Signer {
  constructor(
    private key: CheckpointKey,
    private readonly file: string,
    private readonly checkpoints: CheckpointDirectory,
  ) {}

  get keyId(): string {
    return this.#current().keyId;
  }

  /** @throws KeyUnusable when the key was replaced, and its successor is not in the file. */
  sign(statement: CheckpointStatement): SignedCheckpoint {
    return this.#current().sign(statement);
  }

  /** Signs a text. @throws KeyUnusable as `sign` does. */
  signText(text: string): Signature {
    return this.#current().signText(text);
  }

  #current(): CheckpointKey {
    if (this.checkpoints.keys.successorOf(this.key.keyId) === undefined) return this.key;
    const found = keyIn(this.file, this.checkpoints);
    if (found === null) throw new KeyUnusable(`The key ${this.key.keyId} was replaced, and ${this.file}, which has to hold the key after it, is missing. Restore the file.`);
    this.key = found;
    return found;
  }
}

/**
 * The key in the file; null when there is none. Finishes a rotation that a crash has interrupted.
 * @throws KeyUnusable when the key was replaced by another one. @throws Error when the file holds something else than a key.
 */
export function keyIn(file: string, checkpoints: CheckpointDirectory): CheckpointKey | null {
  const key = CheckpointKey.load(file);
  const next = key === null ? CheckpointKey.load(nextTo(file)) : null;
  if (next && checkpoints.keys.introductionOf(next.keyId) !== undefined) {
    moveOver(nextTo(file), file);
    return next;
  }
  const successor = key && checkpoints.keys.successorOf(key.keyId);
  if (!successor) return key;
  if (CheckpointKey.load(nextTo(file))?.keyId !== successor) throw new KeyUnusable(`${file} holds the key ${key.keyId}, which the key ${successor} has replaced. Put the file with that key in its place.`);
  moveOver(nextTo(file), file);
  return keyIn(file, checkpoints);
}

/**
 * The key that a service signs with from its start. One is created for a log that was never signed, and only then: a new key beside
 * older checkpoints has to be introduced, or nobody can tell it from a forger's.
 * @param wasSigned whether something other than the checkpoints tells that the log was signed.
 * @throws KeyUnusable when the key is missing, or is another one than those that signed. @throws Error when the file holds no key.
 */
export function keyToStart(file: string, checkpoints: CheckpointDirectory, wasSigned: boolean): CheckpointKey {
  const found = isReadable(checkpoints) ? keyIn(file, checkpoints) : CheckpointKey.load(file);
  if (found !== null) {
    requireKnown(found, file, checkpoints);
    return found;
  }
  if (wasSigned || checkpoints.all().length > 0 || checkpoints.keyStatements.length > 0) {
    throw new KeyUnusable(`${file} is missing, and the log was signed with the key that it held. No other key is made without a word, because nobody could tell it from a forger's. Put the file back, from where it is kept apart from the backups. ${WITHOUT_THE_KEY}`);
  }
  return CheckpointKey.loadOrCreate(file);
}

const WITHOUT_THE_KEY = 'If the key is lost, run "npm run cli -- rotate-key --lost", and tell the auditors the id of the new key. After restoring a backup, run "npm run cli -- restore" instead.';

/** @throws KeyUnusable when others have signed the log, and nothing introduces this key. */
export function requireKnown({ keyId }: CheckpointKey, file: string, checkpoints: CheckpointDirectory): void {
  const signed = wholeCheckpoints(checkpoints);
  if (signed.length === 0 || signed.some((checkpoint) => checkpoint.keyId === keyId) || checkpoints.keys.introductionOf(keyId) !== undefined) return;
  throw new KeyUnusable(`${file} holds the key ${keyId}, which has signed none of the checkpoints of this log, and which no key before it has introduced. Put the key ${signed.at(-1)?.keyId ?? ''} in its place; "npm run cli -- rotate-key" introduces another one. ${WITHOUT_THE_KEY} Of several services that share a log, each needs a CHECKPOINT_DIR of its own.`);
}

/** Checkpoints that cannot be read count for nothing here: whoever follows the log reports them. */
const wholeCheckpoints = (checkpoints: CheckpointDirectory): readonly SignedCheckpoint[] => (isReadable(checkpoints) ? checkpoints.all().filter((checkpoint) => checkpoints.isWhole(checkpoint)) : []);

function isReadable(checkpoints: CheckpointDirectory): boolean {
  try {
    checkpoints.all();
    return true;
  } catch {
    return false;
  }
}

/** The key that has to sign the log as far as the directory tells; null where nothing was signed. */
export function lastKeyId(checkpoints: CheckpointDirectory): string | null {
  const { statements } = checkpoints.keys;
  const seen = new Set<string>();
  let last = wholeCheckpoints(checkpoints).at(-1)?.keyId ?? statements.at(0)?.keyId ?? null;
  for (let next = last; next !== null && !seen.has(next);) {
    last = next;
    seen.add(next);
    next = statements.find(({ keyId, previousKeyId }) => previousKeyId === last && keyId !== last)?.keyId ?? null;
  }
  return last;
}

/** What is known of the log when another key begins. */
export type KeyMoment = Pick<KeyStatement, 'storeId' | 'events' | 'position' | 'root' | 'signedEvents' | 'time' | 'operator' | 'reason'>;

/** Puts a new key in the place of the one in the file, which introduces it. The old one is gone then. @returns the ids of both. */
export function rotateKey(file: string, checkpoints: CheckpointDirectory, moment: KeyMoment): KeyStatement {
  const previous = keyIn(file, checkpoints);
  if (previous === null) throw new KeyUnusable(`${file} is missing. ${WITHOUT_THE_KEY}`);
  const next = CheckpointKey.loadOrCreate(nextTo(file));
  const statement = { format: KEY_FORMAT, change: 'ROTATED', ...moment, keyId: next.keyId, publicKey: next.publicKey, previousKeyId: previous.keyId } as const;
  checkpoints.addKeyStatement(signedBy([previous, next], statement));
  moveOver(nextTo(file), file);
  return statement;
}

/** Creates a key in the place of one that is lost, with the statement of an operator. */
export function replaceLostKey(file: string, checkpoints: CheckpointDirectory, moment: KeyMoment): KeyStatement {
  const next = CheckpointKey.loadOrCreate(nextTo(file));
  const statement = { format: KEY_FORMAT, change: 'LOST', ...moment, keyId: next.keyId, publicKey: next.publicKey, previousKeyId: lastKeyId(checkpoints) } as const;
  checkpoints.addKeyStatement(signedBy([next], statement));
  moveOver(nextTo(file), file);
  return statement;
}
