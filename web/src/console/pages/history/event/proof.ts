/** Hashes, Merkle paths and signatures, computed with Web Crypto. Hashes are texts of 64 hex digits. */

type Bytes = Uint8Array<ArrayBuffer>;

const HASH = /^[0-9a-f]{64}$/;
const LEAF = Uint8Array.of(0x00);
const NODE = Uint8Array.of(0x01);

const hexOf = (bytes: Bytes): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** @throws RangeError for a text that is no hash. */
function bytesOf(hash: string): Bytes {
  if (!HASH.test(hash)) throw new RangeError('A hash has 64 hex digits.');
  return Uint8Array.from(hash.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
}

const bytesOfBase64 = (text: string): Bytes => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

async function sha256(...parts: readonly Bytes[]): Promise<Bytes> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', whole));
}

/** The SHA-256 of a text in UTF-8. */
export const hashOfText = async (text: string): Promise<string> => hexOf(await sha256(new TextEncoder().encode(text)));

/** A path from a leaf of a Merkle tree to its root. */
export interface MerklePath {
  /** Number of the leaf, from 0. */
  readonly leafIndex: number;
  /** Number of leaves. */
  readonly treeSize: number;
  /** Sibling hashes, from the leaf upwards. */
  readonly path: readonly string[];
}

/** The root to which the path leads from an event's hash (RFC 9162, section 2.1.3.2); null where the path does not fit the size of the tree, or is none. */
export async function rootOf(eventHash: string, { leafIndex, treeSize, path }: MerklePath): Promise<string | null> {
  if (![eventHash, ...path].every((hash) => HASH.test(hash)) || leafIndex < 0 || leafIndex >= treeSize) return null;
  let [at, last] = [leafIndex, treeSize - 1];
  let reached = await sha256(LEAF, bytesOf(eventHash));
  for (const sibling of path.map(bytesOf)) {
    if (last === 0) return null;
    if (at % 2 === 1 || at === last) {
      reached = await sha256(NODE, sibling, reached);
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      reached = await sha256(NODE, reached, sibling);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 ? hexOf(reached) : null;
}

const half = (number: number): number => Math.floor(number / 2);

/** A signature by a key. */
export interface Signature {
  /** The public key: its SPKI in base64. */
  readonly publicKey: string;
  /** In base64. */
  readonly signature: string;
}

/** The id of a public key: the SHA-256 of its SPKI; null where the text is no base64. */
export async function keyIdOf({ publicKey }: Pick<Signature, 'publicKey'>): Promise<string | null> {
  try {
    return hexOf(await sha256(bytesOfBase64(publicKey)));
  } catch {
    return null;
  }
}

/** Whether a text was signed with Ed25519 by the key; null where the browser cannot tell. */
export async function isSigned(text: string, { publicKey, signature }: Signature): Promise<boolean | null> {
  try {
    const key = await crypto.subtle.importKey('spki', bytesOfBase64(publicKey), { name: 'Ed25519' }, false, ['verify']);
    return await crypto.subtle.verify({ name: 'Ed25519' }, key, bytesOfBase64(signature), new TextEncoder().encode(text));
  } catch (error) {
    return error instanceof DOMException && error.name === 'NotSupportedError' ? null : false;
  }
}
