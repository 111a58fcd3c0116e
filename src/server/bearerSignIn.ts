import { LRUCache } from 'lru-cache';
import type { Identity } from './identity';

const MAX_REMEMBERED_TOKENS = 5000;

/** The `Authorization` header is there and does not sign anybody in. The message says why, and nothing of the token. */
export class SignInError extends Error {
  override readonly name = 'SignInError';
}

/** The provider that a token has to be checked with cannot be reached, so nothing is known of the token. */
export class SignInUnavailable extends Error {
  override readonly name = 'SignInUnavailable';
}

export interface SignIn {
  /**
   * Who the header signs in; null when there is no header.
   * @throws SignInError when the header is present and wrong in any way.
   * @throws SignInUnavailable when the token cannot be checked now.
   */
  authenticate(authorizationHeader: string | undefined): Promise<Identity | null>;
  /** Whether the header's token was found right before and still counts without being checked again. */
  knows(authorizationHeader: string | undefined): boolean;
  /** From when on the header's token counts for nothing, in milliseconds since 1970; undefined for one that was not found right lately. */
  endOf(authorizationHeader: string): number | undefined;
}

/** A token that was found right. Moments are seconds since 1970. */
export interface VerifiedToken {
  readonly identity: Identity;
  /** From then on the token counts for nothing, give or take the clocks' difference. */
  readonly expiresAt: number;
  /** Until then it need not be checked again; until it expires when absent. */
  readonly trustedUntil?: number;
}

export interface BearerSignInOptions {
  /** @throws SignInError, SignInUnavailable */
  readonly verify: (token: string) => Promise<VerifiedToken>;
  /** How far the clocks of issuer and server may differ. */
  readonly clockToleranceSeconds: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Sign-in by a bearer token, whoever checks it. A token that was found right is remembered, within a bound, as long as it may be; the
 * same token in several requests at once is checked once.
 */
export function createBearerSignIn({ verify, clockToleranceSeconds, now }: BearerSignInOptions): SignIn {
  const remembered = new LRUCache<string, VerifiedToken>({ max: MAX_REMEMBERED_TOKENS });
  const underWay = new Map<string, Promise<VerifiedToken>>();
  const hasExpired = ({ expiresAt }: VerifiedToken): boolean => expiresAt <= Math.floor(now() / 1000) - clockToleranceSeconds;
  const isTrusted = ({ trustedUntil = Infinity }: VerifiedToken): boolean => now() / 1000 < trustedUntil;

  const verifyOnce = (token: string): Promise<VerifiedToken> => {
    const known = underWay.get(token);
    if (known !== undefined) return known;
    const verified = verify(token).finally(() => underWay.delete(token));
    underWay.set(token, verified);
    return verified;
  };

  const rememberedOf = (header: string | undefined): VerifiedToken | undefined => remembered.get((header === undefined ? undefined : tokenIn(header)) ?? '');

  return {
    async authenticate(header) {
      if (header === undefined) return null;
      const token = tokenIn(header);
      if (token === undefined) throw new SignInError('The authorization header must be "Bearer TOKEN".');
      const known = remembered.get(token);
      if (known !== undefined) {
        if (hasExpired(known)) {
          remembered.delete(token);
          throw new SignInError('The token has expired.');
        }
        if (isTrusted(known)) return known.identity;
        remembered.delete(token);
      }
      const verified = await verifyOnce(token);
      remembered.set(token, verified);
      return verified.identity;
    },
    knows(header) {
      const known = rememberedOf(header);
      return known !== undefined && !hasExpired(known) && isTrusted(known);
    },
    endOf(header) {
      const known = rememberedOf(header);
      return known && (Math.ceil(known.expiresAt) + clockToleranceSeconds) * 1000;
    },
  };
}

/** The only shape of the header that is taken. */
const tokenIn = (header: string): string | undefined => /^bearer +([^\s,]+)$/i.exec(header.trim())?.[1];
