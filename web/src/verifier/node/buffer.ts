import { Buffer as Bytes } from 'buffer/';

type From = (value: unknown, encoding?: unknown, length?: number) => Buffer;

const from = Bytes.from.bind(Bytes) as unknown as From;

/** Node takes hexadecimal digits up to the first pair that is none. */
const PAIRS = /^(?:[0-9a-f]{2})*/i;

// The package takes a sign for a digit in hex. It has no base64url, and reads it where it reads base64.
const reading: From = (value, encoding, length) => {
  if (typeof value === 'string' && encoding === 'hex') return from(PAIRS.exec(value)?.[0] ?? '', encoding);
  return from(value, encoding === 'base64url' ? 'base64' : encoding, length);
};

/** The class `Buffer` of Node, as far as the verification uses it. Importing this file makes it the global one. */
export const BrowserBuffer = Object.assign(Bytes, { from: reading }) as unknown as typeof Buffer;

globalThis.Buffer = BrowserBuffer;
