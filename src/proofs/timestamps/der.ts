import type * as Asn1 from 'asn1js';
import { asn1 } from './asn1Library';
import { UnreadableToken } from './unreadable';

/** A value in DER. */
export interface Der {
  /** The first byte: class, form and number of the tag. */
  readonly tag: number;
  /** The whole value, with tag and length. */
  readonly bytes: Buffer;
  /** The bytes after tag and length. */
  readonly content: Buffer;
  /** The values inside of it; none for a primitive one. */
  readonly parts: readonly Der[];
}

const LIMITS = { maxDepth: 30, maxNodes: 5_000, parseEmbedded: false };

/** Parses one value, and nothing after it. @throws UnreadableToken when it is another one, or too large. */
export function derOf(bytes: Buffer): Der {
  const { fromBER } = asn1();
  let parsed: ReturnType<typeof fromBER>;
  try {
    parsed = fromBER(bytes, LIMITS);
  } catch {
    throw new UnreadableToken('it cannot be read');
  }
  if (parsed.offset !== bytes.length) throw new UnreadableToken('it cannot be read');
  return valueOf(parsed.result);
}

function valueOf(block: Asn1.BaseBlock): Der {
  const bytes = Buffer.from(block.valueBeforeDecodeView);
  const { value } = block.valueBlock as { readonly value?: unknown };
  const isConstructed = ((bytes[0] ?? 0) & 0x20) !== 0 && Array.isArray(value);
  return {
    tag: bytes[0] ?? 0,
    bytes,
    content: bytes.subarray(block.idBlock.blockLength + block.lenBlock.blockLength),
    parts: isConstructed ? (value as readonly Asn1.BaseBlock[]).map(valueOf) : [],
  };
}

/** The values inside of one. @throws UnreadableToken when it is missing. */
export function partsOf(value: Der | undefined, what: string): readonly Der[] {
  if (value === undefined) throw new UnreadableToken(`${what} is missing`);
  return value.parts;
}

/** The content of a value with this tag. @throws UnreadableToken when it is another one. */
export function contentOf(value: Der | undefined, tag: number): Buffer {
  if (value?.tag !== tag) throw new UnreadableToken('a part of it is missing');
  return value.content;
}

/** A small whole number. @throws UnreadableToken when it is none. */
export function integerOf(value: Der | undefined): number {
  const content = contentOf(value, 0x02);
  if (content.length < 1 || content.length > 4) throw new UnreadableToken('a number in it is too large');
  return content.readIntBE(0, content.length);
}

const MOST_OID_BYTES = 32;

/** The object identifier in dots. @throws UnreadableToken when it is none. */
export function oidOf(value: Der | undefined): string {
  const content = contentOf(value, 0x06);
  if (content.length > MOST_OID_BYTES) throw new UnreadableToken('an object identifier in it is too long');
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of content) {
    arc = arc * 128 + (byte & 0x7f);
    if ((byte & 0x80) !== 0) continue;
    arcs.push(arc);
    arc = 0;
  }
  const [first = 0, ...rest] = arcs;
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...rest].join('.');
}
