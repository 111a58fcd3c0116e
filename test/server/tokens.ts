import { createHmac } from 'node:crypto';
import { JWT_SECRET } from './testServer';

/** The moment that tests of sign-in take as now. */
export const NOW_SECONDS = 1_900_000_000;

interface TokenShape {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly secret?: Uint8Array;
  readonly hash?: string;
  readonly signature?: string;
}

/** A token made by hand, so that it can be wrong in any way. An undefined claim is left out. */
export function makeToken(claims: Readonly<Record<string, unknown>>, { header = { alg: 'HS256' }, secret = JWT_SECRET, hash = 'sha256', signature }: TokenShape = {}): string {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ typ: 'JWT', ...header })}.${encode({ sub: 'someone', email: 'someone@example.com', exp: NOW_SECONDS + 3600, ...claims })}`;
  return `${signed}.${signature ?? createHmac(hash, secret).update(signed).digest('base64url')}`;
}
