import { GivenApp } from '../support/givenApp';
import { Following, untilFollowed } from '../support/following';
import type { Json, Person } from '../support/person';
import { TestService } from '../support/testService';
import { client, operations } from './builtClient';

describe('the operations of the client against the service', () => {
  let service: TestService;
  let app: GivenApp;
  let partner: { person: Person; userId: string };
  let colleague: { person: Person; userId: string };
  const sent = new Set<string>();

  /** Sends an operation. @returns its one field. @throws Error for a GraphQL error. */
  async function send(person: Person, name: string, variables: object = {}): Promise<Json> {
    const [result] = Object.values((await person.read(textOf(name), variables)) as Record<string, Json>);
    return result;
  }
  const change = async (person: Person, name: string, input: object): Promise<Json> => send(person, name, { input: { appId: app.appId, ...input } });

  function textOf(name: string): string {
    sent.add(name);
    return operations.get(name) ?? '';
  }

  beforeAll(async () => {
    service = await TestService.start({ env: { CHECKPOINT_EVERY_EVENTS: '1' } });
    app = await GivenApp.register(service);
    partner = await app.join('partner');
    colleague = await app.join('colleague', 'ADMIN', 'USER');
  });
  afterAll(async () => {
    await service.close();
  });

  it('read who is signed in, and their Account Central', async () => {
    expect(await send(app.owner, 'Viewer')).toMatchObject({ __typename: 'Viewer', keapId: app.owner.keapId });
    const { accounts } = await send(partner.person, 'AccountCentral', { first: 10 });
    expect(await send(partner.person, 'Account', { appId: app.appId })).toMatchObject({ account: accounts.nodes[0] });
    expect(accounts).toMatchObject({ totalCount: 1, nodes: [{ __typename: 'Account', appId: app.appId, canLeave: true, leaveBlockers: [] }] });
  });

  it('read the user list, now and in the past', async () => {
    const { users, licences } = await send(app.owner, 'UserList', { appId: app.appId, first: 2 });
    expect(users).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } });
    expect(licences).toMatchObject({ total: 5, used: 2 });
    expect(await send(app.owner, 'UserList', { appId: app.appId, asOf: client.asOf(users.position) })).toMatchObject({ users: { totalCount: 3 } });
    expect(await send(app.owner, 'UserList', { appId: app.appId, asOf: client.asOf(new Date()) })).toMatchObject({ users: { totalCount: 3 } });
  });

  it('read an app, its people and one of them', async () => {
    const { userId, person } = colleague;
    expect(await send(app.owner, 'App', { appId: app.appId })).toMatchObject({ appId: app.appId, viewer: { role: 'ADMIN' } });
    expect(await send(app.owner, 'User', { appId: app.appId, userId })).toMatchObject({ user: { keapId: person.keapId } });
    expect(await send(app.owner, 'People', { appId: app.appId, filter: { search: person.keapId } })).toMatchObject({ users: { totalCount: 1, nodes: [{ userId, personId: expect.any(String) }] } });
  });

  it('invite, and read, send again, take back and answer invitations', async () => {
    const invited = await change(app.owner, 'InvitePartner', { keapId: 'new@partner.example', role: 'STANDARD' });
    expect(invited).toMatchObject({ __typename: 'InvitePartnerSuccess', user: { status: 'INVITED', invitation: { status: 'OPEN' } } });
    expect(await change(app.owner, 'InvitePartner', { keapId: 'new@partner.example', role: 'STANDARD' })).toMatchObject({ __typename: 'AlreadyInvited', invitationId: invited.invitation.invitationId });
    const { invitationId } = invited.invitation;
    expect(await change(app.owner, 'ResendInvitation', { invitationId })).toMatchObject({ __typename: 'ResendInvitationSuccess', invitation: { sendCount: 2 } });
    expect(await change(app.owner, 'RevokeInvitation', { invitationId })).toMatchObject({ __typename: 'RevokeInvitationSuccess', user: { status: 'REVOKED' } });
    expect(await change(app.owner, 'InviteUser', { keapId: 'clerk@client.example', role: 'STANDARD' })).toMatchObject({ __typename: 'InviteUserSuccess', user: { kind: 'USER' } });

    const { person, token } = await app.invite('guest');
    expect(await send(service.nobody(), 'InvitationPreview', { token })).toMatchObject({ status: 'OPEN', kind: 'PARTNER' });
    expect(await send(person, 'AccountCentral')).toMatchObject({ invitations: [{ appId: app.appId }] });
    expect(await send(partner.person, 'AcceptInvitation', { input: { token } })).toMatchObject({ __typename: 'WrongRecipient', code: 'WRONG_RECIPIENT' });
    expect(await send(person, 'AcceptInvitation', { input: { token } })).toMatchObject({ __typename: 'AcceptInvitationSuccess', account: { appId: app.appId }, user: { status: 'ACTIVE' } });
    const declining = await app.invite('nobody');
    expect(await send(declining.person, 'DeclineInvitation', { input: { token: declining.token } })).toMatchObject({ __typename: 'DeclineInvitationSuccess', appId: app.appId });
  });

  it('assign contacts, and refuse a departure until they are handed over', async () => {
    expect(await change(app.owner, 'AssignContacts', { userId: partner.userId, contactIds: ['c1', 'c2', 'c3'] })).toMatchObject({ changed: 3, user: { assignedContactCount: 3 } });
    expect(await send(app.owner, 'User', { appId: app.appId, userId: partner.userId })).toMatchObject({ appId: app.appId, user: { userId: partner.userId, assignedContactCount: 3 } });
    expect(await send(app.owner, 'UserContacts', { appId: app.appId, userId: partner.userId, first: 2 })).toMatchObject({ user: { assignedContacts: { totalCount: 3, nodes: [{ contactId: 'c1' }, { contactId: 'c2' }] } } });
    expect(await change(app.owner, 'UnassignContacts', { contactIds: ['c1'] })).toMatchObject({ changed: 1 });
    expect(await change(partner.person, 'LeaveApp', { confirmAppId: app.appId })).toMatchObject({ __typename: 'HasAssignedContacts', count: 2 });
    expect(await change(app.owner, 'ReassignContacts', { fromUserId: partner.userId, toUserId: colleague.userId })).toMatchObject({ changed: 2, fromUser: { assignedContactCount: 0 }, toUser: { assignedContactCount: 2 } });
  });

  it('name an account, change a role, leave an app and remove a user', async () => {
    expect(await change(partner.person, 'SetAccountLabel', { label: 'My client' })).toMatchObject({ account: { label: 'My client' } });
    expect(await change(app.owner, 'ChangeUserRole', { userId: partner.userId, role: 'ADMIN' })).toMatchObject({ user: { role: 'ADMIN' } });
    expect(await change(partner.person, 'LeaveApp', { confirmAppId: app.appId })).toMatchObject({ __typename: 'LeaveAppSuccess', appId: app.appId, accountCentral: { accounts: { nodes: [] } } });
    const removal = { userId: colleague.userId };
    expect(await change(app.owner, 'RemoveUser', removal)).toMatchObject({ __typename: 'HasAssignedContacts', count: 2 });
    expect(await change(app.owner, 'RemoveUser', { ...removal, reassignContactsTo: app.ownerUserId })).toMatchObject({ __typename: 'RemoveUserSuccess', user: { status: 'REMOVED' }, reassignedTo: { assignedContactCount: 2 } });
  });

  it('list and register apps, for operators', async () => {
    const operator = await service.as('operator@example.com', 'operator');
    const input = { appId: 'another', name: 'Another', licences: 1, ownerKeapId: 'ada@client.example' };
    expect(await change(operator, 'RegisterApp', input)).toMatchObject({ __typename: 'RegisterAppSuccess', app: { accountName: 'another Another' } });
    expect(await change(operator, 'RegisterApp', { ...input, name: 'Other' })).toMatchObject({ __typename: 'Rejection', code: 'APP_ID_TAKEN' });
    expect(await send(operator, 'Apps', { first: 1 })).toMatchObject({ nodes: [{ appId: 'another', licences: { total: 1 } }], pageInfo: { hasNextPage: true } });
  });

  it('register, list, replay and remove webhooks, for operators', async () => {
    const operator = await service.as('operator@example.com', 'operator');
    const registered = await send(operator, 'RegisterWebhook', { input: { url: 'https://203.0.114.1/hook', types: ['UserRemoved'] } });
    expect(registered).toMatchObject({ __typename: 'RegisterWebhookSuccess', secret: expect.stringMatching(/^whsec_/), webhook: { types: ['UserRemoved'] } });
    const { webhookId } = registered.webhook;
    expect(await send(operator, 'Webhooks', { first: 10, deadLetters: 5 })).toMatchObject([{ webhookId, deadLetterCount: 0, deadLetters: [] }]);
    expect(await send(operator, 'ReplayWebhook', { input: { webhookId, after: '0' } })).toMatchObject({ __typename: 'ReplayWebhookSuccess', webhook: { webhookId } });
    expect(await send(operator, 'RemoveWebhook', { input: { webhookId } })).toMatchObject({ __typename: 'RemoveWebhookSuccess', webhookId });
  });

  it('rename an app, set its licences, appoint an admin and give a membership to another sign-in, for operators', async () => {
    const operator = await service.as('operator@example.com', 'operator');
    expect(await change(operator, 'RenameApp', { name: 'Keap Max' })).toMatchObject({ __typename: 'RenameAppSuccess', app: { accountName: `${app.appId} Keap Max` } });
    expect(await change(operator, 'SetLicences', { licences: 3 })).toMatchObject({ __typename: 'SetLicencesSuccess', app: { licences: { total: 3 } } });
    const admin = { keapId: 'ada@client.example', reason: 'The owner is away' };
    const appointed = await change(operator, 'AppointAdmin', admin);
    expect(appointed).toMatchObject({ __typename: 'AppointAdminSuccess', user: { role: 'ADMIN', status: 'ACTIVE', usesLicence: true } });
    expect(await change(operator, 'AppointAdmin', { ...admin, keapId: 'bea@client.example' })).toMatchObject({ __typename: 'NoLicenceAvailable', licences: { available: 0 } });
    expect(await change(operator, 'RebindUser', { userId: appointed.user.userId, keapId: 'ada@new.example', reason: 'A new account' })).toMatchObject({ __typename: 'RebindUserSuccess', user: { keapId: 'ada@new.example' } });
  });

  it('read the history and the difference between two moments', async () => {
    const { nodes } = await send(app.owner, 'History', { filter: { appId: app.appId }, first: 200 });
    expect(nodes.at(0)).toMatchObject({ __typename: 'AppRegisteredEvent', type: 'AppRegistered' });
    expect(nodes.at(-1)).toMatchObject({ __typename: 'UserReboundEvent', reason: 'A new account' });
    expect(await send(app.owner, 'HistoryEvent', { id: nodes.at(-1).id })).toMatchObject({ __typename: 'UserReboundEvent', stream: `app-${app.appId}`, hashedText: expect.stringContaining('"UserRebound"') });
    expect(await send(app.owner, 'HistoryPositions', { filter: { appId: app.appId }, last: 1 })).toMatchObject({ nodes: [{ position: nodes.at(-1).position }], pageInfo: { hasPreviousPage: true } });
    expect(await send(app.owner, 'AccessChanges', { filter: { appId: app.appId, types: ['InvitationAccepted'] }, first: 1 })).toMatchObject({ nodes: [{ kind: 'PARTNER', role: 'STANDARD' }] });
    expect(await send(app.owner, 'StoredHistory', { filter: { appId: app.appId }, first: 1 })).toMatchObject({ nodes: [{ data: expect.stringContaining('licences'), hashedText: expect.stringContaining('0000') }] });
    expect(await send(await service.as('auditor@example.com', 'auditor'), 'AdministrativeEvents', { filter: { appId: app.appId }, first: 1 })).toMatchObject({ nodes: [{ __typename: 'AppRegisteredEvent', actor: { kind: 'OPERATOR', keapId: 'operator@example.com' } }] });
    const of = { appId: app.appId, userId: colleague.userId };
    const { user: { history } } = await send(app.owner, 'UserHistory', { ...of, last: 1 });
    expect(history).toMatchObject({ nodes: [{ __typename: 'UserRemovedEvent', user: { userId: colleague.userId } }], pageInfo: { hasPreviousPage: true } });
    expect(await send(app.owner, 'UserWhy', of)).toMatchObject({ user: { why: { status: { __typename: 'UserRemovedEvent' }, licence: null } } });
    const diff = await send(app.owner, 'MembershipDiff', { appId: app.appId, from: client.asOf(nodes.at(0).position), to: client.asOf(nodes.at(-1).position) });
    expect(diff).toMatchObject({ __typename: 'MembershipDiff', left: [], roleChanged: [] });
    expect(diff.joined.length).toBeGreaterThan(0);
    expect(diff.between).toMatchObject([{ __typename: 'PeriodOfAccess' }, {}, {}].slice(0, diff.between.length));
    expect(await send(app.owner, 'AccessPeriods', { roles: ['ADMIN'], first: 1 })).toMatchObject({ totalCount: expect.any(Number), nodes: [{ name: 'Olivia Owner', role: 'ADMIN', user: { app: { appId: app.appId } }, began: { type: 'OwnerAdded' }, ended: null }] });
    const periods = await send(app.owner, 'PeriodsOfAccess', { appIds: [app.appId], first: 1 });
    expect(periods).toMatchObject({ nodes: [{ role: 'ADMIN', kind: 'USER', user: { app: { appId: app.appId } }, began: { __typename: 'OwnerAddedEvent' }, ended: null }], pageInfo: { hasNextPage: true } });
    expect(periods.totalCount).toBeGreaterThan(diff.between.length);
  });

  it('prove that an event is in the log', async () => {
    const auditor = await service.as('auditor@example.com', 'auditor');
    const { nodes: [first] } = await send(app.owner, 'History', { filter: { appId: app.appId }, first: 1 });
    let checkpoint = await send(auditor, 'LatestCheckpoint');
    // Checkpoints are signed in the background.
    while (checkpoint === null || checkpoint.position < first.position) checkpoint = await send(auditor, 'LatestCheckpoint');
    expect(await send(auditor, 'InclusionProof', { position: first.position, checkpoint: checkpoint.position })).toMatchObject({ root: checkpoint.root, eventHash: first.hash });
  });

  it('follow Account Central, the users of an app and the events', async () => {
    const central = new Following('event stream', app.owner, { query: textOf('AccountCentralChanged') });
    const users = new Following('WebSocket', app.owner, { query: textOf('AppUsersChanged'), variables: { appId: app.appId } });
    const events = new Following('event stream', app.owner, { query: textOf('MembershipEvents'), variables: { filter: { appId: app.appId, afterPosition: '0' } } });
    expect((await central.until(1))[0].accountCentralChanged).toMatchObject({ accounts: { nodes: [{ appId: app.appId }] } });
    expect((await events.until(1))[0].membershipEvents).toMatchObject({ __typename: 'AppRegisteredEvent' });
    await untilFollowed(service.url, (open) => open === 3);
    await app.invite('late');
    expect((await users.until(1))[0].appUsersChanged).toMatchObject({ user: { name: 'late', status: 'INVITED' } });
    for (const following of [central, users, events]) following.stop();
  });

  it('start an access review, decide in it and finish it', async () => {
    const reviewed = await GivenApp.register(service);
    const second = await reviewed.join('second', 'ADMIN', 'USER');
    const { review } = await send(reviewed.owner, 'StartAccessReview', { input: { appId: reviewed.appId, note: 'Quarter 1' } });
    const { reviewId } = review;
    expect(review).toMatchObject({ status: 'OPEN', note: 'Quarter 1', decidedCount: 0, startedBy: { kind: 'MEMBER', keapId: reviewed.owner.keapId } });
    expect(await send(reviewed.owner, 'AccessReviews', { appId: reviewed.appId, first: 10 })).toMatchObject({ nodes: [{ reviewId }] });
    expect(await send(reviewed.owner, 'AccessReview', { reviewId })).toMatchObject({ reviewId, app: { appId: reviewed.appId, viewer: { role: 'ADMIN', user: { userId: reviewed.ownerUserId } } } });
    expect(await send(reviewed.owner, 'AccessReviewDifferences', { reviewId })).toMatchObject({ differences: null });
    expect(await send(reviewed.owner, 'FinishAccessReview', { input: { reviewId } })).toMatchObject({ __typename: 'Rejection', code: 'REVIEW_INCOMPLETE' });
    const { items } = await send(reviewed.owner, 'AccessReviewItems', { reviewId, first: 200 });
    const others = items.nodes.map(({ user }: Json) => user.userId).filter((userId: string) => userId !== reviewed.ownerUserId);
    await send(reviewed.owner, 'DecideAccess', { input: { reviewId, userIds: others, decision: 'KEEP', remark: 'Still needed' } });
    expect(await send(reviewed.owner, 'AccessReviewItems', { reviewId, undecided: true })).toMatchObject({ items: { totalCount: 1, nodes: [{ user: { userId: reviewed.ownerUserId }, decision: null }] } });
    expect(await send(second.person, 'DecideAccess', { input: { reviewId, userIds: [reviewed.ownerUserId], decision: 'KEEP' } })).toMatchObject({ review: { decidedCount: items.totalCount } });
    expect(await send(reviewed.owner, 'FinishAccessReview', { input: { reviewId } })).toMatchObject({ __typename: 'FinishAccessReviewSuccess', review: { status: 'FINISHED', finishedBy: { keapId: reviewed.owner.keapId } } });
  });

  it('were all sent', () => {
    expect([...sent].sort()).toEqual([...operations.keys()].sort());
  });
});
