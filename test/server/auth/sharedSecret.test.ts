import { createHmac } from 'node:crypto';
import { createDevelopmentTokens, DevelopmentTokenRefused, randomJwtSecret } from '../../../src/server/auth/developmentTokens';
import type { Identity } from '../../../src/server/auth/signIn';
import { createSignIn, SignInError } from '../../../src/server/auth/sharedSecret';
import { JWT_SECRET } from '../testServer';
import { makeToken, NOW_SECONDS as now } from '../tokens';

const signIn = (at = now): ReturnType<typeof createSignIn> => createSignIn({ jwtSecret: JWT_SECRET, clockToleranceSeconds: 30, now: () => at * 1000 });
const authenticate = (token: string, at = now): Promise<Identity | null> => signIn(at).authenticate(`Bearer ${token}`);

async function refusal(action: Promise<unknown>): Promise<string> {
  const outcome = await action.then(
    () => 'signed in',
    (error: unknown) => error,
  );
  if (!(outcome instanceof SignInError)) throw new Error(`expected a SignInError, got ${String(outcome)}`);
  return outcome.message;
}

describe('signing in', () => {
  it('gives who the token says, with known scopes only', async () => {
    const token = makeToken({ sub: 'auth0|1', email: ' Ada@Example.COM ', name: ' Ada L. ', scope: 'auditor openid operator auditor' });
    expect(await authenticate(token)).toEqual({ sub: 'auth0|1', keapId: 'Ada@Example.COM', keapIdNormalized: 'ada@example.com', name: 'Ada L.', scopes: ['operator', 'auditor'], issuedAt: null });
  });

  it('needs neither name nor scope', async () => {
    expect(await authenticate(makeToken({}))).toMatchObject({ name: null, scopes: [] });
    expect(await authenticate(makeToken({ name: ' \u0007 ', email_verified: true }))).toMatchObject({ name: null });
    expect(await authenticate(makeToken({ name: 'x'.repeat(300) }))).toMatchObject({ name: 'x'.repeat(200) });
  });

  it.each([
    ['\u202eAda\u2069 L.', 'Ada L.'],
    ['A\ud800da', 'A da'],
    ['Ada\r\nL.', 'Ada L.'],
    [`${'x'.repeat(199)} y`, 'x'.repeat(199)],
    ['\u200b\u3164', null],
  ])('takes of a name what is fit to be shown: %j', async (name, shown) => {
    expect(await authenticate(makeToken({ name }))).toMatchObject({ name: shown });
  });

  it('takes an address of which nothing says whether it is verified', async () => {
    expect(await authenticate(makeToken({ email_verified: null }))).toMatchObject({ sub: 'someone' });
  });

  it('takes no header as nobody', async () => {
    expect(await signIn().authenticate(undefined)).toBeNull();
  });

  it('takes the scheme in any case', async () => {
    expect(await signIn().authenticate(`bearer ${makeToken({})}`)).toMatchObject({ sub: 'someone' });
  });

  it.each(['', ' ', 'Bearer', 'Bearer ', 'Basic YTpi', makeToken({}), `Bearer ${makeToken({})} more`, `Bearer ${makeToken({})}, Basic YTpi`])('refuses a header that is not "Bearer TOKEN": %#', async (header) => {
    expect(await refusal(signIn().authenticate(header))).toMatch(/^The authorization header must be/);
  });

  it.each([
    ['no JWT', 'nonsense', 'The token is not a signed JWT.'],
    ['three parts of nothing', 'a.b.c', 'The token is not a signed JWT.'],
    ['the algorithm none', makeToken({}, { header: { alg: 'none' }, signature: '' }), 'The token must be signed with HS256.'],
    ['the algorithm none with a signature', makeToken({}, { header: { alg: 'none' } }), 'The token must be signed with HS256.'],
    ['another HMAC', makeToken({}, { header: { alg: 'HS512' }, hash: 'sha512' }), 'The token must be signed with HS256.'],
    ['a public-key algorithm', makeToken({}, { header: { alg: 'RS256' } }), 'The token must be signed with HS256.'],
    ['another key', makeToken({}, { secret: Buffer.from('another secret that has more than 32 bytes') }), 'The token\'s signature is invalid.'],
    ['changed claims', makeToken({}).replace(/\.[^.]+\./, `.${makeToken({ scope: 'operator' }).split('.')[1] ?? ''}.`), 'The token\'s signature is invalid.'],
    ['no exp', makeToken({ exp: undefined }), 'The token has no exp claim.'],
    ['an exp that is text', makeToken({ exp: '4102444800' }), 'The token\'s exp claim is not valid.'],
    ['no sub', makeToken({ sub: undefined }), 'The token has no sub claim.'],
    ['an empty sub', makeToken({ sub: ' ' }), 'The token\'s sub claim must be a string that is not empty.'],
    ['a sub that is a number', makeToken({ sub: 7 }), 'The token\'s sub claim must be a string that is not empty.'],
    ['no email', makeToken({ email: undefined }), 'The token has no email claim.'],
    ['an empty email', makeToken({ email: '' }), 'The token\'s email claim must be a string that is not empty.'],
    ['an email that is no Keap ID', makeToken({ email: 'Ada <ada@example.com>' }), 'The token\'s email claim is not a Keap ID (INVALID_KEAP_ID). A Keap ID is an e-mail address such as coach@example.com, without a display name.'],
    ['an email that could be taken for another one', makeToken({ email: 'a\uff44a@example.com' }), 'The token\'s email claim is not a Keap ID (INVALID_KEAP_ID). This Keap ID has the character U+FF44, which looks like another one. Type it with ordinary letters, digits and signs.'],
    ['an email that is not verified', makeToken({ email_verified: false }), 'The token says that its e-mail address is not verified.'],
    ['an email that is not verified, as text', makeToken({ email_verified: 'false' }), 'The token says that its e-mail address is not verified.'],
    ['an email that is said to be anything but verified', makeToken({ email_verified: 0 }), 'The token says that its e-mail address is not verified.'],
    ['an email that is not verified, as text in capitals', makeToken({ email_verified: 'FALSE' }), 'The token says that its e-mail address is not verified.'],
    ['a name that is a list', makeToken({ name: ['Ada'] }), 'The token\'s name claim must be a string.'],
    ['scopes that are a list', makeToken({ scope: ['operator'] }), 'The token\'s scope claim must be a string of scopes separated by spaces.'],
  ])('refuses %s', async (_what, token, message) => {
    const said = await refusal(authenticate(token));
    expect(said).toBe(message);
    expect(said).not.toContain(token);
  });

  it.each([
    ['exp 29 s ago', { exp: now - 29 }, null],
    ['exp 30 s ago', { exp: now - 30 }, 'The token has expired.'],
    ['nbf in 30 s', { nbf: now + 30 }, null],
    ['nbf in 31 s', { nbf: now + 31 }, 'The token is not valid yet (nbf).'],
    ['iat in 30 s', { iat: now + 30 }, null],
    ['iat in 31 s', { iat: now + 31 }, 'The token was issued in the future (iat).'],
  ])('tolerates clocks that differ by 30 s: %s', async (_what, claims, message) => {
    const token = makeToken(claims);
    if (message === null) expect(await authenticate(token)).toMatchObject({ sub: 'someone' });
    else expect(await refusal(authenticate(token))).toBe(message);
  });

  it('refuses a token that it knows once it has expired', async () => {
    let at = now;
    const known = createSignIn({ jwtSecret: JWT_SECRET, clockToleranceSeconds: 30, now: () => at * 1000 });
    const header = `Bearer ${makeToken({ exp: now + 60 })}`;
    const first = await known.authenticate(header);
    at = now + 89;
    expect(await known.authenticate(header)).toBe(first);
    at = now + 90;
    expect(await refusal(known.authenticate(header))).toBe('The token has expired.');
    expect(await refusal(known.authenticate(header))).toBe('The token has expired.');
  });
});

