import { SignInError, SignInUnavailable, type SignIn } from '../../../src/server/auth/signIn';
import { createOpenIdSignIn, type OpenIdSignInOptions } from '../../../src/server/auth/openId';
import { TokenIssuer } from '../../support/tokenIssuer';
import { makeToken } from '../tokens';

let issuer: TokenIssuer;
beforeEach(async () => {
  issuer = await TokenIssuer.start();
});
afterEach(() => issuer.stop());

const INTROSPECTION = { clientId: 'us', clientSecret: 'a secret', rememberSeconds: 30 };

const signIn = (options: Partial<OpenIdSignInOptions> = {}): SignIn =>
  createOpenIdSignIn({
    issuer: issuer.issuer,
    audience: issuer.audience,
    algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    claims: { subject: 'sub', keapId: 'email', keapIdVerified: 'email_verified', name: 'name', scope: 'scope' },
    scopes: { operator: 'operator', auditor: 'auditor' },
    introspection: null,
    clockToleranceSeconds: 30,
    keyCooldownMs: 0,
    ...options,
  });

async function outcome(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return 'signed in';
  } catch (error) {
    if (error instanceof SignInUnavailable) return 'not available';
    if (error instanceof SignInError) return error.message;
    throw error;
  }
}

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

describe('a token of an OpenID provider', () => {
  it('says who somebody is', async () => {
    const token = issuer.token({ sub: 'a|1', email: 'Ada@Example.com', name: 'Ada', scope: 'openid auditor' });
    expect(await signIn().authenticate(`Bearer ${token}`)).toEqual({ sub: 'a|1', keapId: 'Ada@Example.com', keapIdNormalized: 'ada@example.com', name: 'Ada', scopes: ['auditor'], issuedAt: expect.any(String) as unknown });
  });

  it.each<[string, () => string, string | RegExp]>([
    ['of another issuer', () => issuer.token({ iss: 'https://evil.example' }), 'The token is not meant for this service (iss).'],
    ['of no issuer', () => issuer.token({ iss: undefined }), 'The token has no iss claim.'],
    ['for another service', () => issuer.token({ aud: 'another' }), 'The token is not meant for this service (aud).'],
    ['for no service', () => issuer.token({ aud: undefined }), 'The token has no aud claim.'],
    ['that has expired', () => issuer.token({ exp: inSeconds(-31) }), 'The token has expired.'],
    ['without an end', () => issuer.token({ exp: undefined }), 'The token has no exp claim.'],
    ['from the future', () => issuer.token({ iat: inSeconds(60) }), 'The token was issued in the future (iat).'],
    ['that counts later', () => issuer.token({ nbf: inSeconds(60) }), 'The token is not valid yet (nbf).'],
    ['with the algorithm none', () => issuer.token({}, { header: { alg: 'none' }, signature: '' }), /^The token must be signed with RS256/],
    ['signed with HMAC and the public key as its secret', () => issuer.token({}, { header: { alg: 'HS256' }, hmacSecret: issuer.publicKey.export({ type: 'spki', format: 'pem' }) }), /^The token must be signed with RS256/],
    ['signed with HMAC and the key as it is published', () => issuer.token({}, { header: { alg: 'HS256' }, hmacSecret: JSON.stringify(issuer.publicKey.export({ format: 'jwk' })) }), /^The token must be signed with RS256/],
    ['of a shared secret', () => makeToken({}), /^The token must be signed with RS256/],
    ['that brings its own key', () => issuer.token({}, { header: { kid: 'mine', jwk: issuer.publicKey.export({ format: 'jwk' }), jku: 'https://evil.example/keys' } }), 'The token is signed with a key that the provider does not have.'],
    ['with a signature of something else', () => issuer.token({}, { signature: issuer.token({ sub: 'other' }).split('.')[2] ?? '' }), 'The token\'s signature is invalid.'],
    ['of another purpose', () => issuer.token({}, { header: { typ: 'logout+jwt' } }), 'The token is not an access token (typ).'],
    ['with an address that is not verified', () => issuer.token({ email_verified: false }), 'The token says that its e-mail address is not verified.'],
    ['that does not say whether its address is verified', () => issuer.token({ email_verified: undefined }), 'The token does not say that its e-mail address is verified (email_verified).'],
    ['without an address', () => issuer.token({ email: undefined }), 'The token has no email claim.'],
    ['that is no token', () => 'opaque', 'The token is not a signed JWT.'],
  ])('is refused: one %s', async (_what, make, message) => {
    const token = make();
    const said = await outcome(signIn().authenticate(`Bearer ${token}`));
    expect(said).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
    expect(said).not.toContain(token);
  });

  it('may say everything in other claims', async () => {
    const claims = { subject: 'oid', keapId: 'https://keap.example/id', keapIdVerified: null, name: 'profile.display', scope: 'realm_access.roles' };
    const renamed = signIn({ claims, scopes: { operator: 'apps:write', auditor: 'apps:audit' } });
    const token = issuer.token({ oid: 'o-1', 'https://keap.example/id': 'ada@example.com', email_verified: undefined, profile: { display: 'Ada' }, realm_access: { roles: ['apps:write', 'operator', 7] } });
    expect(await renamed.authenticate(`Bearer ${token}`)).toEqual({ sub: 'o-1', keapId: 'ada@example.com', keapIdNormalized: 'ada@example.com', name: 'Ada', scopes: ['operator'], issuedAt: expect.any(String) as unknown });
  });

  it('cannot reach into what every object has', async () => {
    const token = issuer.token();
    const mapped = signIn({ claims: { subject: 'constructor.name', keapId: 'email', keapIdVerified: null, name: 'name', scope: 'scope' } });
    expect(await outcome(mapped.authenticate(`Bearer ${token}`))).toBe('The token has no constructor.name claim.');
  });
});

