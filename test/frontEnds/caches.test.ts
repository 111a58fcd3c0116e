import { setTimeout as pause } from 'node:timers/promises';
import { GivenApp } from '../support/givenApp';
import type { Person } from '../support/person';
import { TestService } from '../support/testService';
import { CLIENTS, OpenClients, SentRequests, type FrontEnd } from './clients';

const NO_LIMITS = { UNSIGNED_REQUESTS_PER_MINUTE: '0', INVITATIONS_PER_APP_PER_DAY: '0', INVITATIONS_PER_RECIPIENT_PER_DAY: '0' };

describe('the normalised cache of', () => {
  const sent = new SentRequests();
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.start({ env: NO_LIMITS });
  });
  afterAll(() => service.close());

  describe.each(CLIENTS)('%s', (_name, Client) => {
    const clients = new OpenClients(Client);
    const wholeList = async (client: FrontEnd, appId: string): Promise<readonly unknown[]> => {
      await client.users(appId);
      await client.moreUsers(appId);
      return client.users(appId);
    };
    /** Checks that an action sends no request but its own, and that the cache then has what the service returns. */
    const isRightAfter = async (action: () => Promise<string>, person: Person, client: FrontEnd, read: (client: FrontEnd) => Promise<unknown>): Promise<string> => {
      let text = '';
      expect(await sent.during(async () => (text = await action()))).toBe(1);
      let cached: unknown;
      expect(await sent.during(async () => (cached = await read(client)))).toBe(0);
      expect(cached).toEqual(await read(clients.of(person)));
      return text;
    };

    it('has the live list as it was, after the list of the past was read', async () => {
      const app = await GivenApp.register(service);
      const { userId } = await app.join('first');
      await pause(5);
      const time = new Date().toISOString();
      await pause(5);
      await app.owner.mutate('changeUserRole', { appId: app.appId, userId, role: 'ADMIN' });
      for (let index = 0; index < 20; index += 1) await app.invite(`partner ${index}`);

      const client = clients.of(app.owner);
      const live = await wholeList(client, app.appId);
      expect(live).toHaveLength(22);
      const past = await client.users(app.appId, time);
      expect(past.map(({ role }) => role).sort()).toEqual(['ADMIN', 'STANDARD']);
      expect(live).toContainEqual(expect.objectContaining({ userId, role: 'ADMIN' }));
      expect(past).toContainEqual(expect.objectContaining({ userId, role: 'STANDARD' }));
      expect(await sent.during(async () => expect(await client.users(app.appId)).toEqual(live))).toBe(0);
      expect(await sent.during(async () => expect(await client.users(app.appId, time)).toEqual(past))).toBe(0);
    });

    it('has the right user list after an invitation and a removal, without reading a page again', async () => {
      const app = await GivenApp.register(service);
      const { appId, owner } = app;
      const leaving = await app.join('leaving');
      const heir = await app.join('heir');
      for (let index = 0; index < 19; index += 1) await app.invite(`partner ${index}`);
      await app.assign(leaving.userId, 'c1', 'c2');
      const list = async (client: FrontEnd): Promise<unknown> => (client === admin ? client.users(appId) : wholeList(client, appId));
      const admin = clients.of(owner);
      await wholeList(admin, appId);

      for (const keapId of ['aa@first.example', 'qq@middle.example', 'zz@last.example']) {
        expect(await isRightAfter(() => admin.invite(appId, keapId), owner, admin, list)).toBe(`${keapId} is invited.`);
      }
      expect(await isRightAfter(() => admin.remove(appId, leaving.userId, null), owner, admin, list)).toMatch(/^Reassign 2 contacts first, such as c1, c2/);
      expect(await isRightAfter(() => admin.remove(appId, leaving.userId, heir.userId), owner, admin, list)).toBe(`${leaving.person.keapId} is removed.`);
      const users = await admin.users(appId);
      expect(users).toContainEqual(expect.objectContaining({ userId: heir.userId, assignedContactCount: 2 }));
      expect(users).not.toContainEqual(expect.objectContaining({ userId: leaving.userId }));
    });

    it('has the right Account Central after accepting, declining and leaving, without reading it again', async () => {
      const [first, second] = [await GivenApp.register(service), await GivenApp.register(service)];
      const invited = await first.invite('partner');
      const { person } = invited;
      const offered = await second.owner.mutate('invitePartner', { appId: second.appId, keapId: person.keapId, role: 'STANDARD' }, 'invitation { invitationId }');
      const partner = clients.of(person);
      const central = (client: FrontEnd): Promise<unknown> => client.accountCentral();
      expect((await partner.accountCentral())?.invitations.map(({ appId }) => appId).sort()).toEqual([first.appId, second.appId].sort());

      expect(await isRightAfter(() => partner.accept(first.appId, invited.invitationId), person, partner, central)).toBe('You have access.');
      expect(await isRightAfter(() => partner.decline(second.appId, offered.invitation.invitationId), person, partner, central)).toBe('You declined the invitation.');
      await first.assign(invited.userId, 'c1');
      expect(await partner.leave(first.appId)).toBe('Reassign 1 contacts first, such as c1.');
      await first.owner.mutate('unassignContacts', { appId: first.appId, contactIds: ['c1'] });
      expect(await isRightAfter(() => partner.leave(first.appId), person, partner, central)).toBe(`You left ${first.appId}.`);
      expect(await partner.accountCentral()).toMatchObject({ accounts: { nodes: [] }, invitations: [] });
    });
  });
});
