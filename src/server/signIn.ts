import { createSecretKey } from 'node:crypto';
import { errors, jwtVerify, type JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import { parseKeapId } from '../domain/keapId';
import { scopesOf, type Identity } from './identity';

/** The only algorithm that a token may be signed with. */
export const SIGNING_ALGORITHM = 'HS256';

const MAX_REMEMBERED_TOKENS = 5000;
const MAX_NAME_LENGTH = 200;

/** The `Authorization` header is there and does not sign anybody in. The message says why, and nothing of the token. */
export class SignInError extends Error {
  override readonly name = 'SignInError';
}

export interface SignInOptions {
  /** The HS256 secret, 32 bytes or more. */
  readonly jwtSecret: Uint8Array;
  /** How far the clocks of issuer and server may differ. */
  readonly clockToleranceSeconds: number;
  /** Milliseconds since 1970; the system's clock when absent. */
  readonly now?: () => number;
}

export interface SignIn {
  /**
   * Who the header signs in; null when there is no header.
   * @throws SignInError when the header is present and wrong in any way.
   */
  authenticate(authorizationHeader: string | undefined): Promise<Identity | null>;
}

interface Verified {
  readonly identity: Identity;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

/** Sign-in by bearer tokens (JWT, HS256). A token that was verified is remembered, within a bound, until it expires. */
export function createSignIn({ jwtSecret, clockToleranceSeconds, now = Date.now }: SignInOptions): SignIn {
  const key = createSecretKey(jwtSecret);
  const remembered = new LRUCache<string, Verified>({ max: MAX_REMEMBERED_TOKENS });

  const verify = async (token: string): Promise<Verified> => {
    const currentDate = new Date(now());
    const { payload } = await jwtVerify(token, key, {
      algorithms: [SIGNING_ALGORITHM],
      clockTolerance: clockToleranceSeconds,
      currentDate,
      requiredClaims: ['exp', 'sub', 'email'],
    });
    if (payload.exp === undefined) throw new SignInError('The token has no exp claim.');
    if (payload.iat !== undefined && payload.iat > currentDate.getTime() / 1000 + clockToleranceSeconds) {
      throw new SignInError('The token was issued in the future (iat).');
    }
    return { identity: identityOf(payload), expiresAt: payload.exp };
  };

  return {
    async authenticate(authorizationHeader) {
      if (authorizationHeader === undefined) return null;
      const token = /^bearer +([^\s,]+)$/i.exec(authorizationHeader.trim())?.[1];
      if (token === undefined) throw new SignInError('The authorization header must be "Bearer TOKEN".');
      const known = remembered.get(token);
      if (known !== undefined) {
        if (known.expiresAt <= Math.floor(now() / 1000) - clockToleranceSeconds) {
          remembered.delete(token);
          throw new SignInError('The token has expired.');
        }
        return known.identity;
      }
      const verified = await verify(token).catch((error: unknown) => {
        throw asSignInError(error);
      });
      remembered.set(token, verified);
      return verified.identity;
    },
  };
}

function identityOf(payload: JWTPayload): Identity {
  const { sub, email, email_verified: emailVerified, name, scope } = payload;
  if (typeof sub !== 'string' || sub.trim() === '') throw new SignInError('The token\'s sub claim must be a text that is not empty.');
  if (typeof email !== 'string' || email.trim() === '') throw new SignInError('The token\'s email claim must be a text that is not empty.');
  if (emailVerified === false || emailVerified === 'false') throw new SignInError('The token says that its e-mail address is not verified.');
  if (name !== undefined && name !== null && typeof name !== 'string') throw new SignInError('The token\'s name claim must be a text.');
  if (scope !== undefined && typeof scope !== 'string') throw new SignInError('The token\'s scope claim must be a text of scopes with spaces between them.');
  const keapId = keapIdOf(email);
  return { sub, keapId: keapId.display, keapIdNormalized: keapId.normalized, name: displayName(name), scopes: scopesOf(scope ?? '') };
}

function keapIdOf(email: string): ReturnType<typeof parseKeapId> {
  try {
    return parseKeapId(email, 'email');
  } catch {
    throw new SignInError('The token\'s email claim is not a Keap ID.');
  }
}

/** A provider's name is taken as far as it is fit to be shown: nobody is locked out for it. */
function displayName(name: string | null | undefined): string | null {
  const shown = [...(name ?? '').replace(/[\p{Cc}\p{Cs}]/gu, ' ').trim()].slice(0, MAX_NAME_LENGTH).join('').trim();
  return shown === '' ? null : shown;
}

function asSignInError(error: unknown): SignInError {
  if (error instanceof SignInError) return error;
  if (error instanceof errors.JWTExpired) return new SignInError('The token has expired.');
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.reason === 'missing') return new SignInError(`The token has no ${error.claim} claim.`);
    if (error.claim === 'nbf' && error.reason === 'check_failed') return new SignInError('The token is not valid yet (nbf).');
    return new SignInError(`The token's ${error.claim} claim is not valid.`);
  }
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) {
    return new SignInError(`The token must be signed with ${SIGNING_ALGORITHM}.`);
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return new SignInError('The token\'s signature is not right.');
  return new SignInError('The token is not a signed JWT.');
}