describe('the keys of the provider', () => {
  it('are read once for many tokens', async () => {
    const known = signIn({ keyCooldownMs: 60_000 });
    for (let number = 0; number < 5; number += 1) await known.authenticate(`Bearer ${issuer.token({ sub: `s${number}` })}`);
    expect(issuer.asked).toEqual(['/.well-known/openid-configuration', '/keys']);
  });

  it('are read again when a token names a new one, and an old one ends', async () => {
    const known = signIn();
    const before = issuer.token();
    await known.authenticate(`Bearer ${before}`);
    const old = issuer.token({ sub: 'other' });
    issuer.rotate('second');
    expect(await known.authenticate(`Bearer ${issuer.token()}`)).toMatchObject({ sub: 'someone' });
    expect(await outcome(known.authenticate(`Bearer ${old}`))).toBe('The token is signed with a key that the provider does not have.');
  });

  it('of a token that was right are asked for again after five minutes', async () => {
    let now = Date.now();
    const known = signIn({ now: () => now });
    const old = issuer.token();
    await known.authenticate(`Bearer ${old}`);
    issuer.rotate('second');
    await known.authenticate(`Bearer ${issuer.token({ sub: 'other' })}`);
    now += 299_000;
    expect(await outcome(known.authenticate(`Bearer ${old}`))).toBe('signed in');
    now += 1_000;
    expect(await outcome(known.authenticate(`Bearer ${old}`))).toBe('The token is signed with a key that the provider does not have.');
  });

  it('are not read again for every unknown key', async () => {
    const known = signIn({ keyCooldownMs: 60_000 });
    for (let number = 0; number < 5; number += 1) await outcome(known.authenticate(`Bearer ${issuer.token({}, { header: { kid: `made up ${number}` } })}`));
    expect(issuer.asked.filter((path) => path === '/keys')).toHaveLength(1);
  });

  it('are taken from nobody who answers in another name', async () => {
    issuer.discovery = { issuer: 'https://evil.example' };
    expect(await outcome(signIn().authenticate(`Bearer ${issuer.token()}`))).toBe('not available');
  });

  it.each([undefined, 'http://keys.example/keys', 'file:///etc/passwd', 7])('are not read from %j', async (jwksUri) => {
    issuer.discovery = { jwks_uri: jwksUri };
    expect(await outcome(signIn().authenticate(`Bearer ${issuer.token()}`))).toBe('not available');
  });
});

describe('a provider that does not answer', () => {
  it('leaves a new token unknown, and one that was found right as it was', async () => {
    const known = signIn();
    const before = issuer.token();
    await known.authenticate(`Bearer ${before}`);
    issuer.answers = false;
    expect(await outcome(known.authenticate(`Bearer ${issuer.token({ sub: 'other' }, { header: { kid: 'new' } })}`))).toBe('not available');
    expect(await outcome(known.authenticate(`Bearer ${before}`))).toBe('signed in');
    expect(await outcome(signIn().authenticate(`Bearer ${before}`))).toBe('not available');
  });
});

describe('introspection', () => {
  it('ends a token before its time, as soon as the last answer is no longer remembered', async () => {
    let now = Date.now();
    const known = signIn({ introspection: INTROSPECTION, now: () => now });
    const header = `Bearer ${issuer.token()}`;
    expect([await outcome(known.authenticate(header)), known.knows(header)]).toEqual(['signed in', true]);
    issuer.introspected = { active: false };
    now += 29_000;
    expect(await outcome(known.authenticate(header))).toBe('signed in');
    now += 1_000;
    expect(known.knows(header)).toBe(false);
    expect(await outcome(known.authenticate(header))).toBe('The token was revoked, has expired, or was not issued by the provider.');
  });

  it('is not asked about what is no token of the provider', async () => {
    await outcome(signIn({ introspection: INTROSPECTION }).authenticate(`Bearer ${issuer.token({ aud: 'another' })}`));
    expect(issuer.asked).not.toContain('/introspect');
  });

  it('is asked once about a token that comes in many requests at once', async () => {
    const known = signIn({ introspection: INTROSPECTION });
    const header = `Bearer ${issuer.token()}`;
    await Promise.all(Array.from({ length: 20 }, () => known.authenticate(header)));
    expect(issuer.asked.filter((path) => path === '/introspect')).toHaveLength(1);
  });

  it('that does not answer leaves the token unknown', async () => {
    issuer.introspected = null;
    expect(await outcome(signIn({ introspection: INTROSPECTION }).authenticate(`Bearer ${issuer.token()}`))).toBe('not available');
  });

  it.each([
    [{ iss: 'https://evil.example', aud: 'partner-access' }, 'The token is not meant for this service (iss).'],
    [{ aud: 'another' }, 'The token is not meant for this service (aud).'],
    [{}, 'The token is not meant for this service (aud).'],
    [{ aud: ['other', 'partner-access'], exp: 1 }, 'The token has expired.'],
    [{ aud: ['other', 'partner-access'] }, 'signed in'],
  ])('says whom a token is for that only the provider can read: %j', async (claims, said) => {
    issuer.introspected = { active: true, sub: 'someone', email: 'someone@example.com', email_verified: true, ...claims };
    expect(await outcome(signIn({ introspection: INTROSPECTION }).authenticate('Bearer opaque'))).toBe(said);
  });
});
