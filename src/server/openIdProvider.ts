import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import { SignInError, SignInUnavailable } from './bearerSignIn';
import { fetchJson } from './boundedFetch';

export interface OpenIdProviderOptions {
  readonly issuer: string;
  readonly introspection: { readonly clientId: string; readonly clientSecret: string } | null;
  /** So long after its keys were read they are not read again for a key that is not among them; 10 s when absent. */
  readonly keyCooldownMs?: number;
  /** So old its keys may become before they are read again; 10 minutes when absent. */
  readonly keyMaxAgeMs?: number;
}

/** What the provider says of itself at its well-known address. */
interface Discovery {
  readonly jwksUri: URL;
  readonly introspectionEndpoint: URL | null;
}

const WELL_KNOWN = '/.well-known/openid-configuration';
const DISCOVERY_MAX_AGE_MS = 60 * 60 * 1000;
/** A provider that did not answer is not asked again at once by every request. */
const FAILURE_PAUSE_MS = 1000;
const TIMEOUT_MS = 5000;

/** An OpenID provider as this service asks it: where its things are, which keys it signs with, and whether a token still counts. */
export class OpenIdProvider {
  readonly #options: OpenIdProviderOptions;
  #discovery: { readonly value: Discovery; readonly readAt: number } | undefined;
  #discovering: Promise<Discovery> | undefined;
  #failedAt = -Infinity;
  #keys: { readonly uri: string; readonly set: ReturnType<typeof createRemoteJWKSet> } | undefined;

  constructor(options: OpenIdProviderOptions) {
    this.#options = options;
  }

  /** The key that a token's header names. @throws SignInUnavailable when the keys cannot be read. */
  readonly keyFor: JWTVerifyGetKey = async (header, token) => {
    const { jwksUri } = await this.#discovered();
    const set = this.#keySet(jwksUri);
    try {
      return await set(header, token);
    } catch (error) {
      // Which of several keys signed a token that names none is not guessed at.
      if (error instanceof errors.JWKSMultipleMatchingKeys) throw new SignInError('The token must name the key that it is signed with (kid).');
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JOSENotSupported) throw error;
      throw new SignInUnavailable('The keys of the sign-in provider cannot be read now. Send the same request again.', { cause: error });
    }
  };

  /**
   * What the provider knows of a token (RFC 7662); null for one that does not count, or not any more.
   * @throws SignInUnavailable when it cannot be asked.
   */
  async introspect(token: string): Promise<Readonly<Record<string, unknown>> | null> {
    const { introspectionEndpoint } = await this.#discovered();
    const { introspection } = this.#options;
    if (introspectionEndpoint === null || introspection === null) throw new SignInUnavailable('The sign-in provider has no address at which tokens can be asked about.');
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

  /** What is known of the provider; while it does not answer, what was known counts on. */
  async #discovered(): Promise<Discovery> {
    const known = this.#discovery;
    if (known !== undefined && Date.now() - known.readAt < DISCOVERY_MAX_AGE_MS) return known.value;
    if (Date.now() - this.#failedAt < FAILURE_PAUSE_MS) {
      if (known !== undefined) return known.value;
      throw new SignInUnavailable('The sign-in provider cannot be reached now. Send the same request again.');
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
    // Whoever answers in another one's name could hand out keys of their own.
    if (said['issuer'] !== issuer) throw new SignInUnavailable('The sign-in provider calls itself otherwise than AUTH_ISSUER.');
    const jwksUri = addressIn(said['jwks_uri']);
    if (jwksUri === null) throw new SignInUnavailable('The sign-in provider does not say where its keys are.');
    const value = { jwksUri, introspectionEndpoint: addressIn(said['introspection_endpoint']) };
    this.#discovery = { value, readAt: Date.now() };
    return value;
  }

  async #ask(url: URL, init: RequestInit): Promise<Readonly<Record<string, unknown>>> {
    try {
      return await fetchJson(url, { ...init, timeoutMs: TIMEOUT_MS });
    } catch (cause) {
      throw new SignInUnavailable('The sign-in provider cannot be reached now. Send the same request again.', { cause });
    }
  }
}

/** An address that the provider names; over TLS only, unless it is on this machine. */
function addressIn(value: unknown): URL | null {
  if (typeof value !== 'string' || !URL.canParse(value)) return null;
  const url = new URL(value);
  const isLocal = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLocal) ? url : null;
}
