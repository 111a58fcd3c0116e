import type { Scope } from '../../domain/events';
import { LRUCache } from 'lru-cache';

/** The person that a token identifies. */
export interface Identity {
  /** The token's `sub`, which identifies the person permanently. */
  readonly sub: string;
  /** The Keap ID as written in the token, for display. */
  readonly keapId: string;
  /** The Keap ID in the form in which it is compared. */
  readonly keapIdNormalized: string;
  readonly name: string | null;
  readonly scopes: readonly Scope[];
  /** When the token was issued, in ISO 8601, UTC; null when it does not say. */
  readonly issuedAt: string | null;
  /** Primary subtag of the token's `locale`, such as `de`; absent when there is none. */
  readonly language?: string;
}

/** The scopes of this service. Others in a token are ignored. */
export const SCOPES: readonly Scope[] = ['operator', 'auditor'];

const MAX_REMEMBERED_TOKENS = 5000;

/** The `Authorization` header is invalid. The message says why, without any part of the token. */
export class SignInError extends Error {
  override readonly name = 'SignInError';
}

/** The token cannot be checked, because the sign-in provider cannot be reached. */
export class SignInUnavailable extends Error {
  override readonly name = 'SignInUnavailable';
}

export interface SignIn {
  /**
   * Checks the header; null when there is none.
   * @throws SignInError when the header or its token is invalid.
   * @throws SignInUnavailable when the token cannot be checked now.
   */
  authenticate(authorizationHeader: string | undefined): Promise<Identity | null>;
  /** Whether the header's token was checked before and need not be checked again yet. */
  knows(authorizationHeader: string | undefined): boolean;
  /** When the header's token expires, in milliseconds since 1970; undefined for a token that is not cached. */
  endOf(authorizationHeader: string): number | undefined;
}

/** A valid token. Times are seconds since 1970. */
export interface VerifiedToken {
  readonly identity: Identity;
  /** When the token expires, without the tolerance for clock differences. */
  readonly expiresAt: number;
  /** When the token has to be checked again; absent when it need not be before it expires. */
  readonly trustedUntil?: number;
}

interface BearerSignInOptions {
  /** Checks a token that is not cached. @throws SignInError, SignInUnavailable */
  readonly verify: (token: string) => Promise<VerifiedToken>;
  /** Accepted difference between the clocks of issuer and server. */
  readonly clockToleranceSeconds: number;
  /** The current time in milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Creates a sign-in with bearer tokens. Up to 5,000 valid tokens are cached until they have to be checked again; a token in several
 * simultaneous requests is checked once.
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

/** The token in a header of the form `Bearer TOKEN`; undefined for any other form. */
const tokenIn = (header: string): string | undefined => /^bearer +([^\s,]+)$/i.exec(header.trim())?.[1];
