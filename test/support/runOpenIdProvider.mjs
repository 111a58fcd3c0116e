// A real OpenID provider (oidc-provider) as a process of its own, since it is an ES module and the tests are not.
// It tells its parent its address, and does what the parent says: {do: 'rotate'} signs with a new key from then on, {do: 'fail'} answers 500.
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';

const AUDIENCE = 'partner-access';
const CLIENT = { client_id: 'console', client_secret: 'a-secret-of-the-console', redirect_uris: ['https://console.example/signed-in'], grant_types: ['authorization_code'] };
// The console: a public client, at the address that the parent names with {do: 'console', url}.
const WEB = { client_id: 'partner-access-console', token_endpoint_auth_method: 'none', redirect_uris: [], grant_types: [], response_types: [] };
const SERVICE = { client_id: 'partner-access', client_secret: 'a-secret-of-the-service', redirect_uris: [], grant_types: [], response_types: [] };

const server = createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;
let [key, web] = [await signingKey('first'), WEB];
let answer = await providerWith();
let failing = false;
server.on('request', (request, response) => {
  if (failing) response.writeHead(500).end();
  else answer(request, response);
});

process.on('message', async ({ do: what, kid, url, refreshes }) => {
  if (what === 'rotate') key = await signingKey(kid);
  if (what === 'console') web = { ...WEB, redirect_uris: [`${url}/signed-in`], post_logout_redirect_uris: [`${url}/`], grant_types: ['authorization_code', ...(refreshes ? ['refresh_token'] : [])], response_types: ['code'] };
  if (what === 'rotate' || what === 'console') answer = await providerWith();
  failing = what === 'fail';
  process.send({ done: what });
});
process.on('disconnect', () => process.exit());
process.send({ issuer });

function nameOf(accountId) {
  return accountId.split('~', 1)[0];
}

async function signingKey(kid) {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, use: 'sig', alg: 'RS256' };
}

async function providerWith() {
  const provider = new Provider(issuer, {
    clients: [CLIENT, web, SERVICE],
    clientBasedCORS: () => true,
    jwks: { keys: [key] },
    cookies: { keys: ['a key of cookies'] },
    scopes: ['openid', 'operator', 'auditor', 'offline_access'],
    issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    // The subject anna~2 is another account of anna, with the same address and name.
    extraTokenClaims: (_context, { accountId }) => ({ email: `${nameOf(accountId)}@partners.example`, email_verified: accountId !== 'unverified', name: `Name of ${nameOf(accountId)}` }),
    ttl: { AccessToken: 600, Session: 600, Grant: 600, Interaction: 600 },
    features: {
      devInteractions: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (_context, resource) => ({
          scope: 'operator auditor',
          audience: AUDIENCE,
          accessTokenFormat: resource.endsWith('/jwt') ? 'jwt' : 'opaque',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  });
  return provider.callback();
}
