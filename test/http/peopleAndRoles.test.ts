import { GivenApp } from '../support/givenApp';
import type { Json, Person } from '../support/person';
import { addressOf, TestService } from '../support/testService';
import { memberOf, viewOf } from './appView';
import { SignedInService } from './signedInAs';

const NOWHERE = '00000000-0000-4000-8000-000000000000';

interface Place {
  readonly appId: string;
  readonly userId: string;
  readonly invitationId: string;
}

/** What only an app's active admins may wish for. */
const ADMINS_WISHES: Readonly<Record<string, (place: Place) => object>> = {
  invitePartner: ({ appId }) => ({ appId, keapId: 'somebody@example.com', role: 'STANDARD' }),
  inviteUser: ({ appId }) => ({ appId, keapId: 'somebody@example.com', role: 'STANDARD' }),
  resendInvitation: ({ appId, invitationId }) => ({ appId, invitationId }),
  revokeInvitation: ({ appId, invitationId }) => ({ appId, invitationId }),
  changeUserRole: ({ appId, userId }) => ({ appId, userId, role: 'ADMIN' }),
  removeUser: ({ appId, userId }) => ({ appId, userId }),
  assignContacts: ({ appId, userId }) => ({ appId, userId, contactIds: ['c'] }),
  unassignContacts: ({ appId }) => ({ appId, contactIds: ['c'] }),
  reassignContacts: ({ appId, userId }) => ({ appId, fromUserId: userId, toUserId: NOWHERE }),
};

/** What else somebody who is not in the app may try. */
const MEMBERS_WISHES: Readonly<Record<string, (place: Place) => object>> = {
  setAccountLabel: ({ appId }) => ({ appId, label: 'Mine' }),
  leaveApp: ({ appId }) => ({ appId, confirmAppId: appId }),
};

