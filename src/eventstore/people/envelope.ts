import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { isJsonObject } from '../appendChecks';
import { canonicalJson } from '../eventHash';
import type { JsonObject, JsonValue } from '../eventStore';

/** The stored form of whatever is about a person: `data.person`, a text in `data`, and `metadata.actor`. */
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

/** The place of an envelope in an event: `person`, `actor`, or the path of a text in `data` such as `reason` or `removal.reason`. */
export type EnvelopePlace = string;

/** The envelope in `data.person`. */
export const PERSON: EnvelopePlace = 'person';
/** The envelope in `metadata.actor`. */
export const ACTOR: EnvelopePlace = 'actor';

/**
 * Derives the key of one event's envelopes of one person, 32 bytes, which opens no envelope of another event. What an event says of
 * its actor has a key of its own, so that who is shown the one is not shown the other.
 */
export const eventKeyOf = (personKey: Buffer, eventId: string, place: EnvelopePlace = PERSON): Buffer =>
  hmac(hmac(eventId, personKey), place === ACTOR ? ACTOR_INFO : EVENT_INFO);

/** HKDF with SHA-256 for one block (RFC 5869): two HMACs. `hkdfSync`, which makes key objects, takes several times as long. */
const hmac = (key: Buffer | string, data: Buffer): Buffer => createHmac('sha256', key).update(data).digest();
const infoOf = (use: string): Buffer => Buffer.concat([Buffer.from(use), Buffer.of(1)]);
const EVENT_INFO = infoOf('partner-access event');
const ACTOR_INFO = infoOf('partner-access actor');

/** What an envelope is bound to. It cannot be opened in another event, nor in another place of the same one. */
const boundTo = (id: string, eventId: string, place: EnvelopePlace): string => (place === PERSON ? `${id} ${eventId}` : `${id} ${eventId} ${place}`);

/** Encrypts what is about a person, for one place of one event. */
export function sealPerson(content: JsonObject, { id, key }: { readonly id: string; readonly key: Buffer }, eventId: string, place: EnvelopePlace = PERSON): SealedPerson {
  const text = Buffer.from(canonicalJson(content), 'utf8');
  const padded = Buffer.alloc(Math.ceil((COMMITMENT.length + text.length) / PADDED_TO) * PADDED_TO, ' ');
  COMMITMENT.copy(padded);
  text.copy(padded, COMMITMENT.length);
  return { key: id, sealed: encrypted(padded, eventKeyOf(key, eventId, place), boundTo(id, eventId, place)) };
}

/** Decrypts an envelope. @throws Error when it was sealed with another key, or for another event or place. */
export function openPerson({ key: id, sealed }: SealedPerson, eventKey: Buffer, eventId: string, place: EnvelopePlace = PERSON): JsonObject {
  const padded = decrypted(sealed, eventKey, boundTo(id, eventId, place));
  if (!padded.subarray(0, COMMITMENT.length).equals(COMMITMENT)) throw new Error('a sealed envelope can be opened by two keys');
  const person: unknown = JSON.parse(padded.subarray(COMMITMENT.length).toString('utf8'));
  if (!isJsonObject(person)) throw new Error('a sealed envelope does not hold an object');
  return person;
}

/** Something decrypted, with the proof that the log holds this sealed. */
export interface Disclosure {
  /** The person, the texts by their paths, or the actor. */
  readonly content: JsonObject;
  /** Key of this event alone. Null when the person was erased, so that nothing proves what it was. */
  readonly eventKey: Buffer | null;
}

/** All that an event holds sealed; null for what it does not hold, and where there are no keys. */
export interface Disclosed {
  /** The person in `data.person`. */
  readonly person: Disclosure | null;
  /** The texts about a person in `data`, by their paths. */
  readonly texts: Disclosure | null;
  /** Who acted, and from where. */
  readonly actor: Disclosure | null;
}

/** The disclosure of an event that holds nothing sealed. */
export const NOTHING_DISCLOSED: Disclosed = { person: null, texts: null, actor: null };

/** The placeholder for an erased person. No address has this form. */
export const erasedPerson = (number: number): { readonly keapId: string; readonly name: null } => ({ keapId: `erased person #${number}`, name: null });

/** Tells whether the envelope is the placeholder for an erased person. */
export const isErasedPerson = ({ keapId, name }: JsonObject): boolean => typeof keapId === 'string' && /^erased person #[1-9]\d*$/.test(keapId) && name === null;

/** Tells whether the value is a sealed envelope. */
export function isSealedPerson(value: JsonValue | undefined): value is JsonObject & SealedPerson {
  return isJsonObject(value) && typeof value['key'] === 'string' && typeof value['sealed'] === 'string';
}

/** A sealed envelope in an event's data. */
export interface PlacedEnvelope {
  readonly place: EnvelopePlace;
  readonly envelope: SealedPerson;
}

const NONE: readonly PlacedEnvelope[] = [];

/** The sealed envelopes in an event's data: among its fields, and among those of the objects in it. */
export function envelopesIn(data: JsonObject): readonly PlacedEnvelope[] {
  let found: PlacedEnvelope[] | null = null;
  for (const name of Object.keys(data)) {
    const value = data[name];
    if (!isJsonObject(value)) continue;
    if (isSealedPerson(value)) (found ??= []).push({ place: name, envelope: value });
    else for (const [inner, nested] of Object.entries(value)) if (isSealedPerson(nested)) (found ??= []).push({ place: `${name}.${inner}`, envelope: nested });
  }
  return found ?? NONE;
}

/** The data with another value at a place. */
export function withValueAt(data: JsonObject, place: EnvelopePlace, value: JsonValue): JsonObject {
  const [name = '', inner] = place.split('.');
  const nested = data[name];
  return { ...data, [name]: inner === undefined ? value : { ...(isJsonObject(nested) ? nested : {}), [inner]: value } };
}

/** The value at a place of the data. */
export function valueAt(data: JsonObject, place: EnvelopePlace): JsonValue | undefined {
  const [name = '', inner] = place.split('.');
  const value = data[name];
  if (inner === undefined) return value;
  return isJsonObject(value) ? value[inner] : undefined;
}

/** An event's data for a reader without keys: the person is named by the id of their key, and texts are left out by it. */
export const withoutKeys = (data: JsonObject): JsonObject =>
  envelopesIn(data).reduce((readable, { place, envelope: { key } }) => withValueAt(readable, place, place === PERSON ? { keapId: `sealed ${key}`, name: null } : `sealed ${key}`), data);

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
