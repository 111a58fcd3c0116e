import type { SettingsReader } from './settingsReader';

/** Public-key signature algorithms. HMAC is excluded, so that a public key can never be used as a shared secret. */
const PUBLIC_KEY_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const;
type PublicKeyAlgorithm = (typeof PUBLIC_KEY_ALGORITHMS)[number];

/** How people sign in: one of the two is set, or neither in development mode. */
export interface SignInSettings {
  /** HS256 secret of at least 32 bytes; null when tokens are not signed with a shared secret. */
  readonly jwtSecret: Uint8Array | null;
  /** What applies to tokens that are signed with the shared secret. */
  readonly jwtRules: SharedSecretRules;
  /** The OpenID provider whose tokens are accepted; null for none. */
  readonly openId: OpenIdSettings | null;
}

/** Rules of tokens that are signed with a shared secret. */
export interface SharedSecretRules {
  /** The secret before an exchange, whose tokens are still accepted; null for none. */
  readonly previousSecret: Uint8Array | null;
  /** Issuer that a token must name (`iss`); null when any may. */
  readonly issuer: string | null;
  /** Audience that a token's `aud` must contain; null when it is not checked. */
  readonly audience: string | null;
  /** A token that expires later than this from now is refused. */
  readonly maxSeconds: number;
}

interface OpenIdSettings {
  /** Issuer as the provider's tokens and its discovery document name it. */
  readonly issuer: string;
  /** Audience that a token's `aud` must contain. */
  readonly audience: string;
  readonly algorithms: readonly PublicKeyAlgorithm[];
  /** Names of the claims to read; a name with dots is a path into nested claims. */
  readonly claims: {
    readonly subject: string;
    readonly keapId: string;
    /** Null when the provider only issues verified addresses. */
    readonly keapIdVerified: string | null;
    readonly name: string;
    readonly scope: string;
  };
  /** The provider's names of the two scopes. */
  readonly scopes: { readonly operator: string; readonly auditor: string };
  /** Token introspection (RFC 7662); null to trust a token until it expires. */
  readonly introspection: IntrospectionSettings | null;
}

interface IntrospectionSettings {
  readonly clientId: string;
  readonly clientSecret: string;
  /** How long an answer is cached, from 0 to 60 s. A revoked token may be accepted for that long. */
  readonly rememberSeconds: number;
}

const MIN_JWT_SECRET_BYTES = 32;
const DEFAULT_TOKEN_SECONDS = 24 * 60 * 60;
const MIN_TOKEN_SECONDS = 60;
const MAX_TOKEN_SECONDS = 30 * 24 * 60 * 60;
const MAX_REMEMBERED_SECONDS = 60;
/** Claims that providers issue again to another person. */
const CHANGING_CLAIMS = ['email', 'preferred_username', 'upn', 'unique_name', 'nickname', 'name', 'phone_number'];
const LOOPBACK = ['127.0.0.1', '[::1]', 'localhost'];
const WITH_SECRET_ONLY = ['AUTH_JWT_SECRET_PREVIOUS', 'AUTH_JWT_ISSUER', 'AUTH_JWT_MAX_SECONDS'];
const WITH_ISSUER_ONLY = [
  'AUTH_ALGORITHMS', 'AUTH_CLAIM_SUBJECT', 'AUTH_CLAIM_KEAP_ID', 'AUTH_CLAIM_KEAP_ID_VERIFIED', 'AUTH_CLAIM_NAME', 'AUTH_CLAIM_SCOPE',
  'AUTH_SCOPE_OPERATOR', 'AUTH_SCOPE_AUDITOR', 'AUTH_INTROSPECTION_CLIENT_ID', 'AUTH_INTROSPECTION_CLIENT_SECRET', 'AUTH_INTROSPECTION_SECONDS',
];

