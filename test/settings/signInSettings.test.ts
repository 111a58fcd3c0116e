import { parseConfig, type Config } from '../../src/config';
import { problemsOf } from './problemsOf';

const PROVIDER = { AUTH_ISSUER: 'https://login.example.com', AUTH_AUDIENCE: 'https://partners.example.com' };

const openId = (env: Record<string, string> = {}): Config['openId'] => parseConfig({ ...PROVIDER, ...env }).openId;

describe('an OpenID provider', () => {
  it('ends development mode, and is enough for production', () => {
    expect(parseConfig({ ...PROVIDER, NODE_ENV: 'production' })).toMatchObject({ development: false, jwtSecret: null, host: '0.0.0.0' });
  });

  it('needs nothing but issuer and audience', () => {
    expect(openId()).toEqual({
      issuer: 'https://login.example.com',
      audience: 'https://partners.example.com',
      algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      claims: { subject: 'sub', keapId: 'email', keapIdVerified: 'email_verified', name: 'name', scope: 'scope' },
      scopes: { operator: 'operator', auditor: 'auditor' },
      introspection: null,
    });
  });

  it('may call everything otherwise', () => {
    expect(
      openId({
        AUTH_ALGORITHMS: 'ES256, RS256',
        AUTH_CLAIM_SUBJECT: 'oid',
        AUTH_CLAIM_KEAP_ID: 'https://keap.example/id',
        AUTH_CLAIM_KEAP_ID_VERIFIED: 'none',
        AUTH_CLAIM_NAME: 'profile.name',
        AUTH_CLAIM_SCOPE: 'realm_access.roles',
        AUTH_SCOPE_OPERATOR: 'apps:write',
        AUTH_SCOPE_AUDITOR: 'apps:audit',
        AUTH_INTROSPECTION_CLIENT_ID: 'us',
        AUTH_INTROSPECTION_CLIENT_SECRET: 'a secret',
        AUTH_INTROSPECTION_SECONDS: '0',
      }),
    ).toEqual({
      issuer: 'https://login.example.com',
      audience: 'https://partners.example.com',
      algorithms: ['RS256', 'ES256'],
      claims: { subject: 'oid', keapId: 'https://keap.example/id', keapIdVerified: null, name: 'profile.name', scope: 'realm_access.roles' },
      scopes: { operator: 'apps:write', auditor: 'apps:audit' },
      introspection: { clientId: 'us', clientSecret: 'a secret', rememberSeconds: 0 },
    });
  });

  it('excludes the shared secret', () => {
    expect(problemsOf({ ...PROVIDER, AUTH_JWT_SECRET: 'a-secret-of-at-least-thirty-two-bytes' })).toEqual([expect.stringMatching(/^AUTH_ISSUER cannot be combined with AUTH_JWT_SECRET/)]);
  });

  it('needs an audience', () => {
    expect(problemsOf({ AUTH_ISSUER: PROVIDER.AUTH_ISSUER })).toEqual([expect.stringMatching(/^AUTH_AUDIENCE is required with AUTH_ISSUER/)]);
  });

  it.each(['login.example.com', 'http://login.example.com', 'https://login.example.com?tenant=1', 'https://me@login.example.com'])('cannot be %s', (issuer) => {
    expect(problemsOf({ ...PROVIDER, AUTH_ISSUER: issuer })).toEqual([expect.stringMatching(/^AUTH_ISSUER must/)]);
  });

  it.each(['http://127.0.0.1:3000', 'http://localhost:3000', 'http://[::1]:3000'])('may be on this machine without TLS: %s', (issuer) => {
    expect(openId({ AUTH_ISSUER: issuer })?.issuer).toBe(issuer);
  });

  it.each(['HS256', 'none', 'RS256,HS256', 'RS256,,ES256'])('does not sign with %s', (algorithms) => {
    expect(problemsOf({ ...PROVIDER, AUTH_ALGORITHMS: algorithms })).toEqual([expect.stringMatching(/^AUTH_ALGORITHMS must be some of RS256, /)]);
  });

  it.each([
    [{ AUTH_INTROSPECTION_CLIENT_ID: 'us' }, 'AUTH_INTROSPECTION_CLIENT_SECRET is required'],
    [{ AUTH_INTROSPECTION_CLIENT_SECRET: 'a secret' }, 'AUTH_INTROSPECTION_CLIENT_ID is required'],
    [{ AUTH_INTROSPECTION_SECONDS: '20' }, 'AUTH_INTROSPECTION_SECONDS needs'],
    [{ AUTH_INTROSPECTION_CLIENT_ID: 'us', AUTH_INTROSPECTION_CLIENT_SECRET: 'a secret', AUTH_INTROSPECTION_SECONDS: '61' }, 'AUTH_INTROSPECTION_SECONDS must be a whole number from 0 to 60'],
  ])('is asked about tokens with both of client id and secret: %j', (env, problem) => {
    expect(problemsOf({ ...PROVIDER, ...env })).toEqual([expect.stringContaining(problem)]);
  });

  it.each(['AUTH_ALGORITHMS', 'AUTH_CLAIM_KEAP_ID', 'AUTH_SCOPE_OPERATOR', 'AUTH_INTROSPECTION_CLIENT_ID'])('is what %s is about', (name) => {
    expect(problemsOf({ [name]: 'RS256' })).toEqual([expect.stringMatching(new RegExp(`^${name} needs AUTH_ISSUER`))]);
  });

  it.each<[string, Record<string, string>]>([
    ['AUTH_CLAIM_KEAP_ID is preferred_username, for which email_verified does not vouch', { AUTH_CLAIM_KEAP_ID: 'preferred_username' }],
    ['AUTH_CLAIM_KEAP_ID is preferred_username, for which email_verified does not vouch', { AUTH_CLAIM_KEAP_ID: 'preferred_username', AUTH_CLAIM_KEAP_ID_VERIFIED: 'email_verified' }],
    ['AUTH_CLAIM_KEAP_ID is upn,', { AUTH_CLAIM_KEAP_ID: 'upn' }],
    ['AUTH_CLAIM_KEAP_ID is profile.email,', { AUTH_CLAIM_KEAP_ID: 'profile.email' }],
    ['AUTH_CLAIM_KEAP_ID is email, for which profile.email_verified does not vouch', { AUTH_CLAIM_KEAP_ID_VERIFIED: 'profile.email_verified' }],
    ['AUTH_CLAIM_SUBJECT is email,', { AUTH_CLAIM_SUBJECT: 'email' }],
    ['AUTH_CLAIM_SUBJECT is preferred_username,', { AUTH_CLAIM_SUBJECT: 'preferred_username' }],
    ['AUTH_CLAIM_SUBJECT is mail,', { AUTH_CLAIM_SUBJECT: 'mail', AUTH_CLAIM_KEAP_ID: 'mail', AUTH_CLAIM_KEAP_ID_VERIFIED: 'mail_confirmed' }],
  ])('is not believed where a claim does not belong to the person: %s', (problem, env) => {
    expect(problemsOf({ ...PROVIDER, ...env })).toEqual([expect.stringContaining(problem)]);
  });

  it.each<Record<string, string>>([
    { AUTH_CLAIM_KEAP_ID: 'preferred_username', AUTH_CLAIM_KEAP_ID_VERIFIED: 'none' },
    { AUTH_CLAIM_KEAP_ID: 'preferred_username', AUTH_CLAIM_KEAP_ID_VERIFIED: 'preferred_username_verified' },
    { AUTH_CLAIM_KEAP_ID: 'profile.email', AUTH_CLAIM_KEAP_ID_VERIFIED: 'profile.email_verified' },
    { AUTH_CLAIM_KEAP_ID: 'https://example.com/email', AUTH_CLAIM_KEAP_ID_VERIFIED: 'https://example.com/email_verified' },
    { AUTH_CLAIM_KEAP_ID_VERIFIED: 'xms_edov', AUTH_CLAIM_SUBJECT: 'oid' },
  ])('may vouch for an address by the claim that belongs to it: %j', (env) => {
    expect(problemsOf({ ...PROVIDER, ...env })).toEqual([]);
  });
});

