import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { isJsonObject } from './appendChecks';
import { canonicalJson } from './canonicalJson';
import type { JsonObject, JsonValue } from './eventStore';

/** `data.person` as it is stored. */
export interface SealedPerson {
  /** id of the person's key. */
  readonly key: string;
  /** base64url of nonce (12 bytes), ciphertext and tag (16 bytes). The text begins with 32 zero bytes. */
  readonly sealed: string;
}

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** AES-GCM alone lets its writer make a text that two keys open differently; who proves a name by its key must not have that choice. */
const COMMITMENT = Buffer.alloc(32);
/** Sealed texts are filled up to a multiple of this, so that their length tells little of an address. */
const PADDED_TO = 64;

export const newPersonKey = (): Buffer => randomBytes(KEY_BYTES);

/** The key of one event's envelope, which opens no other one; 32 bytes. */
export const eventKeyOf = (personKey: Buffer, eventId: string): Buffer => Buffer.from(hkdfSync('sha256', personKey, eventId, 'partner-access event', KEY_BYTES));

/** Seals a personal envelope for one event; moved to another event it cannot be opened. */
export function sealPerson(person: JsonObject, id: string, personKey: Buffer, eventId: string): SealedPerson {
  const text = Buffer.from(canonicalJson(person), 'utf8');
  const padded = Buffer.alloc(Math.ceil((COMMITMENT.length + text.length) / PADDED_TO) * PADDED_TO, ' ');
  COMMITMENT.copy(padded);
  text.copy(padded, COMMITMENT.length);
  return { key: id, sealed: encrypted(padded, eventKeyOf(personKey, eventId), `${id} ${eventId}`) };
}

/** The envelope again. @throws Error when it was sealed with another key or for another event. */
export function openPerson({ key: id, sealed }: SealedPerson, eventKey: Buffer, eventId: string): JsonObject {
  const padded = decrypted(sealed, eventKey, `${id} ${eventId}`);
  if (!padded.subarray(0, COMMITMENT.length).equals(COMMITMENT)) throw new Error('a sealed envelope was made for two keys');
  const person: unknown = JSON.parse(padded.subarray(COMMITMENT.length).toString('utf8'));
  if (!isJsonObject(person)) throw new Error('a sealed envelope holds no object');
  return person;
}

/** A person in the open, and what proves that this is what the log holds sealed. */
export interface DisclosedPerson {
  readonly person: JsonObject;
  /** of this event alone; null where the person was erased, so that nothing proves who it was. */
  readonly eventKey: Buffer | null;
}

/** What stands for a person whose key is gone. No address looks like it. */
export const erasedPerson = (number: number): JsonObject => ({ keapId: `erased person #${number}`, name: null });

/** Whether that is what the envelope says. */
export const isErasedPerson = ({ keapId, name }: JsonObject): boolean => typeof keapId === 'string' && /^erased person #[1-9]\d*$/.test(keapId) && name === null;

/** Whether the value is a sealed envelope. */
export function isSealedPerson(value: JsonValue | undefined): value is JsonObject & SealedPerson {
  return isJsonObject(value) && typeof value['key'] === 'string' && typeof value['sealed'] === 'string';
}

/** An event's data with every person under the id of their key, for who reads a log without keys. */
export function withoutKeys(data: JsonObject): JsonObject {
  const { person } = data;
  return isSealedPerson(person) ? { ...data, person: { keapId: `sealed ${person.key}`, name: null } } : data;
}

/** What SECRET_KEY is used for here: keyed ids and wrapping. Each use has a key of its own. */
export class KeyWrapping {
  readonly #ids: Buffer;
  readonly #wrapping: Buffer;
  /** tells whether the same SECRET_KEY is used again, and nothing else. */
  readonly check: string;

  constructor(secretKey: Buffer) {
    const derived = (use: string): Buffer => Buffer.from(hkdfSync('sha256', secretKey, '', `partner-access ${use}`, KEY_BYTES));
    this.#ids = derived('person key ids');
    this.#wrapping = derived('person key wrapping');
    this.check = derived('person key check').toString('hex');
  }

  /** The id of an address's key; `generation` counts the keys that were destroyed before. */
  idOf(normalizedAddress: string, generation: number): string {
    return createHmac('sha256', this.#ids).update(`${generation} ${normalizedAddress}`).digest('hex').slice(0, 32);
  }

  wrap(id: string, key: Buffer): string {
    return encrypted(key, this.#wrapping, id);
  }

  /** @throws Error when it was wrapped under another SECRET_KEY or for another id. */
  unwrap(id: string, wrapped: string): Buffer {
    return decrypted(wrapped, this.#wrapping, id);
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