describe('people and roles', () => {
  let service: TestService;
  let app: GivenApp;
  beforeAll(async () => {
    service = await TestService.start({ env: { INVITATIONS_PER_RECIPIENT_PER_DAY: '0' } });
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    app = await GivenApp.register(service);
  });

  const eventCount = async (): Promise<number> => {
    let count = 0;
    for await (const event of service.running.membership.store.readAll()) count += event.revision >= 0 ? 1 : 0;
    return count;
  };

  it('a Keap ID is kept as typed and compared trimmed, in NFC and lower case, dots and tags kept apart', async () => {
    const typed = `  Pau\u0308l.Coach+X@${app.appId}.Example `;
    const { user } = await app.owner.mutate('invitePartner', { appId: app.appId, keapId: typed, role: 'STANDARD' }, 'user { userId keapId }');
    expect(user.keapId).toBe(typed.trim());
    const same = await app.owner.mutate('inviteUser', { appId: app.appId, keapId: `paül.coach+x@${app.appId}.example`, role: 'STANDARD' });
    expect(same.code).toBe('ALREADY_INVITED');
    const other = await app.owner.mutate('invitePartner', { appId: app.appId, keapId: `paülcoach@${app.appId}.example`, role: 'STANDARD' });
    expect(other.__typename).toBe('InvitePartnerSuccess');
    const person = await service.as(`PAÜL.coach+x@${app.appId}.EXAMPLE`);
    const { accountCentral } = await person.read('{ accountCentral { invitations { invitationId } } }');
    expect(accountCentral.invitations).toHaveLength(1);
    const accepted = await person.mutate('acceptInvitation', { appId: app.appId, invitationId: accountCentral.invitations[0].invitationId }, 'user { userId }');
    expect(accepted.user.userId).toBe(user.userId);
  });

  it.each(['no address', 'Paul <paul@example.com>', 'paul@example.com\u0007', `${'x'.repeat(64)}@${'y'.repeat(190)}.example`])('an invalid e-mail address answers INVALID_KEAP_ID: %j', async (keapId) => {
    expect(await app.owner.mutate('invitePartner', { appId: app.appId, keapId, role: 'STANDARD' })).toMatchObject({ code: 'INVALID_KEAP_ID', field: 'keapId' });
  });

  it('a user keeps one userId per app, however an earlier membership ended', async () => {
    const { person, userId, invitationId, token } = await app.invite('again');
    await app.owner.mutate('revokeInvitation', { appId: app.appId, invitationId });
    const second = await app.invite('again', 'STANDARD', 'USER');
    await person.mutate('declineInvitation', { token: second.token });
    await app.join('again');
    await person.mutate('leaveApp', { appId: app.appId, confirmAppId: app.appId });
    await app.join('again', 'ADMIN', 'USER');
    await app.owner.mutate('removeUser', { appId: app.appId, userId });
    const last = await app.join('again');
    expect([second.userId, last.userId]).toEqual([userId, userId]);
    expect((await person.mutate('acceptInvitation', { token })).code).toBe('INVITATION_REVOKED');
    const own: string[] = [];
    for await (const { type, data } of service.running.membership.store.readStream(`app-${app.appId}`)) if (data['userId'] === userId) own.push(type);
    expect(own).toEqual([
      'PartnerInvited', 'InvitationRevoked', 'UserInvited', 'InvitationDeclined', 'PartnerInvited', 'InvitationAccepted', 'PartnerLeftApp', 'UserInvited', 'InvitationAccepted', 'UserRemoved', 'PartnerInvited', 'InvitationAccepted',
    ]);
  });

  it('registering an app makes the owner an active USER with the role ADMIN', async () => {
    expect(await memberOf(app.owner, app.appId, app.ownerUserId)).toMatchObject({ kind: 'USER', role: 'ADMIN', status: 'ACTIVE', usesLicence: true });
  });

  it('the last admin of kind USER is neither demoted nor removed, and a partner admin does not count', async () => {
    const { person: partner } = await app.join('partner admin', 'ADMIN');
    await app.join('standard user', 'STANDARD', 'USER');
    await app.invite('invited admin', 'ADMIN', 'USER');
    for (const [admin, code] of [[app.owner, 'LAST_ADMIN'], [partner, 'FORBIDDEN']] as const) {
      expect((await admin.mutate('changeUserRole', { appId: app.appId, userId: app.ownerUserId, role: 'STANDARD' })).code).toBe(code);
      expect((await admin.mutate('removeUser', { appId: app.appId, userId: app.ownerUserId })).code).toBe(code);
    }
  });

  it('a partner never takes an app from its client: an accomplice does not become an admin, and the owner stays', async () => {
    const { appId, owner, ownerUserId } = app;
    const { person: partner } = await app.join('partner admin', 'ADMIN');
    const accomplice = await app.join('accomplice', 'STANDARD', 'USER');
    const second = await app.join('second admin', 'ADMIN', 'USER');
    const invited = await app.invite('third admin', 'ADMIN', 'USER');
    const before = await eventCount();
    const wishes: readonly [string, object][] = [
      ['inviteUser', { appId, keapId: 'accomplice@elsewhere.example', role: 'ADMIN' }], ['changeUserRole', { appId, userId: accomplice.userId, role: 'ADMIN' }],
      ['changeUserRole', { appId, userId: ownerUserId, role: 'STANDARD' }], ['removeUser', { appId, userId: ownerUserId }], ['removeUser', { appId, userId: second.userId }],
      ['changeUserRole', { appId, userId: invited.userId, role: 'STANDARD' }], ['revokeInvitation', { appId, invitationId: invited.invitationId }], ['resendInvitation', { appId, invitationId: invited.invitationId }],
    ];
    for (const [mutation, input] of wishes) {
      const refused = await partner.mutate(mutation, input);
      expect([mutation, refused.code, refused.message]).toEqual([mutation, 'FORBIDDEN', expect.stringContaining('Only an admin who is a user of the app may')]);
    }
    expect(await eventCount()).toBe(before);
    expect((await partner.mutate('invitePartner', { appId, keapId: addressOf(appId, 'colleague'), role: 'ADMIN' })).__typename).toBe('InvitePartnerSuccess');
    expect((await partner.mutate('removeUser', { appId, userId: accomplice.userId })).__typename).toBe('RemoveUserSuccess');
    expect((await owner.mutate('changeUserRole', { appId, userId: second.userId, role: 'STANDARD' })).__typename).toBe('ChangeUserRoleSuccess');
  });

  it('admins who demote and remove each other and themselves concurrently always leave one admin', async () => {
    for (let round = 0; round < 8; round += 1) {
      app = await GivenApp.register(service);
      const anna = await app.join('anna', 'ADMIN', 'USER');
      const ben = await app.join('ben', 'ADMIN', 'USER');
      const admins = [{ person: app.owner, userId: app.ownerUserId }, anna, ben];
      const wishes = admins.flatMap(({ person }, index) => [
        () => person.ask(ROLE, { input: { appId: app.appId, userId: admins[(index + 1) % 3]?.userId, role: 'STANDARD' } }),
        () => person.ask(REMOVE, { input: { appId: app.appId, userId: admins[(index + 2) % 3]?.userId } }),
        () => person.ask(ROLE, { input: { appId: app.appId, userId: admins[index]?.userId, role: 'STANDARD' } }),
      ]);
      await Promise.all([...wishes.slice(round), ...wishes.slice(0, round)].map((wish) => wish()));
      const auditor = await service.as('auditor@example.com', 'auditor');
      const { users } = await viewOf(auditor, app.appId);
      const left = users.nodes.filter((user: Json) => user.kind === 'USER' && user.role === 'ADMIN' && user.status === 'ACTIVE');
      expect(left).toHaveLength(1);
    }
  });

  describe.each(Object.keys(ADMINS_WISHES))('%s', (mutation) => {
    it('answers FORBIDDEN to a member who is not, or no longer, an admin; nothing is written', async () => {
      const { person, userId } = await app.join('member', 'ADMIN');
      const { invitationId } = await app.invite('invited');
      const input = ADMINS_WISHES[mutation]?.({ appId: app.appId, userId, invitationId }) ?? {};
      await app.owner.mutate('changeUserRole', { appId: app.appId, userId, role: 'STANDARD' });
      const before = await eventCount();
      expect((await person.mutate(mutation, input)).code).toBe('FORBIDDEN');
      expect(await eventCount()).toBe(before);
    });
  });

  describe.each(Object.entries({ ...ADMINS_WISHES, ...MEMBERS_WISHES }))('%s', (mutation, inputOf) => {
    it('answers an outsider as for an app that does not exist, and operators and auditors with FORBIDDEN', async () => {
      const { userId } = await app.join('member');
      const { invitationId } = await app.invite('invited');
      const stranger = await service.as('stranger@example.com');
      const real = await stranger.mutate(mutation, inputOf({ appId: app.appId, userId, invitationId }));
      const none = await stranger.mutate(mutation, inputOf({ appId: 'no-such-app', userId, invitationId }));
      expect(real).toMatchObject({ __typename: 'Rejection', code: 'APP_NOT_FOUND' });
      expect(JSON.stringify(real).replaceAll(app.appId, 'no-such-app')).toBe(JSON.stringify(none));
      for (const scope of ['operator', 'auditor'] as const) {
        const knowing = await service.as('knowing@example.com', scope);
        expect((await knowing.mutate(mutation, inputOf({ appId: app.appId, userId, invitationId }))).code).toBe('FORBIDDEN');
        expect((await knowing.mutate(mutation, inputOf({ appId: 'no-such-app', userId, invitationId }))).code).toBe('APP_NOT_FOUND');
      }
    });
  });

  it('an outsider gets null, whether or not the app exists', async () => {
    const stranger = await service.as('stranger@example.com');
    for (const appId of [app.appId, 'no-such-app', 'Not An Id']) expect(await viewOf(stranger, appId)).toBeNull();
    const { app: mine } = await app.owner.read('query ($appId: ID!) { app(appId: $appId) { id users { nodes { id } } } }', { appId: app.appId });
    for (const id of [mine.id, mine.users.nodes[0].id]) expect((await stranger.read('query ($id: ID!) { node(id: $id) { id } }', { id })).node).toBeNull();
  });

  it('an invited person is an outsider', async () => {
    const { person } = await app.invite('invited', 'ADMIN');
    expect(await viewOf(person, app.appId)).toBeNull();
    expect((await person.mutate('invitePartner', { appId: app.appId, keapId: 'x@example.com', role: 'STANDARD' })).code).toBe('APP_NOT_FOUND');
  });

  it('a former member gets NOT_A_MEMBER when leaving, and APP_NOT_FOUND otherwise', async () => {
    const left = await app.join('left', 'ADMIN');
    const removed = await app.join('removed', 'ADMIN');
    await left.person.mutate('leaveApp', { appId: app.appId, confirmAppId: app.appId });
    await app.owner.mutate('removeUser', { appId: app.appId, userId: removed.userId });
    for (const { person } of [left, removed]) {
      expect((await person.mutate('leaveApp', { appId: app.appId, confirmAppId: app.appId })).code).toBe('NOT_A_MEMBER');
      expect((await person.mutate('invitePartner', { appId: app.appId, keapId: 'x@example.com', role: 'STANDARD' })).code).toBe('APP_NOT_FOUND');
      expect(await viewOf(person, app.appId)).toBeNull();
    }
  });

  it('standard members may read the user list', async () => {
    const { person, userId } = await app.join('standard');
    expect((await viewOf(person, app.appId)).users.nodes.map((user: Json) => user.userId)).toContain(userId);
  });

  it('operators may read apps and licences, but no users; auditors may read every app with its users', async () => {
    const operator = await service.as('operator@example.com', 'operator');
    const auditor = await service.as('auditor@example.com', 'auditor');
    const LICENCES = 'query ($appId: ID!) { app(appId: $appId) { accountName licences { total used } } }';
    for (const reader of [operator, auditor]) {
      expect((await reader.read(LICENCES, { appId: app.appId })).app).toEqual({ accountName: `${app.appId} Keap Pro Recording`, licences: { total: 5, used: 1 } });
      expect((await reader.read('{ apps(last: 1) { nodes { appId } } }')).apps.nodes).toHaveLength(1);
    }
    for (const field of ['users { totalCount }', `user(userId: "${app.ownerUserId}") { keapId }`]) {
      const { data, errors } = await operator.ask(`query ($appId: ID!) { app(appId: $appId) { ${field} } }`, { appId: app.appId });
      expect(errors[0]?.extensions.code).toBe('FORBIDDEN');
      expect(JSON.stringify(data)).not.toContain(app.owner.keapId);
    }
    expect((await viewOf(auditor, app.appId)).users.nodes).toHaveLength(1);
    const member = await app.owner.ask('{ apps { nodes { appId } } }');
    expect(member.errors[0]?.extensions.code).toBe('FORBIDDEN');
  });

  it('auditors may change nothing; operators may only register and rename apps, set licences, appoint admins and rebind members', async () => {
    const auditor = await service.as('auditor@example.com', 'auditor');
    const registration = { appId: `${app.appId}-two`, name: 'Two', licences: 1, ownerKeapId: 'two@example.com' };
    for (const person of [auditor, app.owner]) {
      expect((await person.mutate('registerApp', registration)).code).toBe('FORBIDDEN');
      expect((await person.mutate('setLicences', { appId: app.appId, licences: 7 })).code).toBe('FORBIDDEN');
      expect((await person.mutate('renameApp', { appId: app.appId, name: 'Mine' })).code).toBe('FORBIDDEN');
      expect((await person.mutate('appointAdmin', { appId: app.appId, keapId: 'mine@example.com', reason: 'Mine' })).code).toBe('FORBIDDEN');
      expect((await person.mutate('rebindUser', { appId: app.appId, userId: app.ownerUserId, keapId: 'mine@example.com', reason: 'Mine' })).code).toBe('FORBIDDEN');
    }
    const operator = await service.as('operator@example.com', 'operator');
    expect((await operator.mutate('registerApp', registration)).__typename).toBe('RegisterAppSuccess');
    expect((await operator.mutate('setLicences', { appId: app.appId, licences: 7 }, 'app { licences { total } }')).app.licences.total).toBe(7);
    expect((await operator.mutate('setLicences', { appId: 'no-such-app', licences: 7 })).code).toBe('APP_NOT_FOUND');
  });

  it('access to the past ends with access', async () => {
    const { person } = await app.join('historian');
    const then = { time: new Date().toISOString() };
    expect((await viewOf(person, app.appId, then)).users.nodes).toHaveLength(2);
    await person.mutate('leaveApp', { appId: app.appId, confirmAppId: app.appId });
    expect(await viewOf(person, app.appId, then)).toBeNull();
    const joined = await app.join('newcomer');
    expect((await viewOf(joined.person, app.appId, then)).users.nodes).toHaveLength(2);
  });

  it('another app\'s ids behave as if they did not exist', async () => {
    const other = await GivenApp.register(service);
    const foreigner = await other.join('foreigner');
    const { invitationId } = await other.invite('foreign guest');
    await other.assign(foreigner.userId, 'their contact');
    const { appId, owner } = app;
    for (const userId of [foreigner.userId, NOWHERE, 'x'.repeat(300)]) {
      const answers = await Promise.all([
        owner.mutate('changeUserRole', { appId, userId, role: 'ADMIN' }),
        owner.mutate('removeUser', { appId, userId }),
        owner.mutate('assignContacts', { appId, userId, contactIds: ['their contact'] }),
        owner.mutate('reassignContacts', { appId, fromUserId: userId, toUserId: app.ownerUserId }),
        owner.mutate('reassignContacts', { appId, fromUserId: app.ownerUserId, toUserId: userId }),
        owner.mutate('removeUser', { appId, userId: (await app.join(`r${userId.slice(0, 8)}`)).userId, reassignContactsTo: userId }),
      ]);
      expect(answers.map(({ code }) => code)).toEqual(Array(6).fill('USER_NOT_FOUND'));
      expect((await owner.read('query ($appId: ID!, $userId: ID!) { app(appId: $appId) { user(userId: $userId) { keapId } } }', { appId, userId })).app.user).toBeNull();
    }
    for (const mutation of ['resendInvitation', 'revokeInvitation']) {
      const [foreign, none] = [await owner.mutate(mutation, { appId, invitationId }), await owner.mutate(mutation, { appId, invitationId: NOWHERE })];
      expect(foreign).toEqual(none);
      expect(foreign.code).toBe('INVITATION_NOT_FOUND');
    }
    const moved = await owner.mutate('unassignContacts', { appId, contactIds: ['their contact'] }, 'changed');
    expect(moved.changed).toBe(0);
    expect((await memberOf(other.owner, other.appId, foreigner.userId)).assignedContactCount).toBe(1);
  });
});