describe('a shared secret with further rules', () => {
  const OLD = Buffer.from('the secret before, which has more than 32 bytes');
  const rules = { previousSecret: OLD, issuer: 'our-login', audience: 'partners', maxSeconds: 600 };
  const asked = (token: string, more: Partial<typeof rules> = {}): Promise<Identity | null> =>
    createSignIn({ jwtSecret: JWT_SECRET, rules: { ...rules, ...more }, clockToleranceSeconds: 30, now: () => now * 1000 }).authenticate(`Bearer ${token}`);
  const right = { iss: 'our-login', aud: 'partners', exp: now + 600 };

  it.each<[string, string]>([
    ['of the secret', makeToken(right)],
    ['of the secret before', makeToken(right, { secret: OLD })],
    ['for several audiences', makeToken({ ...right, aud: ['others', 'partners'] })],
    ['that lives as long as allowed, by a clock that is 30 s ahead', makeToken({ ...right, exp: now + 630 })],
  ])('accepts a token %s', async (_what, token) => {
    expect(await asked(token)).toMatchObject({ sub: 'someone' });
  });

  it.each<[string, string, string]>([
    ['another issuer', makeToken({ ...right, iss: 'other-login' }), 'The token is not meant for this service (iss).'],
    ['no issuer', makeToken({ ...right, iss: undefined }), 'The token has no iss claim.'],
    ['another audience', makeToken({ ...right, aud: 'others' }), 'The token is not meant for this service (aud).'],
    ['an audience that only begins like ours', makeToken({ ...right, aud: 'partners2' }), 'The token is not meant for this service (aud).'],
    ['no audience', makeToken({ ...right, aud: undefined }), 'The token has no aud claim.'],
    ['a third secret', makeToken(right, { secret: Buffer.from('a third secret that has more than 32 bytes') }), 'The token\'s signature is invalid.'],
    ['the secret before, expired', makeToken({ ...right, exp: now - 30 }, { secret: OLD }), 'The token has expired.'],
    ['the secret before, another issuer', makeToken({ ...right, iss: 'other-login' }, { secret: OLD }), 'The token is not meant for this service (iss).'],
    ['too long a life', makeToken({ ...right, exp: now + 631 }), 'The token is valid for too long: its exp claim may be at most 600 seconds from now.'],
    ['a life without end', makeToken({ ...right, exp: 1e300 }), 'The token is valid for too long: its exp claim may be at most 600 seconds from now.'],
  ])('refuses a token with %s', async (_what, token, message) => {
    expect(await refusal(asked(token))).toBe(message);
  });

  it('accepts tokens of at most 24 hours where nothing else is set', async () => {
    const day = 24 * 60 * 60;
    expect(await authenticate(makeToken({ exp: now + day + 30 }))).toMatchObject({ sub: 'someone' });
    expect(await refusal(authenticate(makeToken({ exp: now + day + 31 })))).toBe('The token is valid for too long: its exp claim may be at most 86400 seconds from now.');
  });

  it.each(['JWT', 'jwt', 'at+jwt', 'application/at+jwt', 'AT+JWT'])('accepts tokens of the type %s', async (typ) => {
    expect(await authenticate(makeToken({}, { header: { alg: 'HS256', typ } }))).toMatchObject({ sub: 'someone' });
  });

  it('accepts tokens without a type', async () => {
    expect(await authenticate(makeToken({}, { header: { alg: 'HS256', typ: undefined } }))).toMatchObject({ sub: 'someone' });
  });

  it.each(['logout+jwt', 'dpop+jwt', 'secevent+jwt', 'token-introspection+jwt', 'JWS', 'id_token', ''])('refuses tokens of another type: %j', async (typ) => {
    expect(await refusal(authenticate(makeToken({}, { header: { alg: 'HS256', typ } })))).toBe('The token is not an access token (typ).');
  });
});

