import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { untilFollowed } from '../support/following';
import { GivenApp } from '../support/givenApp';
import { temporaryDirectory } from '../support/temporaryDirectory';
import { TestService } from '../support/testService';
import { CLIENTS, OpenClients, SentRequests, until } from './clients';

const TOP = join(__dirname, '../..');
const NO_LIMITS = { UNSIGNED_REQUESTS_PER_MINUTE: '0', INVITATIONS_PER_APP_PER_DAY: '0', INVITATIONS_PER_RECIPIENT_PER_DAY: '0' };
const TRANSPORTS = ['graphql-ws', 'graphql-sse'] as const;
const GENERATED = 'docs/front-ends/generated';

describe('the front ends of the documents', () => {
  const sent = new SentRequests();
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.start({ env: NO_LIMITS });
  });
  afterAll(() => service.close());

  describe.each(CLIENTS)('%s', (_name, Client, manifest) => {
    const clients = new OpenClients(Client);

    it.each(TRANSPORTS)('shows an accepted invitation in both lists by itself, over %s', async (transport) => {
      const app = await GivenApp.register(service);
      const { person, token, userId } = await app.invite('partner');
      const [admin, partner] = [clients.of(app.owner, { transport }), clients.of(person, { transport })];
      const stops = [admin.followUsers(app.appId), partner.followAccountCentral()];
      await admin.users(app.appId);
      await partner.accountCentral();
      await untilFollowed(service.url, (open) => open === 2);
      await person.mutate('acceptInvitation', { token });
      const requests = await sent.during(async () => {
        await until(async () => (await admin.users(app.appId)).some((user) => user.userId === userId && user.status === 'ACTIVE'));
        await until(async () => (await partner.accountCentral())?.accounts.nodes.length === 1);
      });
      expect(requests).toBe(0);
      for (const stop of stops) stop();
      await untilFollowed(service.url, (open) => open === 0);
    });

    it.each(TRANSPORTS)('goes on with a new token when the service refuses the old one, over %s', async (transport) => {
      const app = await GivenApp.register(service);
      const tokens = ['expired', app.owner.token ?? ''];
      const signIn = {
        token: () => tokens[0] ?? '',
        refresh: async () => {
          if (tokens.length > 1) tokens.shift();
        },
      };
      const live = clients.of(app.owner, { signIn, transport });
      const stop = live.followUsers(app.appId);
      await untilFollowed(service.url, (open) => open === 1);
      stop();
      await untilFollowed(service.url, (open) => open === 0);

      tokens.unshift('expired');
      expect(await live.users(app.appId)).toHaveLength(1);
      expect(tokens).toEqual([app.owner.token]);
    });

    it('reads what it wrote, on any replica', async () => {
      const app = await GivenApp.register(service);
      const admin = clients.of(app.owner);
      expect(await admin.invite(app.appId, 'new@partner.example')).toBe('new@partner.example is invited.');
      const { membershipEvents } = await app.owner.read('query ($appId: ID!) { membershipEvents(filter: { appId: $appId, types: ["PartnerInvited"] }) { nodes { position } } }', { appId: app.appId });
      await admin.users(app.appId);
      expect(sent.all.at(-1)?.headers.get('x-min-position')).toBe(membershipEvents.nodes[0].position);
    });

    it('shows a new label at once, and the earlier one again when it is refused', async () => {
      const app = await GivenApp.register(service);
      const owner = clients.of(app.owner);
      const labels = async (): Promise<unknown> => (await owner.accountCentral())?.accounts.nodes.map(({ label }) => label);
      const [account] = (await owner.accountCentral())?.accounts.nodes ?? [];
      const setting = owner.setLabel(account!, 'Mine');
      expect(await labels()).toEqual(['Mine']);
      await setting;
      expect(await labels()).toEqual(['Mine']);
      const refused = owner.setLabel(account!, ' ');
      expect(await labels()).toEqual([' ']);
      await refused;
      expect(await sent.during(async () => expect(await labels()).toEqual(['Mine']))).toBe(0);
    });

    it.each(TRANSPORTS)('works with a service that answers only the operations of its manifest, over %s', async (transport) => {
      const directory = temporaryDirectory();
      const SAFELIST = join(directory.path, 'operations.json');
      const texts = sent.all.flatMap(({ query }) => query ?? []).map((query, index) => [`test-${index}`, query] as const);
      const operations = JSON.parse(readFileSync(join(TOP, GENERATED, manifest), 'utf8')) as object;
      writeFileSync(SAFELIST, JSON.stringify({ ...operations, ...Object.fromEntries(texts.filter(([, query]) => /^\w+ \(/.test(query))) }));
      const safe = await TestService.start({ env: { ...NO_LIMITS, SAFELIST } });
      const app = await GivenApp.register(safe);
      const { person, invitationId, userId } = await app.invite('partner');
      const [admin, partner] = [clients.of(app.owner, { transport, byHash: true }), clients.of(person, { transport, byHash: true })];
      const stop = admin.followUsers(app.appId);
      expect(await admin.users(app.appId)).toHaveLength(2);
      await untilFollowed(safe.url, (open) => open === 1);
      expect(await partner.accept(app.appId, invitationId)).toBe('You have access.');
      await until(async () => (await admin.users(app.appId)).some((user) => user.userId === userId && user.status === 'ACTIVE'));
      await expect(app.owner.read('{ viewer { keapId } }')).rejects.toThrow('registered operations only');
      stop();
      await safe.close();
      directory.remove();
    });
  });
});
