import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { readOrMakeOwnersFile } from '../files/ownersFile';
import { keyIdOf, statementText, type CheckpointStatement, type SignedCheckpoint } from './checkpointStatement';

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
    const pem = readOrMakeOwnersFile(file, () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    return new CheckpointKey(parseKey(pem, file));
  }

  sign(statement: CheckpointStatement): SignedCheckpoint {
    return { statement, ...this.signText(statementText(statement)) };
  }

  /** The signature of a text, in base64, and by which key. */
  signText(text: string): Pick<SignedCheckpoint, 'keyId' | 'publicKey' | 'signature'> {
    const signature = sign(null, Buffer.from(text), this.privateKey).toString('base64');
    return { keyId: this.keyId, publicKey: this.#publicKey, signature };
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
