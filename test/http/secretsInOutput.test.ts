import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { LinkTokens } from '../../src/application/linkTokens';
import { ProgramProcess } from '../support/serviceProcess';
import { temporaryDirectory } from '../support/temporaryDirectory';
import { Person } from '../support/person';
import { TokenIssuer } from '../support/tokenIssuer';

const NOWHERE = '127.0.0.1:9';

/** A secret as it could be written: as it is, encoded, or the signature of a token alone. */
function shapesOf(secret: string): string[] {
  const parts = secret.split('.');
  return [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64').replace(/=+$/, ''), Buffer.from(secret).toString('hex'), ...(parts.length === 3 ? [parts[2] ?? secret] : [])];
}

/** Runs the built service while `use` uses it. @returns all that it wrote. */
async function outputOf(env: Readonly<Record<string, string>>, use: (url: string) => Promise<void>): Promise<string> {
  const directory = temporaryDirectory();
  const program = new ProgramProcess('dist/main.js', [], { DATA_DIR: directory.path, PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'trace', ...env });
  const [, url = ''] = await program.untilPrinted(/Listening on (\S+)/);
  await use(url);
  program.kill('SIGTERM');
  const { stdout, stderr } = await program.ended;
  directory.remove();
  return stdout + stderr;
}

const post = (url: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });

describe('the service\'s output at its most verbose level', () => {
  it('contains no secrets of settings, sign-ins, links or requests', async () => {
    const jwtSecret = randomBytes(32).toString('base64url');
    const secretKey = randomBytes(32);
    const metricsToken = randomBytes(16).toString('hex');
    const mailPassword = randomBytes(16).toString('hex');
    const tokens: string[] = [];
    const tokenFor = (claims: object): string => {
      const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      const signed = `${encode({ alg: 'HS256' })}.${encode({ exp: Math.floor(Date.now() / 1000) + 3600, jti: randomUUID(), ...claims })}`;
      tokens.push(`${signed}.${createHmac('sha256', jwtSecret).update(signed).digest('base64url')}`);
      return tokens.at(-1) ?? '';
    };
    const links = new LinkTokens({ keys: [secretKey], refresh: () => Promise.resolve() });
    const env = {
      AUTH_JWT_SECRET: jwtSecret, WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8', SECRET_KEY: secretKey.toString('base64'), METRICS_TOKEN: metricsToken,
      SMTP_URL: `smtp://postmaster:${mailPassword}@${NOWHERE}`, MAIL_FROM: 'partners@example.com',
    };
    const output = await outputOf(env, async (url) => {
      const as = (name: string, scope = ''): Person => new Person(url, `${name}@example.com`, tokenFor({ sub: name, email: `${name}@example.com`, scope }));
      const owner = as('owner');
      await as('operator', 'operator').mutate('registerApp', { appId: 'a1', name: 'One', licences: 5, ownerKeapId: 'owner@example.com' });
      const { secret } = await as('operator', 'operator').mutate('registerWebhook', { url: `https://${NOWHERE}/` }, 'secret');
      tokens.push(secret);
      const invited = await owner.mutate('invitePartner', { appId: 'a1', keapId: 'invited@example.com', role: 'STANDARD' }, 'invitation { invitationId }');
      await owner.mutate('resendInvitation', { appId: 'a1', invitationId: invited.invitation.invitationId });
      const [first, second] = [1, 2].map((sent) => links.tokenOf(invited.invitation.invitationId, sent));
      tokens.push(first ?? '', second ?? '', links.tokenOf(randomUUID(), 1));
      for (const token of tokens.slice(-3)) {
        await post(url, JSON.stringify({ query: `{ invitation(token: "${token}") { status } }` }));
        await fetch(`${url}/graphql?query=${encodeURIComponent(`{ invitation(token: "${token}") { status } }`)}`, { headers: { 'apollo-require-preflight': '1' } });
        await fetch(`${url}/invitation?token=${token}`);
        await post(url, `{"query": "{ invitation(token: \\"${token}\\"", `);
        await post(url, JSON.stringify({ query: `{ invitation(token: "${token}") { nothing } }` }));
      }
      await as('invited').mutate('acceptInvitation', { token: first }, 'position');
      await as('invited').mutate('acceptInvitation', { token: second, idempotencyKey: 'key' }, 'position');
      for (const wrong of [tokenFor({ sub: 'x', email: 'x@example.com', exp: 1 }), tokenFor({ sub: 'x' }), `${tokenFor({ sub: 'x', email: 'x@example.com' })}x`]) {
        tokens.push(wrong);
        await post(url, '{"query":"{ viewer { keapId } }"}', { authorization: `Bearer ${wrong}` });
        await post(url, '{"query":"{ viewer { keapId } }"}', { authorization: `Basic ${wrong}` });
      }
      await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${metricsToken}` } });
      await fetch(`${url}/health/ready`);
    });
    // The mail server that is not there has been written about.
    expect(output).toMatch(/"level":\d\d/);
    const secrets = [jwtSecret, secretKey.toString('base64'), secretKey.toString('hex'), secretKey.toString('base64url'), metricsToken, mailPassword, ...tokens];
    expect(secrets.length).toBeGreaterThan(15);
    expect(secrets.filter((secret) => shapesOf(secret).some((shape) => output.includes(shape)))).toEqual([]);
  });

  it('contains no secrets of an unreachable sign-in provider or store', async () => {
    const issuer = await TokenIssuer.start();
    const clientSecret = randomBytes(16).toString('hex');
    const storePassword = randomBytes(16).toString('hex');
    const secretKey = randomBytes(32).toString('base64');
    const token = issuer.token();
    const env = {
      AUTH_ISSUER: issuer.issuer, AUTH_AUDIENCE: issuer.audience, AUTH_INTROSPECTION_CLIENT_ID: 'us', AUTH_INTROSPECTION_CLIENT_SECRET: clientSecret,
      SECRET_KEY: secretKey, EVENTSTORE_URL: `esdb://admin:${storePassword}@${NOWHERE}?tls=false`,
    };
    const output = await outputOf(env, async (url) => {
      const ask = (): Promise<Response> => post(url, '{"query":"{ viewer { keapId } }"}', { authorization: `Bearer ${token}` });
      await ask();
      issuer.introspected = null;
      await post(url, '{"query":"{ viewer { keapId } }"}', { authorization: 'Bearer opaque-token-of-somebody' });
      issuer.answers = false;
      await ask();
      await fetch(`${url}/health/ready`);
    });
    await issuer.stop();
    expect(output).toContain('The sign-in provider could not be asked');
    expect([clientSecret, storePassword, secretKey, token, 'opaque-token-of-somebody'].filter((secret) => shapesOf(secret).some((shape) => output.includes(shape)))).toEqual([]);
  });
});
