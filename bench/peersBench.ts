import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { ChildServer } from './childServer';
import { CONNECTIONS, load, type LoadResult, type Sent } from './load';
import { type Alternative, interleaved, median, ROUNDS, withDirectory, type BenchOptions } from './measure';
import type { ResultRow, ResultTable } from './resultTable';
import { answerTo, authorization, invitationTo, makeApps, pageOf, type ServedApp } from './servedApps';
import { JWT_SECRET, serviceEnvironment, untilReady } from './servedLog';

/** Where the peers are, with packages of their own. */
const PEERS = join(__dirname, '../../bench/peers');
const GRAPHQL_PEERS = ['apollo', 'yoga', 'mercurius', 'mercurius-jit'];

const ALL_USERS = `query ($appId: ID!, $after: String) {
  app(appId: $appId) { appId name users(first: 200, after: $after) { pageInfo { hasNextPage endCursor } nodes { userId keapId name kind role status joinedAt invitedBy { userId } } } }
}`;

/** A user as a peer stores it. */
interface User {
  readonly userId: string;
  readonly keapId: string;
  readonly name: string | null;
  readonly kind: string;
  readonly role: string;
  readonly status: string;
  readonly joinedAt: string | null;
  readonly invitedBy: { readonly userId: string } | null;
}

interface PageOfUsers {
  readonly data: { readonly app: { readonly name: string; readonly users: { readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }; readonly nodes: readonly User[] } } };
}