describe('tokens for development', () => {
  const read = (token: string): Record<string, unknown> => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;

  it('sign in, for twelve hours, with a sub that belongs to the Keap ID', async () => {
    const jwtSecret = randomJwtSecret();
    const tokens = createDevelopmentTokens({ jwtSecret });
    const token = await tokens.issue({ keapId: ' Coach@Example.com', scope: 'operator' });
    const identity = await createSignIn({ jwtSecret, clockToleranceSeconds: 30 }).authenticate(`Bearer ${token}`);
    const { exp, iat } = read(token);
    const issuedAt = new Date(Number(iat) * 1000).toISOString();
    expect(identity).toEqual({ sub: 'dev:coach@example.com', keapId: 'Coach@Example.com', keapIdNormalized: 'coach@example.com', name: null, scopes: ['operator'], issuedAt });
    expect(Number(exp) - Number(iat)).toBe(12 * 60 * 60);
    expect(read(await tokens.issue({ keapId: 'COACH@example.com' }))).toMatchObject({ sub: 'dev:coach@example.com' });
  });

  it('do not sign in where another secret is', async () => {
    const token = await createDevelopmentTokens({ jwtSecret: randomJwtSecret() }).issue({ keapId: 'coach@example.com' });
    const other = createSignIn({ jwtSecret: randomJwtSecret(), clockToleranceSeconds: 30 });
    expect(await refusal(other.authenticate(`Bearer ${token}`))).toBe('The token\'s signature is invalid.');
  });

  it.each([[undefined], [null], ['text'], [{}], [{ keapId: 1 }], [{ keapId: 'nobody' }], [{ keapId: 'a@example.com', scope: 'root' }], [{ keapId: 'a@example.com', scope: 1 }]])('are refused for %j', async (request) => {
    await expect(createDevelopmentTokens({ jwtSecret: JWT_SECRET }).issue(request)).rejects.toThrow(DevelopmentTokenRefused);
  });

  it('have the normalized Keap ID as their subject', async () => {
    const tokens = createDevelopmentTokens({ jwtSecret: JWT_SECRET });
    expect(read(await tokens.issue({ keapId: 'A@example.com' }))).toMatchObject({ sub: 'dev:a@example.com' });
  });

  it('are signed with HMAC-SHA-256 of the secret', async () => {
    const token = await createDevelopmentTokens({ jwtSecret: JWT_SECRET }).issue({ keapId: 'a@example.com' });
    const [header = '', payload = '', signature] = token.split('.');
    expect(signature).toBe(createHmac('sha256', JWT_SECRET).update(`${header}.${payload}`).digest('base64url'));
  });
});
