import { GivenApp } from '../support/givenApp';
import type { Answer, Json, Person } from '../support/person';
import { TestService } from '../support/testService';

/** Mutations that only a member may send, each for the app `$app`, with the ids of a member and of an invitation in it. */
const MEMBERS_MUTATIONS = [
  'invitePartner(input: { appId: $app, keapId: $keapId, role: STANDARD })', 'inviteUser(input: { appId: $app, keapId: $keapId, role: ADMIN })',
  'resendInvitation(input: { appId: $app, invitationId: $invitation })', 'revokeInvitation(input: { appId: $app, invitationId: $invitation })',
  'changeUserRole(input: { appId: $app, userId: $user, role: ADMIN })', 'removeUser(input: { appId: $app, userId: $user })', 'leaveApp(input: { appId: $app, confirmAppId: $app })',
  'assignContacts(input: { appId: $app, userId: $user, contactIds: ["c1"] })', 'unassignContacts(input: { appId: $app, contactIds: ["c1"] })',
  'reassignContacts(input: { appId: $app, fromUserId: $user, toUserId: $user })', 'setAccountLabel(input: { appId: $app, label: "Mine" })',
];
const TYPES: Readonly<Record<string, string>> = { token: 'String', app: 'ID!', keapId: 'String!', user: 'ID!', invitation: 'ID!' };
const mutationOf = (fields: string): string =>
  `mutation (${Object.entries(TYPES).filter(([name]) => new RegExp(`\\$${name}\\b`).test(fields)).map(([name, type]) => `$${name}: ${type}`).join(', ')}) { ${fields} }`;
const FACTS = '__typename ... on MutationSuccess { position } ... on UserError { code message }';
const DRY = { 'x-dry-run': 'true' };