/** The same page of users from other GraphQL servers with the same SQL, and invitations of an organization in better-auth. Says so where they are not installed. */
export async function peersBench({ quick, progress }: BenchOptions): Promise<readonly ResultTable[]> {
  if (!existsSync(join(PEERS, 'node_modules'))) {
    progress('skipped, because the other servers are not installed. Run: npm install --prefix bench/peers');
    return [];
  }
  return withDirectory(async (directory) => {
    progress('making apps');
    const own = join(directory, 'own');
    mkdirSync(own);
    const [listed, ...others] = await makeApps(own);
    if (listed === undefined) throw new Error('There have to be apps.');
    const servers: ChildServer[] = [];
    const started = async (file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<ChildServer> => {
      const server = await ChildServer.start(file, args, { NODE_ENV: 'production', ...env });
      servers.push(server);
      return server;
    };
    try {
      const service = await started(join(__dirname, '../src/main.js'), [], serviceEnvironment(own));
      await untilReady(service.url);
      const file = join(directory, 'peers.db');
      await copyUsers(service, listed, file);
      const page: readonly Sent[] = [{ path: '/graphql', headers: authorization(listed), body: pageOf(listed, 0) }];
      const otherPage: readonly Sent[] = [{ path: '/graphql', headers: authorization(listed), body: (request) => pageOf(listed, request) }];
      const answer = join(directory, 'answer.json');
      const expected = await answerTo(service, page[0]);
      writeFileSync(answer, expected);
      const plain = await started(join(__dirname, 'plainServer.js'), [answer]);
      const seconds = quick ? 1 : 5;
      const pages: Alternative<LoadResult>[] = [
        { name: 'limit: node:http and JSON', run: () => load(plain, seconds, () => page.map((sent) => ({ ...sent, path: '/0' })), '"nodes"') },
        { name: 'this service, the same request again', run: () => load(service, seconds, () => page, '"nodes"') },
        { name: 'this service, requests that were not sent before', run: () => load(service, seconds, () => otherPage, '"nodes"') },
      ];
      for (const peer of GRAPHQL_PEERS) {
        const server = await started(join(PEERS, 'graphqlServer.mjs'), [peer, file, JWT_SECRET]);
        const answered = await answerTo(server, page[0]);
        if (sorted(answered) !== sorted(expected)) throw new Error(`${peer} answers something else: ${answered.slice(0, 500)}`);
        pages.push({ name: peer, run: () => load(server, seconds, () => page, '"nodes"') });
      }
      const bought = join(directory, 'better-auth');
      mkdirSync(bought);
      const betterAuth = await started(join(PEERS, 'betterAuthServer.mjs'), [bought, String(CONNECTIONS)]);
      const organizations = JSON.parse(readFileSync(join(bought, 'organizations.json'), 'utf8')) as readonly Organization[];
      const invitations: readonly Alternative<LoadResult>[] = [
        { name: 'this service, with the message', run: () => load(service, Math.max(3, seconds), (connection) => [invitationTo(others[connection] ?? listed)], 'InvitePartnerSuccess') },
        { name: 'better-auth, without a message', run: () => load(betterAuth, Math.max(3, seconds), (connection) => [memberOf(organizations[connection])], '"pending"') },
      ];
      return [
        await compared(`A page of 50 users, ${CONNECTIONS} connections`, pages, progress),
        await compared(`Invitations, ${CONNECTIONS} connections in ${CONNECTIONS} apps or organizations`, invitations, progress),
      ];
    } finally {
      for (const server of servers) await server.stop();
    }
  });
}

interface Organization {
  readonly token: string;
  readonly organizationId: string;
}

function memberOf(organization: Organization | undefined): Sent {
  if (organization === undefined) throw new Error('Each connection has an organization.');
  const { token, organizationId } = organization;
  return {
    path: '/api/auth/organization/invite-member',
    headers: { authorization: `Bearer ${token}` },
    body: (request) => JSON.stringify({ email: `partner${request}@agency.example`, role: 'member', organizationId }),
  };
}

async function compared(title: string, alternatives: readonly Alternative<LoadResult>[], progress: (text: string) => void): Promise<ResultTable> {
  progress('warming up');
  for (const { run } of alternatives) await run();
  const results = await interleaved(alternatives, ROUNDS, progress);
  const rateOf = (name: string): number => median((results.get(name) ?? []).map(({ requestsPerSecond }) => requestsPerSecond));
  const first = rateOf(alternatives[0]?.name ?? '');
  const rowOf = ({ name }: Alternative<LoadResult>): ResultRow => {
    const some = results.get(name) ?? [];
    return {
      name,
      values: [rateOf(name), rateOf(name) / first, median(some.map(({ latencyMs }) => latencyMs.median)), median(some.map(({ latencyMs }) => latencyMs.p99)), median(some.map(({ cpuMicroseconds }) => cpuMicroseconds))],
    };
  };
  return { title, columns: ['requests/s', 'of the first row', 'median ms', 'p99 ms', 'server CPU us'], rows: alternatives.map(rowOf) };
}

/** Copies the users of an app into a database of the peers, in the order of the list. */
async function copyUsers(service: ChildServer, app: ServedApp, file: string): Promise<void> {
  const database = new Database(file);
  database.exec(`
    CREATE TABLE apps (app_id TEXT PRIMARY KEY, name TEXT);
    CREATE TABLE users (user_id TEXT PRIMARY KEY, app_id TEXT, keap_id TEXT, name TEXT, kind TEXT, role TEXT, status TEXT, joined_at TEXT, invited_by TEXT, sort_name INTEGER) WITHOUT ROWID;
    CREATE INDEX users_by_name ON users (app_id, sort_name, user_id) WHERE status IN ('ACTIVE', 'INVITED');
    CREATE INDEX users_by_keap_id ON users (app_id, keap_id);
  `);
  const insert = database.prepare('INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  let count = 0;
  let after: string | null = null;
  do {
    const body = JSON.stringify({ query: ALL_USERS, variables: { appId: app.appId, after } });
    const { data } = JSON.parse(await answerTo(service, { path: '/graphql', headers: authorization(app), body })) as PageOfUsers;
    const { name, users }: PageOfUsers['data']['app'] = data.app;
    if (after === null) database.prepare('INSERT INTO apps VALUES (?, ?)').run(app.appId, name);
    database.transaction(() => {
      for (const user of users.nodes) insert.run(user.userId, app.appId, user.keapId, user.name, user.kind, user.role, user.status, user.joinedAt, user.invitedBy?.userId ?? null, count++);
    })();
    after = users.pageInfo.hasNextPage ? users.pageInfo.endCursor : null;
  } while (after !== null);
  database.close();
}

/** The answer as text with sorted users, because users with one name stand in another order. */
function sorted(answer: string): string {
  const { data } = JSON.parse(answer) as PageOfUsers;
  return JSON.stringify(data.app.users.nodes.map((user) => JSON.stringify(user)).sort());
}