const ROLE = 'mutation ($input: ChangeUserRoleInput!) { changeUserRole(input: $input) { __typename } }';
const REMOVE = 'mutation ($input: RemoveUserInput!) { removeUser(input: $input) { __typename } }';

describe('the binding of a person to a sign-in', () => {
  const appId = 'bound';
  let house: SignedInService;
  let owner: Person;
  beforeAll(async () => {
    house = await SignedInService.start();
    const operator = house.as({ sub: 'op', email: 'op@example.com', scope: 'operator' });
    for (const id of [appId, 'elsewhere']) await operator.mutate('registerApp', { appId: id, name: 'Bound', licences: 5, ownerKeapId: 'owner@example.com' });
    owner = house.as({ sub: 'owner', email: 'owner@example.com' });
  });
  afterAll(() => house.service.close());

  const inviteTo = async (app: string, name: string): Promise<string> => {
    const { invitation } = await owner.mutate('invitePartner', { appId: app, keapId: addressOf(appId, name), role: 'STANDARD' }, 'invitation { invitationId }');
    return invitation.invitationId;
  };

  it('begins with the first acceptance: a changed address keeps the membership, and its new owner gets nothing', async () => {
    const invitationId = await inviteTo(appId, 'paul');
    const paul = house.as({ sub: 'paul', email: addressOf(appId, 'paul'), name: 'Paul' });
    await paul.mutate('acceptInvitation', { token: house.linkOf(invitationId) });

    const moved = house.as({ sub: 'paul', email: 'paul@new.example' });
    expect((await viewOf(moved, appId)).users.nodes).toHaveLength(2);
    expect((await moved.read('{ accountCentral { accounts { nodes { appId } } } }')).accountCentral.accounts.nodes).toEqual([{ appId }]);

    const heir = house.as({ sub: 'heir', email: addressOf(appId, 'paul') });
    expect(await viewOf(heir, appId)).toBeNull();
    const again = await inviteTo('elsewhere', 'paul');
    expect((await heir.read('{ accountCentral { accounts { totalCount } invitations { appId } } }')).accountCentral).toEqual({ accounts: { totalCount: 0 }, invitations: [{ appId: 'elsewhere' }] });
    expect((await heir.mutate('leaveApp', { appId, confirmAppId: appId })).code).toBe('APP_NOT_FOUND');

    expect((await moved.read('{ accountCentral { invitations { appId } } }')).accountCentral.invitations).toEqual([]);
    expect(await moved.mutate('acceptInvitation', { token: house.linkOf(again) })).toMatchObject({ __typename: 'WrongRecipient', maskedKeapId: expect.stringMatching(/^p•••@/) });
    expect((await moved.mutate('acceptInvitation', { appId: 'elsewhere', invitationId: again })).code).toBe('INVITATION_NOT_FOUND');
    expect((await heir.mutate('acceptInvitation', { appId: 'elsewhere', invitationId: again })).__typename).toBe('AcceptInvitationSuccess');
    expect((await moved.read('{ accountCentral { accounts { nodes { appId } } } }')).accountCentral.accounts.nodes).toEqual([{ appId }]);
  });

  it('begins for an owner at the first sign-in, also when the address changes afterwards', async () => {
    expect((await viewOf(owner, appId)).users.nodes).not.toHaveLength(0);
    const moved = house.as({ sub: 'owner', email: 'owner@new.example' });
    expect((await moved.mutate('changeUserRole', { appId, userId: NOWHERE, role: 'ADMIN' })).code).toBe('USER_NOT_FOUND');
    expect(await viewOf(house.as({ sub: 'thief', email: 'owner@example.com' }), appId)).toBeNull();
  });

  it('refuses an active member who accepts under another address with ALREADY_MEMBER, and closes the invitation', async () => {
    const mary = { sub: 'mary', email: addressOf(appId, 'mary') };
    await house.as(mary).mutate('acceptInvitation', { token: house.linkOf(await inviteTo(appId, 'mary')) });
    const second = await inviteTo(appId, 'mary2');
    const asOther = house.as({ ...mary, email: addressOf(appId, 'mary2') });
    for (const named of [{ token: house.linkOf(second) }, { appId, invitationId: second }]) expect((await asOther.mutate('acceptInvitation', named)).code).toBe('ALREADY_MEMBER');
    await house.service.running.membership.caughtUp(5000);
    const { app } = await owner.read('query ($appId: ID!, $search: String) { app(appId: $appId) { users(filter: { search: $search, statuses: [INVITED, DECLINED, ACTIVE] }) { nodes { status } } } }', { appId, search: addressOf(appId, 'mary2') });
    expect(app.users.nodes.map(({ status }: Json) => status).sort()).toEqual(['ACTIVE', 'DECLINED']);
  });
});
