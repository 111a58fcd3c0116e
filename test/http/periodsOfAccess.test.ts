import { GivenApp } from '../support/givenApp';
import type { Json, Person } from '../support/person';
import { TestService } from '../support/testService';

const PERIODS = `query ($appIds: [ID!], $keapId: String, $roles: [UserRole!], $kinds: [UserKind!], $from: DateTimeISO, $to: DateTimeISO, $first: Int, $after: String) {
  periodsOfAccess(appIds: $appIds, keapId: $keapId, roles: $roles, kinds: $kinds, from: $from, to: $to, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { keapId name kind role from to user { userId app { appId } } began { type reason } ended { type reason actor { name } } } } }`;
const DIFF = 'query ($appId: ID!, $from: AsOf!) { membershipDiff(appId: $appId, from: $from) { joined { keapId } left { keapId } roleChanged { from to } between { keapId role began { type } ended { type } user { status } } } }';

describe('periods of access', () => {
  let service: TestService;
  let app: GivenApp;
  let auditor: Person;
  beforeAll(async () => {
    service = await TestService.start();
    auditor = await service.as('auditor@example.com', 'auditor');
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    app = await GivenApp.register(service);
  });

  const periods = async (reader: Person, variables: object = {}): Promise<Json> => (await reader.read(PERIODS, variables)).periodsOfAccess;
  const codesFor = async (reader: Person, variables: object = {}): Promise<readonly string[]> => (await reader.ask(PERIODS, variables)).errors.map(({ extensions }) => extensions.code);

  it('are one row for each stay and role, with the events that began and ended it', async () => {
    const { appId, owner } = app;
    const { person, userId } = await app.join('Paula');
    await owner.mutate('changeUserRole', { appId, userId, role: 'ADMIN', reason: 'Leads the campaign' });
    await person.mutate('leaveApp', { appId, confirmAppId: appId });
    const again = await app.join('Paula');
    await owner.mutate('removeUser', { appId, userId, reason: 'Has left the agency' });
    expect(again.userId).toBe(userId);
    const { nodes, totalCount } = await periods(owner, { appIds: [appId] });
    expect(nodes.map(({ name, kind, role, began, ended, user }: Json) => [name, kind, role, began, ended, user])).toEqual([
      ['Olivia Owner', 'USER', 'ADMIN', { type: 'OwnerAdded', reason: null }, null, { userId: app.ownerUserId, app: { appId } }],
      ['Paula', 'PARTNER', 'STANDARD', { type: 'InvitationAccepted', reason: null }, { type: 'UserRoleChanged', reason: 'Leads the campaign', actor: { name: 'Olivia Owner' } }, { userId, app: { appId } }],
      ['Paula', 'PARTNER', 'ADMIN', { type: 'UserRoleChanged', reason: 'Leads the campaign' }, { type: 'PartnerLeftApp', reason: null, actor: { name: 'Paula' } }, { userId, app: { appId } }],
      ['Paula', 'PARTNER', 'STANDARD', { type: 'InvitationAccepted', reason: null }, { type: 'UserRemoved', reason: 'Has left the agency', actor: { name: 'Olivia Owner' } }, { userId, app: { appId } }],
    ]);
    expect(totalCount).toBe(4);
    for (const { from, to } of nodes.slice(1)) expect(from <= to).toBe(true);
    const filtered = await periods(owner, { appIds: [appId], keapId: person.keapId.toUpperCase(), roles: ['ADMIN'], kinds: ['PARTNER'] });
    expect(filtered.nodes).toEqual([nodes[2]]);
    const pages = await periods(owner, { appIds: [appId], first: 3 });
    expect((await periods(owner, { appIds: [appId], first: 3, after: pages.pageInfo.endCursor })).nodes).toEqual([nodes[3]]);
  });

  it('say who invited the person to the stay, and why it began', async () => {
    const { appId, owner } = app;
    const invited: Json = await owner.mutate('invitePartner', { appId, keapId: `paula@${appId}.example`, role: 'STANDARD', reason: 'Ticket 7' }, 'user { userId } invitation { developmentToken }');
    await (await service.as(`paula@${appId}.example`)).mutate('acceptInvitation', { token: invited.invitation.developmentToken });
    await owner.mutate('changeUserRole', { appId, userId: invited.user.userId, role: 'ADMIN', reason: 'Leads it' });
    const { periodsOfAccess } = await owner.read('query ($appIds: [ID!]) { periodsOfAccess(appIds: $appIds) { nodes { role reason invitedBy { name } } } }', { appIds: [appId] });
    expect(periodsOfAccess.nodes).toEqual([
      { role: 'ADMIN', reason: null, invitedBy: null }, { role: 'STANDARD', reason: 'Ticket 7', invitedBy: { name: 'Olivia Owner' } }, { role: 'ADMIN', reason: 'Leads it', invitedBy: { name: 'Olivia Owner' } },
    ]);
  });

  it('that began and ended between two moments are told by their difference, which nothing else tells', async () => {
    const { appId, owner } = app;
    const { person, userId } = await app.join('Stays');
    const { position } = await owner.mutate('changeUserRole', { appId, userId, role: 'ADMIN' });
    const passing = await app.join('Passing');
    await owner.mutate('removeUser', { appId, userId: passing.userId });
    await owner.mutate('changeUserRole', { appId, userId, role: 'STANDARD' });
    await owner.mutate('changeUserRole', { appId, userId, role: 'ADMIN' });
    const { membershipDiff } = await owner.read(DIFF, { appId, from: { position } });
    expect(membershipDiff).toEqual({
      joined: [], left: [], roleChanged: [],
      between: [
        { keapId: passing.person.keapId, role: 'STANDARD', began: { type: 'InvitationAccepted' }, ended: { type: 'UserRemoved' }, user: { status: 'REMOVED' } },
        { keapId: person.keapId, role: 'STANDARD', began: { type: 'UserRoleChanged' }, ended: { type: 'UserRoleChanged' }, user: { status: 'ACTIVE' } },
      ],
    });
  });

  it('are read by admins of their own apps, and by auditors of all apps', async () => {
    const other = await GivenApp.register(service);
    const both = await app.join('both', 'ADMIN');
    const invited: Json = await other.owner.mutate('invitePartner', { appId: other.appId, keapId: both.person.keapId, role: 'ADMIN' }, 'invitation { developmentToken }');
    await both.person.mutate('acceptInvitation', { token: invited.invitation.developmentToken });
    const { person: standard } = await app.join('standard');
    const appsOf = async (reader: Person, variables: object = {}): Promise<readonly string[]> => [...new Set((await periods(reader, variables)).nodes.map(({ user }: Json) => user.app.appId))].sort() as string[];
    const [own, two] = [[app.appId], [app.appId, other.appId].sort()];
    expect([await appsOf(app.owner), await appsOf(both.person), await appsOf(both.person, { appIds: own })]).toEqual([own, two, own]);
    expect(await appsOf(both.person, { appIds: [] })).toEqual([]);
    expect(await appsOf(auditor)).toEqual(expect.arrayContaining(two));
    expect(await appsOf(auditor, { appIds: ['nowhere', app.appId] })).toEqual(own);
    const operator = await service.as('operator@example.com', 'operator');
    for (const reader of [standard, operator, await service.as('stranger@example.com')]) {
      expect([await codesFor(reader), await codesFor(reader, { appIds: [] }), await codesFor(reader, { appIds: own })]).toEqual([['FORBIDDEN'], ['FORBIDDEN'], ['FORBIDDEN']]);
    }
    expect(await codesFor(app.owner, { appIds: two })).toEqual(['FORBIDDEN']);
    await app.owner.mutate('removeUser', { appId: app.appId, userId: both.userId });
    expect(await appsOf(both.person)).toEqual([other.appId]);
    expect(await codesFor(both.person, { appIds: own })).toEqual(['FORBIDDEN']);
  });

  it('are those of a role and a kind, however often these are named', async () => {
    const { appId, owner } = app;
    const often = { roles: Array.from({ length: 12_000 }, () => 'ADMIN'), kinds: Array.from({ length: 12_000 }, () => 'USER') };
    expect((await periods(owner, { appIds: [appId], ...often })).totalCount).toBe(1);
    expect((await periods(auditor, { appIds: [appId], ...often })).totalCount).toBe(1);
    const recorded: unknown[] = [];
    for await (const { type, data } of service.running.membership.store.readAll()) if (type === 'AuditorRead' && data['read'] === 'periodsOfAccess') recorded.push(data['filter']);
    expect(recorded.at(-1)).toEqual({ appIds: [appId], roles: ['ADMIN'], kinds: ['USER'] });
  });

  it('are refused for more apps, longer texts and larger pages than allowed, and for a cursor of another list', async () => {
    const { pageInfo } = await periods(auditor, { first: 1 });
    for (const variables of [
      { appIds: Array.from({ length: 101 }, (_, index) => `app-${index}`) }, { keapId: 'x'.repeat(255) }, { appIds: ['x'.repeat(255)] }, { first: 201 }, { roles: ['ADMIN'], after: pageInfo.endCursor }, { from: 'yesterday' },
    ]) expect(await codesFor(auditor, variables)).toEqual(['BAD_USER_INPUT']);
  });
});