describe('a dry run decides on who the caller is', () => {
  let service: TestService;
  let app: GivenApp;
  let member: { readonly person: Person; readonly userId: string };
  let variables: Readonly<Record<string, string>>;
  beforeAll(async () => {
    service = await TestService.start();
    app = await GivenApp.register(service);
    member = await app.join('member');
    await app.assign(member.userId, 'c1');
    const waiting = await app.invite('waiting');
    variables = { app: app.appId, keapId: member.person.keapId, user: member.userId, invitation: waiting.invitationId };
  });
  afterAll(() => service.close());

  const tried = async (person: Person, fields: string, more: object = {}): Promise<Answer & { readonly events: Json }> => {
    const response = await fetch(`${service.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${person.token ?? ''}`, ...DRY },
      body: JSON.stringify({ query: mutationOf(fields), variables: { ...variables, ...more } }),
    });
    const { data, errors, extensions } = (await response.json()) as Json;
    return { status: response.status, headers: response.headers, data, errors: errors ?? [], events: extensions?.dryRun.events };
  };

  it.each(MEMBERS_MUTATIONS)('and refuses to somebody who accepts an invitation in the same document what it refuses without: %s', async (mutation) => {
    const { person, token } = await app.invite(`curious ${mutation}`, 'ADMIN');
    const alone = await tried(person, `second: ${mutation} { ${FACTS} }`);
    const both = await tried(person, `first: acceptInvitation(input: { token: $token }) { ${FACTS} } second: ${mutation} { ${FACTS} }`, { token });
    expect(both.data.first.__typename).toBe('AcceptInvitationSuccess');
    expect(alone.data.second).toMatchObject({ __typename: 'Rejection' });
    expect(both.data.second).toEqual(alone.data.second);
    expect(both.events.map(({ type }: Json) => type)).toEqual(['InvitationAccepted']);
  });

  it('and shows an invited person nothing of the app that only its members see', async () => {
    const { person, token } = await app.invite('nosy', 'ADMIN', 'USER');
    const accepting = (seen: string): ReturnType<typeof tried> => tried(person, `acceptInvitation(input: { token: $token }) { ... on AcceptInvitationSuccess { ${seen} } }`, { token });
    const ofUser = [
      'app { users { nodes { keapId } } }', 'app { licences { total } }', 'app { viewer { may } }', 'invitedBy { keapId }', 'invitation { invitedBy { keapId } }', 'invitation { delivery }', 'why { role { type } }',
      'assignedContactCount', 'assignedContacts { totalCount }',
    ];
    const paths = [
      ...ofUser.map((fields) => `user { ${fields} }`), ...ofUser.map((fields) => `account { user { ${fields} } }`), 'account { url }',
      'accountCentral { accounts { nodes { url } } }', 'accountCentral { accounts { nodes { user { app { name } } } } }',
    ];
    for (const path of paths) expect([path, (await accepting(path)).errors.map(({ extensions }: Json) => extensions.code)]).toEqual([path, ['FORBIDDEN']]);
    const { data, errors, events } = await accepting('user { keapId role name invitedAt history { nodes { type } } } account { appId label role kind user { name invitedAt } }');
    expect(errors).toEqual([]);
    expect(data.acceptInvitation).toEqual({
      user: { keapId: person.keapId, role: 'ADMIN', name: null, invitedAt: null, history: null },
      account: { appId: app.appId, label: `${app.appId} Keap Pro Recording`, role: 'ADMIN', kind: 'USER', user: { name: null, invitedAt: null } },
    });
    expect(JSON.stringify(events)).not.toContain('nosy');
  });

  it('and lets no auditor read an app without a record', async () => {
    const { person, token } = await app.invite('auditor');
    const auditor = await service.as(person.keapId, 'auditor');
    const { errors } = await tried(auditor, `acceptInvitation(input: { token: $token }) { ... on AcceptInvitationSuccess { user { app { users { nodes { keapId } } } } } }`, { token });
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
  });

  it('and does not tell an operator who signs in with an address', async () => {
    const operator = await service.as('operator@example.com', 'operator');
    const registered = await tried(operator, `registerApp(input: { appId: "tried", name: "Tried", licences: 2, ownerKeapId: $keapId }) { ${FACTS} }`);
    expect(registered.data.registerApp.__typename).toBe('RegisterAppSuccess');
    expect(registered.events.map(({ type }: Json) => type)).toEqual(['AppRegistered', 'OwnerAdded']);
    const released = await tried(operator, `releaseKeapId(input: { keapId: $keapId }) { ${FACTS} }`);
    expect(released.events.map(({ type, data }: Json) => [type, data.personId])).toEqual([['KeapIdReleased', null]]);
  });

  it('and tells an operator nothing that the app knows of a member whom they appoint or give to another sign-in', async () => {
    const operator = await service.as('operator@example.com', 'operator');
    const invited = await app.invite('appointed');
    const seen = 'user { name invitedAt personId }';
    const appointed = await tried(operator, `appointAdmin(input: { appId: $app, keapId: $keapId, reason: "A ticket" }) { ... on AppointAdminSuccess { ${seen} } }`, { keapId: invited.person.keapId });
    const rebound = await tried(operator, `rebindUser(input: { appId: $app, userId: $user, keapId: "found@example.com", reason: "A ticket" }) { ... on RebindUserSuccess { ${seen} } }`);
    const nothing = { user: { name: null, invitedAt: null, personId: null } };
    expect([appointed.data.appointAdmin, rebound.data.rebindUser]).toEqual([nothing, nothing]);
    expect(appointed.events[0].data).toMatchObject({ wasMember: null, revokedInvitationId: null, person: { name: null } });
    expect(rebound.events[0].data).toMatchObject({ fromPersonId: null, person: { name: null } });
    const himself = await tried(operator, `appointAdmin(input: { appId: $app, keapId: "operator@example.com", reason: "A ticket" }) { ${FACTS} } invitePartner(input: { appId: $app, keapId: $keapId, role: STANDARD }) { ${FACTS} }`);
    expect(himself.data).toMatchObject({ appointAdmin: { __typename: 'AppointAdminSuccess' }, invitePartner: { code: 'FORBIDDEN' } });
  });

  it('and lets the mutations of an admin build on one another, as they would', async () => {
    const { data, errors } = await tried(app.owner, `
      contacts: unassignContacts(input: { appId: $app, contactIds: ["c1"] }) { ... on UnassignContactsSuccess { changed } }
      removal: removeUser(input: { appId: $app, userId: $user }) { ... on RemoveUserSuccess { user { keapId status } } }
      return: inviteUser(input: { appId: $app, keapId: $keapId, role: STANDARD }) { ... on InviteUserSuccess { user { userId status invitation { status } } } }
      end: changeUserRole(input: { appId: $app, userId: $user, role: ADMIN }) { ... on ChangeUserRoleSuccess { user { role status } } }`);
    expect(errors).toEqual([]);
    expect(data).toEqual({
      contacts: { changed: 1 },
      removal: { user: { keapId: member.person.keapId, status: 'REMOVED' } },
      return: { user: { userId: member.userId, status: 'INVITED', invitation: { status: 'OPEN' } } },
      end: { user: { role: 'ADMIN', status: 'INVITED' } },
    });
    const created = await tried(await service.as(member.person.keapId, 'operator'), `
      registerApp(input: { appId: "of-myself", name: "Mine", licences: 2, ownerKeapId: $keapId }) { ${FACTS} }
      invitePartner(input: { appId: "of-myself", keapId: "a@b.example", role: STANDARD }) { ... on InvitePartnerSuccess { user { keapId app { users { totalCount } } } } }`);
    expect([created.errors, created.data.invitePartner]).toEqual([[], { user: { keapId: 'a@b.example', app: { users: { totalCount: 2 } } } }]);
  });
});
