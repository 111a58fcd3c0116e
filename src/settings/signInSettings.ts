import type { SettingsReader } from './settingsReader';

/** Signature algorithms with a public key. HMAC is not among them: a public key must never be taken for a shared secret. */
const PUBLIC_KEY_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const;
export type PublicKeyAlgorithm = (typeof PUBLIC_KEY_ALGORITHMS)[number];

/** How people sign in: one of the two, or neither in development. */
export interface SignInSettings {
  /** HS256 secret of at least 32 bytes; null where tokens are not signed with one. */
  readonly jwtSecret: Uint8Array | null;
  /** The OpenID provider whose tokens are taken; null for none. */
  readonly openId: OpenIdSettings | null;
}

export interface OpenIdSettings {
  /** as its tokens and its discovery document name it. */
  readonly issuer: string;
  /** what a token's `aud` must hold. */
  readonly audience: string;
  readonly algorithms: readonly PublicKeyAlgorithm[];
  /** where in a token what stands: a claim's name, or a path of names with dots. */
  readonly claims: {
    readonly subject: string;
    readonly keapId: string;
    /** null: the provider is trusted to give verified addresses only. */
    readonly keapIdVerified: string | null;
    readonly name: string;
    readonly scope: string;
  };
  /** what the provider calls the two scopes. */
  readonly scopes: { readonly operator: string; readonly auditor: string };
  /** asking the provider whether a token still counts; null for trusting it until it expires. */
  readonly introspection: IntrospectionSettings | null;
}

export interface IntrospectionSettings {
  readonly clientId: string;
  readonly clientSecret: string;
  /** how long an answer counts, 0 to 60: so long a revoked token may still be taken. */
  readonly rememberSeconds: number;
}

const MIN_JWT_SECRET_BYTES = 32;
const MAX_REMEMBERED_SECONDS = 60;
const LOOPBACK = ['127.0.0.1', '[::1]', 'localhost'];
const WITH_ISSUER_ONLY = [
  'AUTH_AUDIENCE', 'AUTH_ALGORITHMS', 'AUTH_CLAIM_SUBJECT', 'AUTH_CLAIM_KEAP_ID', 'AUTH_CLAIM_KEAP_ID_VERIFIED', 'AUTH_CLAIM_NAME', 'AUTH_CLAIM_SCOPE',
  'AUTH_SCOPE_OPERATOR', 'AUTH_SCOPE_AUDITOR', 'AUTH_INTROSPECTION_CLIENT_ID', 'AUTH_INTROSPECTION_CLIENT_SECRET', 'AUTH_INTROSPECTION_SECONDS',
];

/** Reads the settings of the sign-in; what is wrong is noted with the reader. */
export function parseSignInSettings(read: SettingsReader): SignInSettings {
  const issuer = read.text('AUTH_ISSUER');
  if (issuer !== undefined && read.text('AUTH_JWT_SECRET') !== undefined) {
    read.problem('AUTH_ISSUER', 'excludes AUTH_JWT_SECRET: tokens are either those of an OpenID provider or signed with a shared secret. Remove one of them.');
  }
  if (issuer === undefined) {
    for (const name of WITH_ISSUER_ONLY) {
      if (read.text(name) !== undefined) read.problem(name, 'needs AUTH_ISSUER, the OpenID provider that it is about. Set it, or remove this.');
    }
  }
  return { jwtSecret: parseJwtSecret(read), openId: issuer === undefined ? null : parseOpenId(read, issuer) };
}

function parseJwtSecret(read: SettingsReader): Uint8Array | null {
  if (read.text('AUTH_JWT_SECRET') === undefined) return null;
  const secret = new TextEncoder().encode(read.exactText('AUTH_JWT_SECRET'));
  if (secret.length < MIN_JWT_SECRET_BYTES) {
    read.problem('AUTH_JWT_SECRET', `must have at least ${MIN_JWT_SECRET_BYTES} bytes, and has ${secret.length}.`);
  }
  return secret;
}

function parseOpenId(read: SettingsReader, issuer: string): OpenIdSettings {
  checkIssuer(read, issuer);
  const audience = read.text('AUTH_AUDIENCE');
  if (audience === undefined) read.problem('AUTH_AUDIENCE', 'is required with AUTH_ISSUER: what a token must name as its audience, so that tokens for other services are refused.');
  const verified = read.text('AUTH_CLAIM_KEAP_ID_VERIFIED') ?? 'email_verified';
  return {
    issuer,
    audience: audience ?? '',
    algorithms: parseAlgorithms(read),
    claims: {
      subject: read.text('AUTH_CLAIM_SUBJECT') ?? 'sub',
      keapId: read.text('AUTH_CLAIM_KEAP_ID') ?? 'email',
      keapIdVerified: verified === 'none' ? null : verified,
      name: read.text('AUTH_CLAIM_NAME') ?? 'name',
      scope: read.text('AUTH_CLAIM_SCOPE') ?? 'scope',
    },
    scopes: { operator: read.text('AUTH_SCOPE_OPERATOR') ?? 'operator', auditor: read.text('AUTH_SCOPE_AUDITOR') ?? 'auditor' },
    introspection: parseIntrospection(read),
  };
}

function checkIssuer(read: SettingsReader, issuer: string): void {
  const url = read.webAddress('AUTH_ISSUER', issuer);
  if (url === undefined) return;
  if (url.protocol === 'http:' && !LOOPBACK.includes(url.hostname)) {
    read.problem('AUTH_ISSUER', `must be an https address (http on this machine only), and is ${JSON.stringify(issuer)}: whoever stands between could hand out keys of their own.`);
  }
  if (url.search !== '' || url.hash !== '' || url.username !== '') read.problem('AUTH_ISSUER', 'must not have a query, a fragment or a user name.');
}

function parseAlgorithms(read: SettingsReader): readonly PublicKeyAlgorithm[] {
  const named = (read.text('AUTH_ALGORITHMS') ?? 'RS256,PS256,ES256,EdDSA').split(',').map((name) => name.trim());
  const known = PUBLIC_KEY_ALGORITHMS.filter((algorithm) => named.includes(algorithm));
  if (known.length !== new Set(named).size) {
    read.problem('AUTH_ALGORITHMS', `must be some of ${PUBLIC_KEY_ALGORITHMS.join(', ')} with commas between them, and is ${JSON.stringify(named.join(','))}.`);
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
