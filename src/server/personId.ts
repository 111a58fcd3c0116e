import { createHmac } from 'node:crypto';

/**
 * The id under which a person stands on events: a UUID of version 8 (RFC 9562) from the first 128 bits of HMAC-SHA-256
 * under `secretKey` of who issued the token and its `sub`. The same person gets the same id on every replica, and without
 * the key nobody can tell whose it is.
 */
export function personIdOf(secretKey: Buffer, issuer: string, sub: string): string {
  const bytes = createHmac('sha256', secretKey)
    .update(`person\0${JSON.stringify([issuer, sub])}`)
    .digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
