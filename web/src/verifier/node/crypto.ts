import { gcm } from '@noble/ciphers/aes.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { BrowserBuffer } from './buffer.js';

/** The functions of `node:crypto` that the verification calls, with the results that Node gives. What is wrong throws, as there. */

type Data = string | Uint8Array;
type State = Pick<ReturnType<typeof sha256.create>, 'digest'> & { update(data: Uint8Array): unknown; clone(): State };

/** Events are hashed with SHA-256; the authorities of time stamps choose for themselves. */
const HASHES: Readonly<Record<string, { readonly create: () => State }>> = { sha1, sha256, sha384, sha512 };

const utf8 = new TextEncoder();
const bytesOf = (data: Data): Uint8Array => (typeof data === 'string' ? utf8.encode(data) : data);
const bufferOf = (bytes: Uint8Array): Buffer => BrowserBuffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function requireSha256(algorithm: string): void {
  if (algorithm !== 'sha256') throw new Error(`The hash ${algorithm} is not known here.`);
}

class Hash {
  constructor(private readonly state: State) {}

  update(data: Data): this {
    this.state.update(bytesOf(data));
    return this;
  }

  copy(): Hash {
    return new Hash(this.state.clone());
  }

  digest(): Buffer;
  digest(encoding: 'hex'): string;
  digest(encoding?: 'hex'): Buffer | string {
    const digest = bufferOf(this.state.digest());
    return encoding === undefined ? digest : digest.toString(encoding);
  }
}

/** Begins a hash. */
export function createHash(algorithm: string): Hash {
  const known = HASHES[algorithm];
  if (known === undefined) throw new Error(`The hash ${algorithm} is not known here.`);
  return new Hash(known.create());
}

/** The SHA-256 of the data. */
export function hash(algorithm: string, data: Data, encoding: 'hex' | 'buffer'): Buffer | string {
  requireSha256(algorithm);
  const digest = bufferOf(sha256(bytesOf(data)));
  return encoding === 'buffer' ? digest : digest.toString(encoding);
}

/** What stands before the 32 bytes of a key in the SPKI of Ed25519. */
const ED25519_SPKI = '302a300506032b6570032100';
const SPKI_BYTES = 44;

class PublicKey {
  readonly asymmetricKeyType = 'ed25519';

  constructor(private readonly spki: Buffer) {}

  get bytes(): Uint8Array {
    return this.spki.subarray(SPKI_BYTES - 32);
  }

  export(): Buffer {
    return this.spki;
  }
}

/** Reads a public key. @throws Error for one that is not of Ed25519. */
export function createPublicKey({ key }: { readonly key: Buffer }): PublicKey {
  if (key.length !== SPKI_BYTES || key.subarray(0, SPKI_BYTES - 32).toString('hex') !== ED25519_SPKI) throw new Error('It is not the SPKI of an Ed25519 key.');
  return new PublicKey(key);
}

/** Tells whether this is the Ed25519 signature of the data by the key. */
export const verify = (_algorithm: null, data: Uint8Array, key: PublicKey, signature: Uint8Array): boolean => ed25519.verify(signature, data, key.bytes, { zip215: false });

const KEY_BYTES = 32;
const NOTHING = BrowserBuffer.alloc(0);

class Decipher {
  #associated: Uint8Array = NOTHING;
  #sealed: Buffer = NOTHING;
  #tag: Buffer = NOTHING;

  constructor(
    private readonly key: Uint8Array,
    private readonly nonce: Uint8Array,
    private readonly tagBytes: number,
  ) {}

  setAAD(associated: Uint8Array): this {
    this.#associated = associated;
    return this;
  }

  setAuthTag(tag: Buffer): this {
    if (tag.length !== this.tagBytes) throw new Error('The tag has another length.');
    this.#tag = tag;
    return this;
  }

  /** Takes the ciphertext. Nothing of what it holds is given before the tag was checked. */
  update(sealed: Buffer): Buffer {
    this.#sealed = sealed;
    return NOTHING;
  }

  /** @throws Error when the tag is another one. */
  final(): Buffer {
    return bufferOf(gcm(this.key, this.nonce, this.#associated).decrypt(BrowserBuffer.concat([this.#sealed, this.#tag])));
  }
}

/** Begins to decrypt with AES-256-GCM. */
export function createDecipheriv(cipher: string, key: Uint8Array, nonce: Uint8Array, { authTagLength }: { readonly authTagLength: number }): Decipher {
  if (cipher !== 'aes-256-gcm' || key.length !== KEY_BYTES) throw new Error(`A key of ${key.length} bytes is none for ${cipher}.`);
  return new Decipher(key, nonce, authTagLength);
}

const notHere = (): never => {
  throw new Error('The browser only verifies: it makes no keys and seals nothing.');
};

/** Only the service makes and wraps keys. The build leaves out what calls these. */
export const createCipheriv = notHere;
export const createHmac = notHere;
export const hkdfSync = notHere;
export const randomBytes = notHere;
