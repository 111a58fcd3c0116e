import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { createBearerSignIn, type SignIn, SignInError, SignInUnavailable, type VerifiedToken } from './signIn';
import { asSignInError, checkIssuedAt, checkTokenType, type ClaimMapping, type ClaimRules, identityOf } from './tokenClaims';

/** Reading a larger answer of the provider is aborted with an error. */
const MAX_BYTES = 512 * 1024;

interface BoundedRequest extends RequestInit {
  readonly timeoutMs: number;
}

/**
 * Fetches a JSON object within `timeoutMs` and 512 KiB, without following redirects.
 * @throws Error for a status other than 200, and for an answer that is larger, later or not a JSON object.
 */
async function fetchJson(url: URL, { timeoutMs, ...init }: BoundedRequest): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    throw new Error(`${url.origin}${url.pathname} answered with the status ${response.status}`);
  }
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    bytes += part.value.byteLength;
    if (bytes > MAX_BYTES) {
      await reader.cancel();
      throw new Error(`${url.origin}${url.pathname} answered with more than ${MAX_BYTES} bytes`);
    }
    chunks.push(part.value);
  }
  const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${url.origin}${url.pathname} did not answer with a JSON object`);
  return { ...value };
}

interface OpenIdProviderOptions {
  readonly issuer: string;
  readonly introspection: { readonly clientId: string; readonly clientSecret: string } | null;
  /** Pause before the keys are fetched again for an unknown key; 10 s when absent. */
  readonly keyCooldownMs?: number;
  /** Age at which the keys are fetched again; 10 minutes when absent. */
  readonly keyMaxAgeMs?: number;
}

/** The parts of the provider's discovery document that are used. */
interface Discovery {
  readonly jwksUri: URL;
  readonly introspectionEndpoint: URL | null;
}

const WELL_KNOWN = '/.well-known/openid-configuration';
const DISCOVERY_MAX_AGE_MS = 60 * 60 * 1000;
/** Pause after a failed discovery. Requests meanwhile fail without contacting the provider. */
const FAILURE_PAUSE_MS = 1000;
const TIMEOUT_MS = 5000;

/** A client of an OpenID provider: discovery, signing keys and token introspection. */
class OpenIdProvider {
  readonly #options: OpenIdProviderOptions;
  #discovery: { readonly value: Discovery; readonly readAt: number } | undefined;
  #discovering: Promise<Discovery> | undefined;
  #failedAt = -Infinity;
  #keys: { readonly uri: string; readonly set: ReturnType<typeof createRemoteJWKSet> } | undefined;

  constructor(options: OpenIdProviderOptions) {
    this.#options = options;
  }

  /** Finds the key that a token's header names. @throws SignInUnavailable when the keys cannot be fetched. */
  readonly keyFor: JWTVerifyGetKey = async (header, token) => {
    const { jwksUri } = await this.#discovered();
    const set = this.#keySet(jwksUri);
    try {
      return await set(header, token);
    } catch (error) {
      // Without a kid the token could be signed with any of several keys; trying them all is refused.
      if (error instanceof errors.JWKSMultipleMatchingKeys) throw new SignInError('The token must name the key that it is signed with (kid).');
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JOSENotSupported) throw error;
      throw new SignInUnavailable('The keys of the sign-in provider cannot be fetched. Send the request again later.', { cause: error });
    }
  };

  /**
   * Introspects a token (RFC 7662); null when it is not active.
   * @throws SignInUnavailable when the provider cannot be asked.
   */
  async introspect(token: string): Promise<Readonly<Record<string, unknown>> | null> {
    const { introspectionEndpoint } = await this.#discovered();
    const { introspection } = this.#options;
    if (introspectionEndpoint === null || introspection === null) throw new SignInUnavailable('The sign-in provider names no introspection endpoint. Remove AUTH_INTROSPECTION_CLIENT_ID, or configure the provider.');
    const { clientId, clientSecret } = introspection;
    const credentials = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64');
    const answer = await this.#ask(introspectionEndpoint, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token, token_type_hint: 'access_token' }).toString(),
    });
    return answer['active'] === true ? answer : null;
  }

  #keySet(uri: URL): ReturnType<typeof createRemoteJWKSet> {
    const { keyCooldownMs = 10_000, keyMaxAgeMs = 10 * 60 * 1000 } = this.#options;
    if (this.#keys?.uri !== uri.href) {
      const set = createRemoteJWKSet(uri, {
        cooldownDuration: keyCooldownMs,
        cacheMaxAge: keyMaxAgeMs,
        timeoutDuration: TIMEOUT_MS,
        [customFetch]: async (url, init) => Response.json(await fetchJson(new URL(url), { ...init, timeoutMs: TIMEOUT_MS })),
      });
      this.#keys = { uri: uri.href, set };
    }
    return this.#keys.set;
  }

  /** The discovery document, cached for an hour. While the provider does not answer, an older one is used. */
  async #discovered(): Promise<Discovery> {
    const known = this.#discovery;
    if (known !== undefined && Date.now() - known.readAt < DISCOVERY_MAX_AGE_MS) return known.value;
    if (Date.now() - this.#failedAt < FAILURE_PAUSE_MS) {
      if (known !== undefined) return known.value;
      throw new SignInUnavailable('The sign-in provider cannot be reached. Send the request again later.');
    }
    this.#discovering ??= this.#discover().finally(() => (this.#discovering = undefined));
    try {
      return await this.#discovering;
    } catch (error) {
      this.#failedAt = Date.now();
      if (known !== undefined) return known.value;
      throw error;
    }
  }

  async #discover(): Promise<Discovery> {
    const { issuer } = this.#options;
    const said = await this.#ask(new URL(`${issuer.replace(/\/$/, '')}${WELL_KNOWN}`), {});
    // A document of another issuer could supply keys of its own.
    if (said['issuer'] !== issuer) throw new SignInUnavailable('The discovery document of the sign-in provider names another issuer than AUTH_ISSUER.');
    const jwksUri = addressIn(said['jwks_uri']);
    if (jwksUri === null) throw new SignInUnavailable('The discovery document of the sign-in provider names no https address of its keys (jwks_uri).');
    const value = { jwksUri, introspectionEndpoint: addressIn(said['introspection_endpoint']) };
    this.#discovery = { value, readAt: Date.now() };
    return value;
  }

  async #ask(url: URL, init: RequestInit): Promise<Readonly<Record<string, unknown>>> {
    try {
      return await fetchJson(url, { ...init, timeoutMs: TIMEOUT_MS });
    } catch (cause) {
      throw new SignInUnavailable('The sign-in provider cannot be reached. Send the request again later.', { cause });
    }
  }
}

/** Parses an address from the discovery document; null unless it is https, or http on this machine. */
function addressIn(value: unknown): URL | null {
  if (typeof value !== 'string' || !URL.canParse(value)) return null;
  const url = new URL(value);
  const isLocal = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLocal) ? url : null;
}

export interface OpenIdSignInOptions {
  readonly issuer: string;
  readonly audience: string;
  /** Accepted public-key signature algorithms; never HMAC. */
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

/** How long a verified token is not checked again. A key that the provider withdraws is honoured for at most this time. */
const TRUST_SECONDS = 5 * 60;

/**
 * Creates the sign-in with tokens of an OpenID provider. Its keys are found by discovery, cached, and fetched again when a token names
 * a new one. With introspection the provider is also asked about each token, so that revoked tokens are refused and tokens that
 * are not JWTs are accepted.
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
    checkTokenType(protectedHeader.typ);
    if (payload.exp === undefined) throw new SignInError('The token has no exp claim.');
    checkIssuedAt(payload.iat, seconds(), clockToleranceSeconds);
    return { ...payload, exp: payload.exp };
  };

  /** The provider's facts about an active token. */
  const introspected = async (token: string): Promise<Readonly<Record<string, unknown>>> => {
    const known = await provider.introspect(token);
    if (known === null) throw new SignInError('The token was revoked, has expired, or was not issued by the provider.');
    return known;
  };

  const verify = async (token: string): Promise<VerifiedToken> => {
    if (introspection === null || isJwt(token)) {
      const payload = await verifyJwt(token);
      const identity = identityOf(payload, rules);
      if (introspection !== null) await introspected(token);
      return { identity, expiresAt: payload.exp, trustedUntil: seconds() + (introspection?.rememberSeconds ?? TRUST_SECONDS) };
    }
    const known = await introspected(token);
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

/** The expiry of an opaque token. @throws SignInError when it was issued by another issuer or for another audience. */
function expiryOf(known: Readonly<Record<string, unknown>>, expected: { readonly issuer: string; readonly audience: string }, otherwise: number): number {
  const { iss, aud, exp } = known;
  if (iss !== undefined && iss !== expected.issuer) throw new SignInError('The token is not meant for this service (iss).');
  if (!(Array.isArray(aud) ? aud : [aud]).includes(expected.audience)) throw new SignInError('The token is not meant for this service (aud).');
  return typeof exp === 'number' ? exp : otherwise;
}
