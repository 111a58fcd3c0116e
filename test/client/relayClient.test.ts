import type { IEnvironment } from 'relay-runtime';
import { GivenApp } from '../support/givenApp';
import type { Json } from '../support/person';
import { TestService } from '../support/testService';
import { ClientBuild } from './clientBuild';

interface UserListView {
  readonly accountName: string;
  readonly users: readonly Json[];
  readonly ids: readonly string[];
  load(): Promise<number>;
}

/** The modules of the compiled client; their own types were checked when they were compiled. */
interface Modules {
  readonly environment: { environmentOf(url: string, token: string): IEnvironment };
  readonly userList: { UserList: new (environment: IEnvironment, variables: object) => UserListView; refetchUser(environment: IEnvironment, id: string): Promise<Json> };
  readonly membership: {
    accountCentral(environment: IEnvironment): Promise<Json>;
    invite(environment: IEnvironment, input: object): Promise<string>;
    accept(environment: IEnvironment, input: object): Promise<Json>;
    leave(environment: IEnvironment, appId: string): Promise<string>;
  };
}

describe('a Relay client', () => {
  let build: ClientBuild;
  let service: TestService;
  let client: Modules;
  beforeAll(async () => {
    build = ClientBuild.prepare();
    expect(await build.generate()).toMatchObject({ succeeded: true });
    expect(await build.compile()).toEqual({ succeeded: true, output: '' });
    client = { environment: build.load('environment.js'), userList: build.load('userList.js'), membership: build.load('membership.js') };
    service = await TestService.start();
  }, 120_000);
  afterAll(async () => {
    await service.close();
    build.remove();
  });

  const environmentOf = async (keapId: string): Promise<IEnvironment> => {
    const token = await service.running.developmentTokens?.issue({ keapId });
    return client.environment.environmentOf(service.url, token ?? '');
  };

  it('loads the user list page by page into one connection', async () => {
    const app = await GivenApp.register(service);
    const people = [];
    for (let index = 0; index < 6; index += 1) people.push(await app.invite(`person ${index}`));
    const list = new client.userList.UserList(await environmentOf(app.owner.keapId), { appId: app.appId, count: 3 });
    expect(await list.load()).toBe(3);
    expect(list.accountName).toBe(`${app.appId} Keap Pro Recording`);
    expect(list.users.map(({ userId }) => userId).sort()).toEqual([app.ownerUserId, ...people.map(({ userId }) => userId)].sort());
  });

  it('refetches a user by global id', async () => {
    const app = await GivenApp.register(service);
    const { userId } = await app.join('partner');
    const environment = await environmentOf(app.owner.keapId);
    const list = new client.userList.UserList(environment, { appId: app.appId, count: 10 });
    await list.load();
    const index = list.users.findIndex((user) => user.userId === userId);
    expect(list.users[index]).toMatchObject({ status: 'ACTIVE', role: 'STANDARD', invitation: { status: 'ACCEPTED' } });
    await app.owner.mutate('changeUserRole', { appId: app.appId, userId, role: 'ADMIN' });
    expect(await client.userList.refetchUser(environment, list.ids[index] ?? '')).toMatchObject({ userId, role: 'ADMIN' });
    expect(list.users[index]).toMatchObject({ role: 'ADMIN' });
    expect(await client.userList.refetchUser(environment, 'nothing')).toBeNull();
  });

  it('invites, accepts, queries Account Central and leaves, and gets each refusal as its own type', async () => {
    const app = await GivenApp.register(service);
    const owner = await environmentOf(app.owner.keapId);
    const coach = await service.as(`coach@${app.appId}.example`);
    const partner = await environmentOf(coach.keapId);
    const { accountCentral, invite, accept, leave } = client.membership;
    const input = { appId: app.appId, keapId: coach.keapId, role: 'STANDARD' };

    expect(await invite(owner, input)).toMatch(/^Invited: /);
    expect(await invite(owner, input)).toMatch(/^Open until \d{4}: /);
    expect(await invite(owner, { ...input, keapId: 'nobody' })).toBe('INVALID_KEAP_ID: keapId');
    const { invitations } = await accountCentral(partner);
    expect(invitations).toMatchObject([{ appId: app.appId, role: 'STANDARD', invitedBy: 'Olivia Owner' }]);
    expect(await leave(partner, app.appId)).toBe('NOT_ACCEPTED_YET');

    const [{ invitationId }] = invitations;
    expect(await accept(owner, { appId: app.appId, invitationId })).toMatchObject({ __typename: 'Rejection', code: 'INVITATION_NOT_FOUND' });
    const accepted = await accept(partner, { appId: app.appId, invitationId });
    expect(accepted).toMatchObject({ __typename: 'AcceptInvitationSuccess', account: { label: `${app.appId} Keap Pro Recording` }, user: { status: 'ACTIVE' } });
    const central = await accountCentral(partner);
    expect(central).toMatchObject({ accounts: { totalCount: 1, edges: [{ node: { canLeave: true, leaveBlockers: [] } }] }, invitations: [] });

    const { app: shown } = await app.owner.read('query ($appId: ID!) { app(appId: $appId) { users(filter: { kinds: [PARTNER] }) { nodes { userId } } } }', { appId: app.appId });
    await app.assign(shown.users.nodes[0].userId, 'only one');
    expect(await leave(partner, app.appId)).toBe('1 contacts, such as only one');
    await app.owner.mutate('unassignContacts', { appId: app.appId, contactIds: ['only one'] });
    expect(await leave(partner, app.appId)).toBe(`Left ${app.appId}`);
    expect((await accountCentral(partner)).accounts.edges).toEqual([]);
  });

  it('is not generated from a schema that lacks a field it queries', async () => {
    const broken = ClientBuild.prepare((schema) => schema.replace(/^ {2}maskedKeapId: String!$/m, '  masked: String!'));
    const { succeeded, output } = await broken.generate();
    broken.remove();
    expect(succeeded).toBe(false);
    expect(output).toContain('maskedKeapId');
  });

  it('does not compile against a schema in which a field it relies on is nullable', async () => {
    const broken = ClientBuild.prepare((schema) => schema.replace(/^ {2}retryAfterSeconds: Int!$/m, '  retryAfterSeconds: Int'));
    expect(await broken.generate()).toMatchObject({ succeeded: true });
    const { succeeded, output } = await broken.compile();
    broken.remove();
    expect(succeeded).toBe(false);
    expect(output).toContain('retryAfterSeconds');
  }, 60_000);
});
