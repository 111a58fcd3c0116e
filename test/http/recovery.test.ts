import { codesOf, followedAt, Following, untilFollowed } from '../support/following';
import { OpenIdProviderProcess } from '../support/openIdProvider';
import { Person, type Json } from '../support/person';
import { TestService } from '../support/testService';

const address = (name: string): string => `${name}@partners.example`;
const STANDING = 'query ($appId: ID!) { app(appId: $appId) { viewer { role kind may } } accountCentral { accounts { nodes { appId label role assignedContactCount } } } }';
const HISTORY = 'query ($appId: ID!) { membershipEvents(filter: { appId: $appId }, first: 200) { nodes { type summary reason actor { kind } } } }';
const NOTHING = { app: null, accountCentral: { accounts: { nodes: [] } } };

describe('the way back into an app, with a real OpenID provider whose subjects change', () => {
  let provider: OpenIdProviderProcess;
  let service: TestService;
  let operator: Person;
  let auditor: Person;
  beforeAll(async () => {
    provider = await OpenIdProviderProcess.start();
    service = await TestService.start({ env: { AUTH_ISSUER: provider.issuer, AUTH_AUDIENCE: OpenIdProviderProcess.audience, HOST: '127.0.0.1' } });
    operator = await as('operator', 'operator');
    auditor = await as('auditor', 'auditor');
  });
  afterAll(async () => {
    await service.close();
    await provider.stop();
  });

  /** Signs somebody in at the provider's pages. `anna~2` is another account of anna, with the same address. */
  async function as(login: string, scope = ''): Promise<Person> {
    return new Person(service.url, address(login.split('~', 1)[0] ?? ''), await provider.signIn(login, 'jwt', `openid ${scope}`.trim()));
  }
  async function registered(appId: string, ownerKeapId: string): Promise<string> {
    await operator.mutate('registerApp', { appId, name: 'Keap', licences: 3, ownerKeapId });
    return userIdOf(appId, ownerKeapId);
  }
  /** Operators see no users; an auditor looks the id up. */
  async function userIdOf(appId: string, keapId: string): Promise<string> {
    const { app } = await auditor.read('query ($appId: ID!, $search: String!) { app(appId: $appId) { users(filter: { search: $search }) { nodes { userId } } } }', { appId, search: keapId });
    return app.users.nodes[0].userId;
  }
  const sentences = async (appId: string, reader: Person): Promise<readonly string[]> => (await reader.read(HISTORY, { appId })).membershipEvents.nodes.map(({ summary }: Json) => summary);

  it('an owner whose account was issued anew is the owner again, with everything, and the account before has nothing left', async () => {
    const appId = 'issued-anew';
    const userId = await registered(appId, address('anna'));
    const before = await as('anna');
    await before.mutate('setAccountLabel', { appId, label: 'My client' });
    await before.mutate('assignContacts', { appId, userId, contactIds: ['c1', 'c2'] });
    const after = await as('anna~2');
    expect(await after.read(STANDING, { appId })).toEqual(NOTHING);
    const open = await followedAt(service.url);
    const following = ['appUsersChanged(appId: $appId) { position }', 'membershipEvents(filter: { appId: $appId }) { type }'].map((field) => new Following('WebSocket', before, { query: `subscription ($appId: ID!) { ${field} }`, variables: { appId } }));
    const central = new Following('event stream', before, { query: 'subscription { accountCentralChanged { accounts { nodes { appId } } } }' });
    await untilFollowed(service.url, (followed) => followed === open + 3);
    await central.until(1);

    const rebound = await operator.mutate('rebindUser', { appId, userId, keapId: address('anna'), reason: 'Her account was issued anew, ticket 12' }, 'position user { userId personId role status }');
    expect(rebound.user).toEqual({ userId, personId: null, role: 'ADMIN', status: 'ACTIVE' });
    for (const ended of following) expect(codesOf(await ended.ended())).toEqual(['FORBIDDEN']);
    expect((await central.until(2)).at(-1).accountCentralChanged.accounts.nodes).toEqual([]);
    central.stop();
    for (let request = 0; request < 3; request += 1) {
      expect(await before.read(STANDING, { appId })).toEqual(NOTHING);
      expect((await before.mutate('inviteUser', { appId, keapId: address('accomplice'), role: 'ADMIN' })).code).toBe('APP_NOT_FOUND');
    }
    const standing = await after.read(STANDING, { appId });
    expect(standing.accountCentral.accounts.nodes).toEqual([{ appId, label: 'My client', role: 'ADMIN', assignedContactCount: 2 }]);
    expect(standing.app.viewer).toMatchObject({ role: 'ADMIN', kind: 'USER', may: expect.arrayContaining(['INVITE_ADMIN', 'READ_HISTORY']) });
    expect(await before.read(STANDING, { appId })).toEqual(NOTHING);
    expect(await sentences(appId, after)).toEqual([
      'Name of operator registered the app Keap with 3 licences.',
      'Name of anna became the owner of the app.',
      'Name of anna signed in, and the membership belongs to that sign-in from then on.',
      'Name of anna signed in with another name or Keap ID than before.',
      'Name of anna assigned 2 contacts to Name of anna.',
      'Name of operator gave the membership of Name of anna to the next sign-in with their Keap ID, with the reason "Her account was issued anew, ticket 12".',
      'Name of anna signed in, and the membership belongs to that sign-in from then on.',
    ]);
    const acts = 'query ($appId: ID!, $actor: String!) { membershipEvents(filter: { appId: $appId, actorKeapId: $actor }) { nodes { type actor { keapId user { userId } } } } }';
    const byAnna = (await auditor.read(acts, { appId, actor: address('anna') })).membershipEvents.nodes;
    expect(byAnna.map(({ type }: Json) => type)).toEqual(['PersonBound', 'PersonUpdated', 'ContactsAssigned', 'PersonBound']);
    expect(byAnna.every(({ actor }: Json) => actor.user.userId === userId)).toBe(true);
    const { membershipEvents } = await auditor.read(HISTORY, { appId });
    expect(membershipEvents.nodes.find(({ type }: Json) => type === 'UserRebound')).toMatchObject({ reason: 'Her account was issued anew, ticket 12', actor: { kind: 'OPERATOR' } });
  });

  it('an owner whose address was mistyped comes in by the right one', async () => {
    const appId = 'mistyped';
    const userId = await registered(appId, address('bertta'));
    const berta = await as('berta');
    expect(await berta.read(STANDING, { appId })).toEqual(NOTHING);
    expect((await operator.mutate('rebindUser', { appId, userId, keapId: address('berta'), reason: 'The address was mistyped' }, 'user { keapId }')).user).toEqual({ keapId: address('berta') });
    expect(await (await as('bertta')).read(STANDING, { appId })).toEqual(NOTHING);
    expect((await berta.read(STANDING, { appId })).app.viewer).toMatchObject({ role: 'ADMIN', kind: 'USER' });
    expect((await berta.mutate('invitePartner', { appId, keapId: address('coach'), role: 'STANDARD' })).__typename).toBe('InvitePartnerSuccess');
    expect((await sentences(appId, berta))[2]).toBe('Name of operator gave the membership of Name of berta to the next sign-in with their Keap ID, with the reason "The address was mistyped".');
  });

  it('somebody else takes over an app whose owner is gone, and removes them', async () => {
    const appId = 'taken-over';
    const owner = await registered(appId, address('clara'));
    await (await as('clara')).read(STANDING, { appId });
    const appointed = await operator.mutate('appointAdmin', { appId, keapId: address('dora'), name: 'Dora', reason: 'Clara has left the company' }, 'user { userId personId usesLicence }');
    expect(appointed.user).toMatchObject({ personId: null, usesLicence: true });
    const dora = await as('dora');
    expect((await dora.read(STANDING, { appId })).app.viewer).toMatchObject({ role: 'ADMIN', kind: 'USER' });
    expect((await dora.mutate('removeUser', { appId, userId: owner })).__typename).toBe('RemoveUserSuccess');
    expect(await (await as('clara~2')).read(STANDING, { appId })).toEqual(NOTHING);
    const told = await sentences(appId, dora);
    expect(told.filter((sentence) => /appointed|removed|signed in/.test(sentence))).toEqual([
      'Name of clara signed in, and the membership belongs to that sign-in from then on.',
      'Name of clara signed in with another name or Keap ID than before.',
      'Name of operator appointed Name of dora as an admin, with the reason "Clara has left the company".',
      'Name of dora signed in, and the membership belongs to that sign-in from then on.',
      'Name of dora signed in with another name or Keap ID than before.',
      'Name of dora removed Name of clara from the app.',
    ]);
  });

  it('a removed owner who is appointed again comes back with the account of today', async () => {
    const appId = 'appointed-again';
    const userId = await registered(appId, address('eva'));
    await (await as('eva')).read(STANDING, { appId });
    await operator.mutate('appointAdmin', { appId, keapId: address('fred'), reason: 'Eva is away' });
    await (await as('fred')).mutate('removeUser', { appId, userId });
    expect((await operator.mutate('appointAdmin', { appId, keapId: address('eva'), reason: 'Eva is back' }, 'user { userId }')).user).toEqual({ userId });
    const today = await as('eva~2');
    expect((await today.read(STANDING, { appId })).app.viewer).toMatchObject({ role: 'ADMIN', kind: 'USER' });
    expect(await (await as('eva')).read(STANDING, { appId })).toEqual(NOTHING);
    expect((await sentences(appId, today)).slice(-3)).toEqual([
      'Name of fred removed Name of eva from the app.',
      'Name of operator appointed Name of eva as an admin, with the reason "Eva is back".',
      'Name of eva signed in, and the membership belongs to that sign-in from then on.',
    ]);
  });
});
