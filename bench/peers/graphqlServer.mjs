import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import DataLoader from 'dataloader';
import Database from 'libsql';

/**
 * A page of users with the same SQL, answered by another GraphQL server: `graphqlServer.mjs apollo|yoga|mercurius|mercurius-jit DATABASE SECRET`.
 * It prints `Listening on URL`, as ChildServer expects.
 */
const [variant, file, secret] = process.argv.slice(2);
const database = new Database(file);
database.pragma('journal_mode = WAL');

const COLUMNS = 'user_id AS userId, keap_id AS keapId, name, kind, role, status, joined_at AS joinedAt, invited_by AS invitedById';
const appById = database.prepare('SELECT app_id AS appId, name FROM apps WHERE app_id = ?');
const memberOf = database.prepare("SELECT 1 AS found FROM users WHERE app_id = ? AND keap_id = ? AND status = 'ACTIVE'");
const usersPage = database.prepare(`SELECT ${COLUMNS} FROM users INDEXED BY users_by_name WHERE app_id = ? AND status IN ('ACTIVE', 'INVITED') ORDER BY sort_name, user_id LIMIT ?`);
const usersById = database.prepare(`SELECT ${COLUMNS} FROM users WHERE user_id IN (SELECT value FROM json_each(?))`);

const typeDefs = `
  type Query { app(appId: ID!): App }
  type App { appId: ID! name: String! users(first: Int!): UserConnection! }
  type UserConnection { nodes: [User!]! }
  type User { userId: ID! keapId: String! name: String kind: String! role: String! status: String! usesLicence: Boolean! joinedAt: String invitedBy: User }
`;
const resolvers = {
  Query: { app: (_root, { appId }, { me }) => (me !== null && memberOf.get(appId, me) !== undefined ? appById.get(appId) : null) },
  App: { users: ({ appId }, { first }) => ({ nodes: usersPage.all(appId, first) }) },
  User: {
    usesLicence: ({ kind, status }) => kind === 'USER' && status === 'ACTIVE',
    invitedBy: ({ invitedById }, _arguments, { users }) => (invitedById === null ? null : users.load(invitedById)),
  },
};

const known = new Map();

/** The e-mail address in a token that is signed with the secret; null without one. */
function personOf(authorization) {
  if (!authorization) return null;
  if (known.has(authorization)) return known.get(authorization);
  const [head, claims, signature] = authorization.slice('Bearer '.length).split('.');
  if (createHmac('sha256', secret).update(`${head}.${claims}`).digest('base64url') !== signature) return null;
  const { email } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  known.set(authorization, email);
  return email;
}

const contextOf = (authorization) => ({
  me: personOf(authorization),
  users: new DataLoader(async (ids) => {
    const found = new Map(usersById.all(JSON.stringify(ids)).map((user) => [user.userId, user]));
    return ids.map((id) => found.get(id) ?? null);
  }),
});

const listening = (address) => { process.stdout.write(`Listening on ${address}\n`); };
const HOST = '127.0.0.1';

const SERVERS = {
  async apollo() {
    const { ApolloServer } = await import('@apollo/server');
    const { startStandaloneServer } = await import('@apollo/server/standalone');
    const { url } = await startStandaloneServer(new ApolloServer({ typeDefs, resolvers }), { listen: { port: 0, host: HOST }, context: async ({ req }) => contextOf(req.headers.authorization) });
    listening(url.replace(/\/$/, ''));
  },
  async yoga() {
    const { createSchema, createYoga } = await import('graphql-yoga');
    const yoga = createYoga({ schema: createSchema({ typeDefs, resolvers }), context: ({ request }) => contextOf(request.headers.get('authorization')), logging: false, graphiql: false, landingPage: false });
    const server = createServer(yoga).listen(0, HOST, () => { listening(`http://${HOST}:${server.address().port}`); });
  },
  mercurius: () => mercuriusServer(0),
  'mercurius-jit': () => mercuriusServer(1),
};

async function mercuriusServer(jit) {
  const { default: fastify } = await import('fastify');
  const { default: mercurius } = await import('mercurius');
  const app = fastify();
  app.register(mercurius, { schema: typeDefs, resolvers, context: (request) => contextOf(request.headers.authorization), path: '/graphql', jit });
  listening(await app.listen({ port: 0, host: HOST }));
}

if (!Object.hasOwn(SERVERS, variant)) throw new Error(`There is no server ${variant}; there are ${Object.keys(SERVERS).join(', ')}.`);
await SERVERS[variant]();
