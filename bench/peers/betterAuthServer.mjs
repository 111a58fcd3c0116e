import { createServer } from 'node:http';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { bearer, organization } from 'better-auth/plugins';
import { LibsqlDialect } from 'kysely-libsql';

/**
 * better-auth's organizations, which invite members by e-mail: `betterAuthServer.mjs DIRECTORY COUNT`. It makes COUNT organizations, writes their ids and their owners' tokens
 * to `organizations.json` in the directory, and prints `Listening on URL`, as ChildServer expects.
 */
const [directory, count] = process.argv.slice(2);
const options = {
  baseURL: 'http://127.0.0.1',
  secret: 'a secret of the benchmark, known to all of its processes',
  database: { dialect: new LibsqlDialect({ url: `file:${join(directory, 'auth.db')}` }), type: 'sqlite' },
  emailAndPassword: { enabled: true, password: { hash: async (password) => password, verify: async () => true } },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
  advanced: { disableCSRFCheck: true, disableOriginCheck: true },
  plugins: [organization({ invitationLimit: 1e9, membershipLimit: 1e9, sendInvitationEmail: async () => {} }), bearer()],
};
const auth = betterAuth(options);
await (await getMigrations(options)).runMigrations();

const made = [];
for (let number = 0; number < Number(count); number += 1) {
  const { response } = await auth.api.signUpEmail({ body: { email: `owner${number}@example.com`, password: 'a password', name: `Owner ${number}` }, returnHeaders: true });
  const headers = new Headers({ authorization: `Bearer ${response.token}` });
  const { id } = await auth.api.createOrganization({ body: { name: `Organization ${number}`, slug: `organization${number}` }, headers });
  made.push({ token: response.token, organizationId: id });
}
writeFileSync(join(directory, 'organizations.json'), JSON.stringify(made));

const server = createServer(toNodeHandler(auth)).listen(0, '127.0.0.1', () => { process.stdout.write(`Listening on http://127.0.0.1:${server.address().port}\n`); });