describe('a shared secret', () => {
  const SECRET = { AUTH_JWT_SECRET: 'a-secret-of-at-least-thirty-two-bytes' };
  const PREVIOUS = 'another-secret-of-at-least-32-bytes';

  it('has rules for its tokens', () => {
    const bytes = new TextEncoder().encode(PREVIOUS);
    expect(parseConfig({ ...SECRET, AUTH_JWT_SECRET_PREVIOUS: PREVIOUS, AUTH_JWT_ISSUER: 'our-login', AUTH_AUDIENCE: 'partners', AUTH_JWT_MAX_SECONDS: '900' })).toMatchObject({
      openId: null, jwtRules: { previousSecret: bytes, issuer: 'our-login', audience: 'partners', maxSeconds: 900 },
    });
    expect(parseConfig(SECRET).jwtRules).toEqual({ previousSecret: null, issuer: null, audience: null, maxSeconds: 86_400 });
  });

  it.each<[string, Record<string, string>]>([
    ['AUTH_JWT_SECRET_PREVIOUS needs AUTH_JWT_SECRET', { AUTH_JWT_SECRET_PREVIOUS: PREVIOUS }],
    ['AUTH_JWT_ISSUER needs AUTH_JWT_SECRET', { ...PROVIDER, AUTH_JWT_ISSUER: 'our-login' }],
    ['AUTH_JWT_MAX_SECONDS needs AUTH_JWT_SECRET', { ...PROVIDER, AUTH_JWT_MAX_SECONDS: '900' }],
    ['AUTH_AUDIENCE needs AUTH_ISSUER or AUTH_JWT_SECRET', { AUTH_AUDIENCE: 'partners' }],
    ['AUTH_JWT_SECRET_PREVIOUS must have at least 32 bytes, and has 5.', { ...SECRET, AUTH_JWT_SECRET_PREVIOUS: 'short' }],
    ['AUTH_JWT_SECRET_PREVIOUS is the same as AUTH_JWT_SECRET', { ...SECRET, AUTH_JWT_SECRET_PREVIOUS: SECRET.AUTH_JWT_SECRET }],
    ['AUTH_JWT_MAX_SECONDS must be a whole number from 60 to 2592000', { ...SECRET, AUTH_JWT_MAX_SECONDS: '0' }],
    ['AUTH_JWT_MAX_SECONDS must be a whole number', { ...SECRET, AUTH_JWT_MAX_SECONDS: '2592001' }],
  ])('%s', (problem, env) => {
    const problems = problemsOf(env);
    expect(problems).toEqual([expect.stringContaining(problem)]);
    expect(problems.join()).not.toContain(PREVIOUS);
  });
});
