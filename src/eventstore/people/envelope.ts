import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { isJsonObject } from '../appendChecks';
import { canonicalJson } from '../eventHash';
import type { JsonObject, JsonValue } from '../eventStore';

/** The stored form of `data.person`. */
export interface SealedPerson {
  /** Id of the person's key. */
  readonly key: string;
  /** Nonce (12 bytes), ciphertext and tag (16 bytes) in base64url. The plaintext begins with 32 zero bytes. */
  readonly sealed: string;
}

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** AES-GCM alone allows a ciphertext that two keys decrypt to different texts. The zero bytes prevent that, so that a disclosed key proves a name. */
const COMMITMENT = Buffer.alloc(32);
/** Plaintexts are padded to a multiple of this, in bytes, so that the length reveals little about an address. */
const PADDED_TO = 64;

export const newPersonKey = (): Buffer => randomBytes(KEY_BYTES);

/** Derives the key of one event's envelope, 32 bytes, which opens no other envelope. */
export const eventKeyOf = (personKey: Buffer, eventId: string): Buffer => Buffer.from(hkdfSync('sha256', personKey, eventId, 'partner-access event', KEY_BYTES));

/** Encrypts a personal envelope for one event. It cannot be opened in another event. */
export function sealPerson(person: JsonObject, id: string, personKey: Buffer, eventId: string): SealedPerson {
  const text = Buffer.from(canonicalJson(person), 'utf8');
  const padded = Buffer.alloc(Math.ceil((COMMITMENT.length + text.length) / PADDED_TO) * PADDED_TO, ' ');
  COMMITMENT.copy(padded);
  text.copy(padded, COMMITMENT.length);
  return { key: id, sealed: encrypted(padded, eventKeyOf(personKey, eventId), `${id} ${eventId}`) };
}

/** Decrypts an envelope. @throws Error when it was sealed with another key or for another event. */
export function openPerson({ key: id, sealed }: SealedPerson, eventKey: Buffer, eventId: string): JsonObject {
  const padded = decrypted(sealed, eventKey, `${id} ${eventId}`);
  if (!padded.subarray(0, COMMITMENT.length).equals(COMMITMENT)) throw new Error('a sealed envelope can be opened by two keys');
  const person: unknown = JSON.parse(padded.subarray(COMMITMENT.length).toString('utf8'));
  if (!isJsonObject(person)) throw new Error('a sealed envelope does not hold an object');
  return person;
}

/** A decrypted person, with the proof that the log holds this person sealed. */
export interface DisclosedPerson {
  readonly person: JsonObject;
  /** Key of this event alone. Null when the person was erased, so that nothing proves who it was. */
  readonly eventKey: Buffer | null;
}

/** The placeholder for an erased person. No address has this form. */
export const erasedPerson = (number: number): JsonObject => ({ keapId: `erased person #${number}`, name: null });

/** Tells whether the envelope is the placeholder for an erased person. */
export const isErasedPerson = ({ keapId, name }: JsonObject): boolean => typeof keapId === 'string' && /^erased person #[1-9]\d*$/.test(keapId) && name === null;

/** Tells whether the value is a sealed envelope. */
export function isSealedPerson(value: JsonValue | undefined): value is JsonObject & SealedPerson {
  return isJsonObject(value) && typeof value['key'] === 'string' && typeof value['sealed'] === 'string';
}

/** An event's data for a reader without keys: the person is named by the id of their key. */
export function withoutKeys(data: JsonObject): JsonObject {
  const { person } = data;
  return isSealedPerson(person) ? { ...data, person: { keapId: `sealed ${person.key}`, name: null } } : data;
}

const derived = (secretKey: Buffer, use: string): Buffer => Buffer.from(hkdfSync('sha256', secretKey, '', `partner-access ${use}`, KEY_BYTES));

/** A value that reveals only whether the same SECRET_KEY is used again. */
export const checkOf = (secretKey: Buffer): string => derived(secretKey, 'person key check').toString('hex');

/** Encrypts the keys of a ring. */
export const sealRing = (keys: readonly Buffer[], secretKey: Buffer): string => encrypted(Buffer.concat(keys), derived(secretKey, 'key ring'), checkOf(secretKey));

/** Decrypts the keys of a ring. @throws Error when it was sealed under another SECRET_KEY. */
export function unsealRing(sealed: string, secretKey: Buffer): readonly Buffer[] {
  const bytes = decrypted(sealed, derived(secretKey, 'key ring'), checkOf(secretKey));
  return Array.from({ length: bytes.length / KEY_BYTES }, (_, index) => bytes.subarray(index * KEY_BYTES, (index + 1) * KEY_BYTES));
}

/** The number of the ring's key under which a key was wrapped. */
export const ringKeyOf = (wrapped: string): number => Number(/^(\d+)\./.exec(wrapped)?.[1] ?? 0);

/** Derives key ids from addresses and encrypts (wraps) the keys of people. Each use has its own key, derived from a key of the ring. */
export class KeyWrapping {
  readonly #ids: Buffer;
  readonly #wrapping: readonly Buffer[];

  /** @param ring the keys of the ring, the oldest first. */
  constructor(readonly ring: readonly Buffer[]) {
    const [first] = ring;
    if (first === undefined) throw new Error('a key ring holds at least one key');
    this.#ids = derived(first, 'person key ids');
    this.#wrapping = ring.map((key) => derived(key, 'person key wrapping'));
  }

  /** The id of an address's key. `generation` counts the keys that were destroyed before. */
  idOf(normalizedAddress: string, generation: number): string {
    return createHmac('sha256', this.#ids).update(`${generation} ${normalizedAddress}`).digest('hex').slice(0, 32);
  }

  /** Wraps a key under the newest key of the ring, whose number precedes the text unless it is 0. */
  wrap(id: string, key: Buffer): string {
    const newest = this.#wrapping.length - 1;
    return (newest === 0 ? '' : `${newest}.`) + encrypted(key, this.#wrappingKey(newest), id);
  }

  /** @throws Error when it was wrapped under a key that is not in the ring, or for another id. */
  unwrap(id: string, wrapped: string): Buffer {
    return decrypted(wrapped.slice(wrapped.indexOf('.') + 1), this.#wrappingKey(ringKeyOf(wrapped)), id);
  }

  #wrappingKey(number: number): Buffer {
    const key = this.#wrapping[number];
    if (key === undefined) throw new Error(`the ring has no key ${number}`);
    return key;
  }
}

function encrypted(plain: Buffer, key: Buffer, associated: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(associated));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

function decrypted(text: string, key: Buffer, associated: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  const tagStart = bytes.length - TAG_BYTES;
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES }).setAAD(Buffer.from(associated)).setAuthTag(bytes.subarray(tagStart));
  return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, tagStart)), decipher.final()]);
}