/** Reads the sign-in settings. Invalid values are reported to the reader. */
export function parseSignInSettings(read: SettingsReader): SignInSettings {
  const issuer = read.text('AUTH_ISSUER');
  const withSecret = read.text('AUTH_JWT_SECRET') !== undefined;
  if (issuer !== undefined && withSecret) {
    read.problem('AUTH_ISSUER', 'cannot be combined with AUTH_JWT_SECRET: tokens come from an OpenID provider or are signed with a shared secret. Remove one of them. AUTH_JWT_ISSUER names the issuer of tokens that are signed with a shared secret.');
  }
  if (issuer === undefined) {
    for (const name of WITH_ISSUER_ONLY) {
      if (read.text(name) !== undefined) read.problem(name, 'needs AUTH_ISSUER, the OpenID provider it belongs to. Set AUTH_ISSUER, or remove this setting.');
    }
    if (!withSecret && read.text('AUTH_AUDIENCE') !== undefined) read.problem('AUTH_AUDIENCE', 'needs AUTH_ISSUER or AUTH_JWT_SECRET, whose tokens name the audience. Set one of them, or remove this setting.');
  }
  if (!withSecret) {
    for (const name of WITH_SECRET_ONLY) {
      if (read.text(name) !== undefined) read.problem(name, 'needs AUTH_JWT_SECRET, the secret that tokens are signed with. Set AUTH_JWT_SECRET, or remove this setting.');
    }
  }
  return {
    jwtSecret: parseJwtSecret(read, 'AUTH_JWT_SECRET'),
    jwtRules: parseSharedSecretRules(read),
    openId: issuer === undefined ? null : parseOpenId(read, issuer),
  };
}

function parseJwtSecret(read: SettingsReader, name: string): Uint8Array | null {
  if (read.text(name) === undefined) return null;
  const secret = new TextEncoder().encode(read.exactText(name));
  if (secret.length < MIN_JWT_SECRET_BYTES) read.problem(name, `must have at least ${MIN_JWT_SECRET_BYTES} bytes, and has ${secret.length}.`);
  return secret;
}

function parseSharedSecretRules(read: SettingsReader): SharedSecretRules {
  if (read.text('AUTH_JWT_SECRET_PREVIOUS') !== undefined && read.exactText('AUTH_JWT_SECRET_PREVIOUS') === read.exactText('AUTH_JWT_SECRET')) {
    read.problem('AUTH_JWT_SECRET_PREVIOUS', 'is the same as AUTH_JWT_SECRET. Set it to the secret before the exchange, or remove it.');
  }
  return {
    previousSecret: parseJwtSecret(read, 'AUTH_JWT_SECRET_PREVIOUS'),
    issuer: read.text('AUTH_JWT_ISSUER') ?? null,
    audience: read.text('AUTH_AUDIENCE') ?? null,
    maxSeconds: read.wholeNumber('AUTH_JWT_MAX_SECONDS', DEFAULT_TOKEN_SECONDS, MIN_TOKEN_SECONDS, MAX_TOKEN_SECONDS),
  };
}

function parseOpenId(read: SettingsReader, issuer: string): OpenIdSettings {
  checkIssuer(read, issuer);
  const audience = read.text('AUTH_AUDIENCE');
  if (audience === undefined) read.problem('AUTH_AUDIENCE', 'is required with AUTH_ISSUER. Set it to the audience that a token must name, so that tokens for other services are refused.');
  const keapId = read.text('AUTH_CLAIM_KEAP_ID') ?? 'email';
  const verified = read.text('AUTH_CLAIM_KEAP_ID_VERIFIED') ?? 'email_verified';
  checkVouching(read, keapId, verified);
  const subject = read.text('AUTH_CLAIM_SUBJECT') ?? 'sub';
  if (subject === keapId || CHANGING_CLAIMS.includes(subject)) {
    read.problem('AUTH_CLAIM_SUBJECT', `is ${subject}, which changes and is given to somebody else later, who would then get the access of the person before. Use a claim that is issued once, such as sub or oid.`);
  }
  return {
    issuer,
    audience: audience ?? '',
    algorithms: parseAlgorithms(read),
    claims: {
      subject,
      keapId,
      keapIdVerified: verified === 'none' ? null : verified,
      name: read.text('AUTH_CLAIM_NAME') ?? 'name',
      scope: read.text('AUTH_CLAIM_SCOPE') ?? 'scope',
    },
    scopes: { operator: read.text('AUTH_SCOPE_OPERATOR') ?? 'operator', auditor: read.text('AUTH_SCOPE_AUDITOR') ?? 'auditor' },
    introspection: parseIntrospection(read),
  };
}

