import { createOpenIdSignIn, type OpenIdSignInOptions } from '../../../src/server/auth/openId';
import type { SignIn } from '../../../src/server/auth/signIn';
import { OpenIdProviderProcess } from '../../support/openIdProvider';
import { Person } from '../../support/person';
import { TestService } from '../../support/testService';
import { codesOf, startTestServer, stopTestServers } from '../testServer';

describe('with a real OpenID provider', () => {
  let provider: OpenIdProviderProcess;
  beforeAll(async () => {
    provider = await OpenIdProviderProcess.start();
  });
  afterAll(() => provider.stop());
  afterEach(stopTestServers);

  const signIn = (options: Partial<OpenIdSignInOptions> = {}): SignIn =>
    createOpenIdSignIn({
      issuer: provider.issuer,
      audience: OpenIdProviderProcess.audience,
      algorithms: ['RS256'],
      claims: { subject: 'sub', keapId: 'email', keapIdVerified: 'email_verified', name: 'name', scope: 'scope' },
      scopes: { operator: 'operator', auditor: 'auditor' },
      introspection: null,
      clockToleranceSeconds: 30,
      keyCooldownMs: 0,
      ...options,
    });
  const ask = async (url: string, token: string): Promise<[number, readonly unknown[]]> => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: '{"query":"{ viewer }"}',
    });
    return [response.status, await codesOf(response)];
  };

  it('somebody signs in at its pages and is who they are there, with the scopes that they were granted', async () => {
    const service = await TestService.start({ env: { AUTH_ISSUER: provider.issuer, AUTH_AUDIENCE: OpenIdProviderProcess.audience, HOST: '127.0.0.1' } });
    const anna = new Person(service.url, '', await provider.signIn('anna', 'jwt', 'openid operator'));
    const { viewer } = await anna.read('{ viewer { personId keapId name scopes } }');
    const again = await new Person(service.url, '', await provider.signIn('anna', 'jwt')).read('{ viewer { personId scopes } }');
    const unverified = await new Person(service.url, '', await provider.signIn('unverified', 'jwt')).ask('{ viewer { keapId } }');
    await service.close();
    expect(viewer).toMatchObject({ keapId: 'anna@partners.example', name: 'Name of anna', scopes: ['operator'] });
    expect(again.viewer).toEqual({ personId: viewer.personId, scopes: [] });
    expect([unverified.status, unverified.errors[0]?.extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('its keys change while people are signed in', async () => {
    const { url } = await startTestServer({ signIn: signIn() });
    const before = await provider.signIn('anna', 'jwt');
    expect(await ask(url, before)).toEqual([200, []]);
    const late = await provider.signIn('paul', 'jwt');
    await provider.rotate('second');
    expect(await ask(url, await provider.signIn('anna', 'jwt'))).toEqual([200, []]);
    expect(await ask(url, late)).toEqual([401, ['UNAUTHENTICATED']]);
  });

  it('a token that was revoked ends before its time', async () => {
    const { clientId, clientSecret } = OpenIdProviderProcess;
    let now = Date.now();
    const { url } = await startTestServer({ signIn: signIn({ introspection: { clientId, clientSecret, rememberSeconds: 60 }, now: () => now }) });
    const token = await provider.signIn('anna', 'opaque');
    expect(await ask(url, token)).toEqual([200, []]);
    await provider.revoke(token);
    now += 60_000;
    expect(await ask(url, token)).toEqual([401, ['UNAUTHENTICATED']]);
  });

  it('it fails, and what cannot be checked is neither right nor wrong', async () => {
    const { url } = await startTestServer({ signIn: signIn() });
    const known = await provider.signIn('anna', 'jwt');
    await ask(url, known);
    const { url: other } = await startTestServer({ signIn: signIn() });
    await provider.fail(true);
    expect(await ask(url, known)).toEqual([200, []]);
    expect(await ask(other, known)).toEqual([503, ['SIGN_IN_UNAVAILABLE']]);
    await provider.fail(false);
  });
});
