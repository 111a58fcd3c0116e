import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { keyIdOf, statementText, type CheckpointStatement, type SignedCheckpoint } from './checkpointStatement';

const USABLE_BY_OTHERS = 0o077;

/** The private key under which checkpoints are signed. */
export class CheckpointKey {
  /** hex SHA-256 of the public key's SPKI. */
  readonly keyId: string;
  readonly #publicKey: string;

  private constructor(private readonly privateKey: KeyObject) {
    const publicKey = createPublicKey(privateKey);
    this.keyId = keyIdOf(publicKey);
    this.#publicKey = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  }

  /**
   * The Ed25519 key in the file (PKCS#8 PEM, mode 600); made, with its directory, where it is not there yet.
   * @throws Error when the file holds something else, or others may use it.
   */
  static loadOrCreate(file: string): CheckpointKey {
    const existing = readKey(file);
    if (existing) return new CheckpointKey(existing);
    createKey(file);
    const created = readKey(file);
    if (!created) throw new Error(`${file} disappeared while it was being made. Start again.`);
    return new CheckpointKey(created);
  }

  sign(statement: CheckpointStatement): SignedCheckpoint {
    const signature = sign(null, Buffer.from(statementText(statement)), this.privateKey).toString('base64');
    return { statement, keyId: this.keyId, publicKey: this.#publicKey, signature };
  }
}

function readKey(file: string): KeyObject | undefined {
  const descriptor = openIfThere(file);
  if (descriptor === undefined) return undefined;
  try {
    const { mode } = fstatSync(descriptor);
    if (process.platform !== 'win32' && (mode & USABLE_BY_OTHERS) !== 0) {
      throw new Error(`${file} may be used by others (mode ${(mode & 0o777).toString(8)}). Allow its owner alone: chmod 600 ${file}`);
    }
    return parseKey(readFileSync(descriptor, 'utf8'), file);
  } finally {
    closeSync(descriptor);
  }
}

function parseKey(pem: string, file: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw new Error(`${file} does not hold a private key in PEM. Put the right file back, or move it away and a new key is made.`, { cause });
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`${file} holds a key for ${key.asymmetricKeyType ?? 'something else'}; checkpoints are signed with Ed25519.`);
  return key;
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
function createKey(file: string): void {
  const directory = dirname(file);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(8).toString('hex')}`;
  try {
    const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(draft, pem, { flag: 'wx', mode: 0o600, flush: true });
    linkSync(draft, file);
    flushDirectory(directory);
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