/** Requires that the claim which vouches belongs to the address: `email_verified` says that the claim `email` beside it is verified. A provider lets people choose other claims, such as `preferred_username`, freely. */
function checkVouching(read: SettingsReader, keapId: string, verified: string): void {
  const vouchedFor = /^(.*\bemail)_verified$/.exec(verified)?.[1];
  if (vouchedFor === undefined || vouchedFor === keapId) return;
  read.problem('AUTH_CLAIM_KEAP_ID', `is ${keapId}, for which ${verified} does not vouch: it vouches for ${vouchedFor} only, so that somebody could sign in with an address that is not theirs. Use ${vouchedFor}, or set AUTH_CLAIM_KEAP_ID_VERIFIED to the claim that says that ${keapId} is verified, or to none if the provider issues verified addresses only in ${keapId}.`);
}

function checkIssuer(read: SettingsReader, issuer: string): void {
  const url = read.webAddress('AUTH_ISSUER', issuer);
  if (url === undefined) return;
  if (url.protocol === 'http:' && !LOOPBACK.includes(url.hostname)) {
    read.problem('AUTH_ISSUER', `must be an https address (http on this machine only), and is ${JSON.stringify(issuer)}: over plain http, an attacker in between could supply keys of their own.`);
  }
  if (url.search !== '' || url.hash !== '' || url.username !== '') read.problem('AUTH_ISSUER', 'must not have a query, a fragment or a user name.');
}

function parseAlgorithms(read: SettingsReader): readonly PublicKeyAlgorithm[] {
  const named = (read.text('AUTH_ALGORITHMS') ?? 'RS256,PS256,ES256,EdDSA').split(',').map((name) => name.trim());
  const known = PUBLIC_KEY_ALGORITHMS.filter((algorithm) => named.includes(algorithm));
  if (known.length !== new Set(named).size) {
    read.problem('AUTH_ALGORITHMS', `must be some of ${PUBLIC_KEY_ALGORITHMS.join(', ')} separated by commas, and is ${JSON.stringify(named.join(','))}.`);
  }
  return known;
}

function parseIntrospection(read: SettingsReader): IntrospectionSettings | null {
  const clientId = read.text('AUTH_INTROSPECTION_CLIENT_ID');
  const clientSecret = read.text('AUTH_INTROSPECTION_CLIENT_SECRET');
  const rememberSeconds = read.wholeNumber('AUTH_INTROSPECTION_SECONDS', 30, 0, MAX_REMEMBERED_SECONDS);
  if (clientId !== undefined && clientSecret !== undefined) return { clientId, clientSecret: read.exactText('AUTH_INTROSPECTION_CLIENT_SECRET'), rememberSeconds };
  if (clientId !== undefined) read.problem('AUTH_INTROSPECTION_CLIENT_SECRET', 'is required with AUTH_INTROSPECTION_CLIENT_ID.');
  else if (clientSecret !== undefined) read.problem('AUTH_INTROSPECTION_CLIENT_ID', 'is required with AUTH_INTROSPECTION_CLIENT_SECRET.');
  else if (read.text('AUTH_INTROSPECTION_SECONDS') !== undefined) read.problem('AUTH_INTROSPECTION_SECONDS', 'needs AUTH_INTROSPECTION_CLIENT_ID and AUTH_INTROSPECTION_CLIENT_SECRET.');
  return null;
}
