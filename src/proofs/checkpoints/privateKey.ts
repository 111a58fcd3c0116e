import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readOrCreateOwnersFile, readOwnersFile } from '../../files/ownersFile';
import { type CheckpointStatement, keyIdOf, type Signature, type SignedCheckpoint, type Signer, statementText } from './statement';

/** The file of a key cannot be read, or holds something else. The message says what to do. */
export class UnreadableKey extends Error {
  override readonly name = 'UnreadableKey';
}

/** The private key that signs checkpoints. */
export class CheckpointKey implements Signer {
  /** SHA-256 of the public key's SPKI, in hex. */
  readonly keyId: string;
  readonly #publicKey: string;

  private constructor(private readonly privateKey: KeyObject) {
    const publicKey = createPublicKey(privateKey);
    this.keyId = keyIdOf(publicKey);
    this.#publicKey = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  }

  /**
   * Loads the Ed25519 key from a file (PKCS#8 PEM, mode 600). Creates the file, with its directory, when it does not exist.
   * @throws UnreadableKey when the file holds something else, or other users may read it.
   */
  static loadOrCreate(file: string): CheckpointKey {
    return new CheckpointKey(parseKey(readKeyFile(() => readOrCreateOwnersFile(file, () => CheckpointKey.create().pem)), file));
  }

  /** Makes a new key, which is in no file yet. */
  static create(): CheckpointKey {
    return new CheckpointKey(generateKeyPairSync('ed25519').privateKey);
  }

  /** The private key as PKCS#8 PEM. */
  get pem(): string {
    return this.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  }

  /** Loads the key from a file; null when the file does not exist. @throws UnreadableKey when it holds something else, or other users may read it. */
  static load(file: string): CheckpointKey | null {
    const pem = readKeyFile(() => readOwnersFile(file));
    return pem === undefined ? null : new CheckpointKey(parseKey(pem, file));
  }

  /** The public key, SPKI in base64. */
  get publicKey(): string {
    return this.#publicKey;
  }

  sign(statement: CheckpointStatement): SignedCheckpoint {
    return { statement, ...this.signText(statementText(statement)) };
  }

  /** Signs a text. */
  signText(text: string): Signature {
    const signature = sign(null, Buffer.from(text), this.privateKey).toString('base64');
    return { keyId: this.keyId, publicKey: this.#publicKey, signature };
  }
}

function readKeyFile<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new UnreadableKey(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function parseKey(pem: string, file: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw new UnreadableKey(`${file} does not hold a private key in PEM. Restore the file. If the key is lost, move the file away and run "npm run cli -- rotate-key --lost", which says how to go on.`, { cause });
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new UnreadableKey(`${file} holds a key for ${key.asymmetricKeyType ?? 'something else'}; checkpoints are signed with Ed25519.`);
  return key;
}
