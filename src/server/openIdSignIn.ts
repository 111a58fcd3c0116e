import { jwtVerify, type JWTPayload } from 'jose';
import { createBearerSignIn, SignInError, type SignIn, type VerifiedToken } from './bearerSignIn';
import { OpenIdProvider } from './openIdProvider';
import { identityOf, type ClaimMapping, type ClaimRules } from './tokenClaims';
import { asSignInError, checkIssuedAt } from './tokenErrors';

export interface OpenIdSignInOptions {
  readonly issuer: string;
  readonly audience: string;
  /** signature algorithms with a public key; never HMAC. */
  readonly algorithms: readonly string[];
  readonly claims: ClaimMapping;
  readonly scopes: ClaimRules['scopes'];
  readonly introspection: { readonly clientId: string; readonly clientSecret: string; readonly rememberSeconds: number } | null;
  readonly clockToleranceSeconds: number;
  readonly keyCooldownMs?: number;
  readonly keyMaxAgeMs?: number;
  /** Milliseconds since 1970; the system's clock when absent. */
  readonly now?: () => number;
}

/** So long a token is not checked again: then a key that was taken out of use has an end too. */
const TRUST_SECONDS = 5 * 60;
/** What a token may say that it is; an ID token or access token, not one of another purpose. */
const TOKEN_TYPES = ['jwt', 'at+jwt', 'application/at+jwt'];

/**
 * Sign-in by the tokens of an OpenID provider. Its keys are found by discovery, kept, and read again when a token names a new one.
 * With introspection the provider is asked about each token beside, so that a revoked one ends before its time, and tokens that are no JWT
 * are taken as well.
 */
export function createOpenIdSignIn(options: OpenIdSignInOptions): SignIn {
  const { issuer, audience, introspection, clockToleranceSeconds, now = Date.now } = options;
  const algorithms = [...options.algorithms];
  const provider = new OpenIdProvider(options);
  const rules: ClaimRules = { claims: options.claims, scopes: options.scopes, verifiedRequired: true, scopeLists: true };
  const seconds = (): number => now() / 1000;

  const verifyJwt = async (token: string): Promise<JWTPayload & { readonly exp: number }> => {
    const { payload, protectedHeader } = await jwtVerify(token, provider.keyFor, {
      algorithms, issuer, audience, clockTolerance: clockToleranceSeconds, currentDate: new Date(now()), requiredClaims: ['exp'],
    });
    if (protectedHeader.typ !== undefined && !TOKEN_TYPES.includes(protectedHeader.typ.toLowerCase())) throw new SignInError('The token is not an access token (typ).');
    if (payload.exp === undefined) throw new SignInError('The token has no exp claim.');
    checkIssuedAt(payload.iat, seconds(), clockToleranceSeconds);
    return { ...payload, exp: payload.exp };
  };

  /** What the provider says of the token. */
  const stillCounts = async (token: string): Promise<Readonly<Record<string, unknown>>> => {
    const known = await provider.introspect(token);
    if (known === null) throw new SignInError('The token has been revoked, has expired, or is not one of the provider.');
    return known;
  };

  const verify = async (token: string): Promise<VerifiedToken> => {
    if (introspection === null || isJwt(token)) {
      const payload = await verifyJwt(token);
      const identity = identityOf(payload, rules);
      if (introspection !== null) await stillCounts(token);
      return { identity, expiresAt: payload.exp, trustedUntil: seconds() + (introspection?.rememberSeconds ?? TRUST_SECONDS) };
    }
    const known = await stillCounts(token);
    const expiresAt = expiryOf(known, { issuer, audience }, seconds() + introspection.rememberSeconds);
    if (expiresAt <= seconds() - clockToleranceSeconds) throw new SignInError('The token has expired.');
    return { identity: identityOf(known, rules), expiresAt, trustedUntil: seconds() + introspection.rememberSeconds };
  };

  return createBearerSignIn({
    clockToleranceSeconds,
    now,
    verify: (token) => verify(token).catch((error: unknown) => {
      throw asSignInError(error, algorithms);
    }),
  });
}

const isJwt = (token: string): boolean => token.split('.').length === 3;

/** When a token that only the provider can read ends. @throws SignInError when it is of another issuer or meant for another service. */
function expiryOf(known: Readonly<Record<string, unknown>>, expected: { readonly issuer: string; readonly audience: string }, otherwise: number): number {
  const { iss, aud, exp } = known;
  if (iss !== undefined && iss !== expected.issuer) throw new SignInError('The token is not meant for this service (iss).');
  if (!(Array.isArray(aud) ? aud : [aud]).includes(expected.audience)) throw new SignInError('The token is not meant for this service (aud).');
  return typeof exp === 'number' ? exp : otherwise;
}
