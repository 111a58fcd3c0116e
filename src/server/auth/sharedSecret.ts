import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify, type JWTVerifyOptions } from 'jose';
import type { SharedSecretRules } from '../../settings/signInSettings';
import { createBearerSignIn, type SignIn, SignInError } from './signIn';
import { asSignInError, checkIssuedAt, checkTokenType, type ClaimRules, identityOf } from './tokenClaims';

export { SignInError, type SignIn };

/** Bytes of a signature by HS256. */
const SIGNATURE_BYTES = 32;

/** The only accepted signature algorithm. */
export const SIGNING_ALGORITHM = 'HS256';

interface SignInOptions {
  /** The HS256 secret, 32 bytes or more. */
  readonly jwtSecret: Uint8Array;
  /** Further rules; tokens of 24 hours from any issuer and for any audience when absent. */
  readonly rules?: SharedSecretRules;
  /** Accepted difference between the clocks of issuer and server. */
  readonly clockToleranceSeconds: number;
  /** Milliseconds since 1970; the system's clock when absent. */
  readonly now?: () => number;
}

const RULES: ClaimRules = {
  claims: { subject: 'sub', keapId: 'email', keapIdVerified: 'email_verified', name: 'name', scope: 'scope' },
  scopes: { operator: 'operator', auditor: 'auditor' },
  verifiedRequired: false,
  scopeLists: false,
};

const NO_FURTHER_RULES: SharedSecretRules = { previousSecret: null, issuer: null, audience: null, maxSeconds: 24 * 60 * 60 };

/** Creates the sign-in with tokens that are signed with a shared secret (JWT, HS256), or with the secret before an exchange. */
export function createSignIn({ jwtSecret, rules = NO_FURTHER_RULES, clockToleranceSeconds, now = Date.now }: SignInOptions): SignIn {
  const { previousSecret, issuer, audience, maxSeconds } = rules;
  const keys = [jwtSecret, ...(previousSecret === null ? [] : [previousSecret])].map((secret) => createSecretKey(secret));
  return createBearerSignIn({
    clockToleranceSeconds,
    now,
    async verify(token) {
      try {
        refuseForged(token, keys);
        const seconds = now() / 1000;
        const payload = await verifiedWith(keys, token, {
          algorithms: [SIGNING_ALGORITHM],
          clockTolerance: clockToleranceSeconds,
          currentDate: new Date(now()),
          requiredClaims: ['exp', 'sub', 'email'],
          ...(issuer === null ? {} : { issuer }),
          ...(audience === null ? {} : { audience }),
        });
        if (payload.exp === undefined) throw new SignInError('The token has no exp claim.');
        if (payload.exp > seconds + maxSeconds + clockToleranceSeconds) throw new SignInError(`The token is valid for too long: its exp claim may be at most ${maxSeconds} seconds from now.`);
        checkIssuedAt(payload.iat, seconds, clockToleranceSeconds);
        return { identity: identityOf(payload, RULES), expiresAt: payload.exp };
      } catch (error) {
        throw asSignInError(error, [SIGNING_ALGORITHM]);
      }
    },
  });
}

/**
 * Refuses a token that is none, or that has a signature by none of the keys. That is told without `jose`, which needs many times as long for it, so that
 * somebody who sends wrong tokens does not cost much. Any other token is checked by `jose`, which alone accepts tokens.
 * @throws SignInError
 */
function refuseForged(token: string, keys: readonly KeyObject[]): void {
  const [header = '', payload = '', signature = '', ...more] = token.split('.');
  const fields = more.length === 0 ? headerOf(header) : null;
  if (fields === null) throw new SignInError('The token is not a signed JWT.');
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== SIGNATURE_BYTES || fields['alg'] !== SIGNING_ALGORITHM) return;
  const isSigned = keys.some((key) => timingSafeEqual(createHmac('sha256', key).update(`${header}.${payload}`).digest(), given));
  if (!isSigned) throw new SignInError('The token\'s signature is invalid.');
}

/** The fields of a token's header; null when it is no JSON object. */
function headerOf(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const header: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return typeof header === 'object' && header !== null ? { ...header } : null;
  } catch {
    return null;
  }
}

/** The claims of a token that one of the keys has signed. @throws the error for the last key. */
async function verifiedWith([key, ...others]: readonly ReturnType<typeof createSecretKey>[], token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
  if (key === undefined) throw new SignInError('No secret signs tokens.');
  try {
    const { payload, protectedHeader } = await jwtVerify(token, key, options);
    checkTokenType(protectedHeader.typ);
    return payload;
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed && others.length > 0) return verifiedWith(others, token, options);
    throw error;
  }
}
