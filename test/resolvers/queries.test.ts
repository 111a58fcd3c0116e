import { Api, type Data } from './api';
import { ann, APP, auditor, EXPIRES_AT, lee, mallory, NOW, OLD_TOKEN, olga, operator, OTHER_APP, pia, sam, TOKEN } from './story';

const APP_QUERY = `query ($appId: ID!) { app(appId: $appId) { id appId name accountName url licences { total used reserved available } } }`;
const USERS_QUERY = `query ($appId: ID!, $filter: UserFilter, $first: Int, $last: Int, $after: String, $orderBy: UserOrder) {
  app(appId: $appId) { users(filter: $filter, orderBy: $orderBy, first: $first, last: $last, after: $after) {
    totalCount position statusCounts { status count } pageInfo { hasNextPage endCursor } edges { cursor node { userId } }
    nodes { userId keapId name kind role status usesLicence invitedAt joinedAt endedAt app { appId } invitedBy { userId } invitation { status sendCount } assignedContactCount }
  } } }`;

describe('an app', () => {
  const api = new Api();

  it.each([
    ['an admin', olga], ['a standard member', sam], ['a partner', pia], ['an operator', operator], ['an auditor', auditor],
  ])('is seen by %s', async (_who, caller) => {
    const { data, errors } = await api.ask(caller, { query: APP_QUERY, variables: { appId: APP } });
    expect(errors).toEqual([]);
    expect(data.app).toMatchObject({
      appId: APP, accountName: 'gx624 Keap Pro Recording', url: 'https://gx624.example.com', licences: { total: 3, used: 2, reserved: 1, available: 0 },
    });
  });

  it.each([
    ['somebody else', mallory, APP], ['somebody invited', ann, APP], ['somebody who left', lee, APP], ['an admin of another app', olga, OTHER_APP],
    ['anybody, where there is none', olga, 'nothing-here'], ['an auditor, where there is none', auditor, 'nothing-here'], ['an operator, where there is none', operator, "x' --"],
  ])('does not exist for %s', async (_who, caller, appId) => {
    expect(await api.ask(caller, { query: APP_QUERY, variables: { appId } })).toMatchObject({ data: { app: null }, errors: [] });
  });

  it('lists its users to members and auditors', async () => {
    for (const caller of [olga, sam, pia, auditor]) {
      const { data, errors } = await api.ask(caller, { query: USERS_QUERY, variables: { appId: APP } });
      expect(errors).toEqual([]);
      expect(data.app.users.nodes.map(({ userId }: { userId: string }) => userId)).toEqual(['user-ann', 'user-olga', 'user-pia', 'user-sam']);
      expect(data.app.users).toMatchObject({
        totalCount: 4, position: api.log.position, pageInfo: { hasNextPage: false },
        nodes: [
          { status: 'INVITED', usesLicence: false, invitation: { status: 'OPEN', sendCount: 2 }, invitedBy: { userId: 'user-olga' }, app: { appId: APP } },
          { status: 'ACTIVE', usesLicence: true, invitation: null, invitedBy: null },
          { kind: 'PARTNER', status: 'ACTIVE', usesLicence: false, assignedContactCount: 2 },
          { kind: 'USER', status: 'ACTIVE', usesLicence: true, assignedContactCount: 0 },
        ],
      });
    }
  });

  it('does not list its users to operators', async () => {
    expect(await api.ask(operator, { query: USERS_QUERY, variables: { appId: APP } })).toMatchObject({ data: { app: null }, codes: ['FORBIDDEN'] });
    const one = await api.ask(operator, { query: `{ app(appId: "${APP}") { appId user(userId: "user-olga") { userId } } }` });
    expect(one).toMatchObject({ data: { app: { appId: APP, user: null } }, codes: ['FORBIDDEN'] });
  });

  it('pages through its users without a gap, and counts by status', async () => {
    const first = await api.ask(olga, { query: USERS_QUERY, variables: { appId: APP, first: 3, filter: { statuses: ['ACTIVE', 'LEFT', 'EXPIRED'] }, orderBy: { field: 'NAME', direction: 'DESC' } } });
    expect(first.data.app.users.edges.map((edge: Data) => edge.node.userId)).toEqual(['user-xena', 'user-sam', 'user-pia']);
    const after = first.data.app.users.pageInfo.endCursor;
    expect(first.data.app.users.edges[2].cursor).toBe(after);
    const next = await api.ask(olga, { query: USERS_QUERY, variables: { appId: APP, first: 3, after, filter: { statuses: ['ACTIVE', 'LEFT', 'EXPIRED'] }, orderBy: { field: 'NAME', direction: 'DESC' } } });
    expect(next.data.app.users.nodes.map((user: Data) => user.userId)).toEqual(['user-olga', 'user-lee']);
    const counts = new Map(next.data.app.users.statusCounts.map((one: Data) => [one.status, one.count]));
    expect(counts.get('ACTIVE')).toBe(3);
    expect(counts.get('INVITED')).toBe(1);
    expect(counts.get('LEFT')).toBe(1);
  });

  it.each([
    ['too many', { first: 201 }, '200'], ['fewer than none', { first: -1 }, '200'], ['both ends', { first: 1, last: 1 }, 'not both'],
    ['another cursor', { after: 'made-up' }, 'cursor'], ['a very long search', { filter: { search: 'x'.repeat(255) } }, '254'],
  ])('refuses a page with %s and says what is allowed', async (_what, more, hint) => {
    const { codes, errors } = await api.ask(olga, { query: USERS_QUERY, variables: { appId: APP, ...more } });
    expect(codes).toEqual(['BAD_USER_INPUT']);
    expect(errors[0]?.message).toContain(hint);
  });

  it('runs as many statements for many users as for one', async () => {
    const statementsFor = async (first: number): Promise<number> => {
      const before = api.statementCount;
      const { errors } = await api.ask(olga, { query: USERS_QUERY, variables: { appId: APP, first } });
      expect(errors).toEqual([]);
      return api.statementCount - before;
    };
    await statementsFor(2);
    expect(await statementsFor(4)).toBe(await statementsFor(1));
  });

  it('counts only when asked', async () => {
    const statementsOf = async (fields: string): Promise<number> => {
      const before = api.statementCount;
      await api.ask(olga, { query: `{ app(appId: "${APP}") { users { ${fields} } } }` });
      return api.statementCount - before;
    };
    await statementsOf('nodes { userId }');
    expect(await statementsOf('nodes { userId }')).toBeLessThan(await statementsOf('nodes { userId } totalCount'));
    expect(await statementsOf('nodes { userId app { appId } }')).toBe(await statementsOf('nodes { userId }'));
  });

  it('returns one user with their fields', async () => {
    const query = `query ($userId: ID!) { app(appId: "${APP}") { user(userId: $userId) {
      userId status endedAt assignedContacts(first: 1) { totalCount nodes { contactId assignedAt } edges { cursor } pageInfo { hasNextPage } } } } }`;
    const { data } = await api.ask(sam, { query, variables: { userId: 'user-pia' } });
    expect(data.app.user).toMatchObject({ status: 'ACTIVE', assignedContacts: { totalCount: 2, nodes: [{ contactId: 'c1' }], pageInfo: { hasNextPage: true } } });
    expect((await api.ask(sam, { query, variables: { userId: 'user-lee' } })).data.app.user).toMatchObject({ status: 'LEFT', endedAt: '2026-03-03T12:00:00.000Z' });
    expect((await api.ask(sam, { query, variables: { userId: 'user-mallory' } })).data.app.user).toBeNull();
  });

  it('is listed among all apps for operators and auditors only', async () => {
    const query = '{ apps(first: 1) { nodes { appId } edges { cursor node { appId } } pageInfo { hasNextPage } } }';
    for (const caller of [operator, auditor]) {
      expect((await api.ask(caller, { query })).data.apps).toMatchObject({ nodes: [{ appId: APP }], edges: [{ node: { appId: APP } }], pageInfo: { hasNextPage: true } });
    }
    expect((await api.ask(olga, { query })).codes).toEqual(['FORBIDDEN']);
  });
});

describe('a viewer who is not signed in', () => {
  const api = new Api();

  it.each([
    '{ viewer { personId } }', `{ app(appId: "${APP}") { appId } }`, '{ apps { nodes { appId } } }', '{ accountCentral { invitations { appId } } }', '{ node(id: "x") { id } }',
    'mutation { leaveApp(input: { appId: "gx624", confirmAppId: "gx624" }) { __typename } }', '{ accountCentral(asOf: {}) { invitations { appId } } }',
  ])('is sent to sign in by %s', async (query) => {
    const { codes, errors } = await api.ask(null, { query });
    expect(codes).toEqual(['UNAUTHENTICATED']);
    expect(errors[0]?.extensions['http']).toEqual({ status: 401 });
  });

  it('can query __typename', async () => {
    expect(await api.ask(null, { query: '{ __typename }' })).toMatchObject({ data: { __typename: 'Query' }, errors: [] });
  });

  const PREVIEW = 'query ($token: String!) { invitation(token: $token) { status accountName role kind invitedBy maskedKeapId expiresAt } }';
  const preview = async (token: string): Promise<unknown> => (await api.ask(null, { query: PREVIEW, variables: { token } })).data.invitation;
  const nothing = { accountName: null, role: null, kind: null, invitedBy: null, maskedKeapId: null };

  it('sees the preview of an open invitation', async () => {
    expect(await preview(TOKEN)).toEqual({
      status: 'OPEN', accountName: 'gx624 Keap Pro Recording', role: 'ADMIN', kind: 'USER', invitedBy: 'Olga', maskedKeapId: 'a•••@example.com', expiresAt: EXPIRES_AT,
    });
  });

  it('sees only the status of an invitation whose link was replaced', async () => {
    expect(await preview(OLD_TOKEN)).toEqual({ status: 'OPEN', ...nothing, expiresAt: null });
  });

  it('sees that an invitation has ended, and no person', async () => {
    expect(await preview('link-to-xena')).toMatchObject({ status: 'EXPIRED', ...nothing });
    expect(await preview('link-to-sam')).toMatchObject({ status: 'ACCEPTED', ...nothing });
  });

  it.each([['an empty', ''], ['an unknown', 'unknown'], ['a very long', 'x'.repeat(10_000)]])('sees nothing for %s token', async (_what, token) => {
    expect(await preview(token)).toBeNull();
  });
});

describe('Account Central', () => {
  const api = new Api();
  const QUERY = `{ viewer { personId keapId name scopes accountCentral { accounts { totalCount edges { cursor } nodes {
    id appId label accountName url role kind joinedAt assignedContactCount canLeave leaveBlockers { code count message } user { userId app { appId } } } }
    invitations { invitationId appId accountName role kind invitedBy expiresAt } } } }`;

  it('shows a partner what keeps them from leaving', async () => {
    const { data, errors } = await api.ask(pia, { query: QUERY });
    expect(errors).toEqual([]);
    expect(data.viewer).toMatchObject({ personId: 'person-pia', keapId: 'pia@example.com', name: null, scopes: [] });
    expect(data.viewer.accountCentral.accounts).toMatchObject({
      totalCount: 1,
      nodes: [{
        appId: APP, label: 'My best client', accountName: 'gx624 Keap Pro Recording', kind: 'PARTNER', assignedContactCount: 2, canLeave: false,
        leaveBlockers: [{ code: 'HAS_ASSIGNED_CONTACTS', count: 2 }], user: { userId: 'user-pia', app: { appId: APP } },
      }],
    });
  });

  it('lets a partner without contacts leave', async () => {
    const free = new Api();
    free.log.record(`contacts-${APP}`, NOW, { type: 'ContactsUnassigned', data: { userId: 'user-pia', contactIds: ['c1', 'c2'] } });
    free.catchUp();
    expect((await free.ask(pia, { query: QUERY })).data.viewer.accountCentral.accounts.nodes).toMatchObject([{ canLeave: true, leaveBlockers: [] }]);
  });

  it('tells users that they cannot leave, and the last admin that they are the last one', async () => {
    const blockers = async (caller: typeof sam): Promise<string[]> =>
      (await api.ask(caller, { query: QUERY })).data.viewer.accountCentral.accounts.nodes[0].leaveBlockers.map(({ code }: { code: string }) => code);
    expect(await blockers(sam)).toEqual(['NOT_A_PARTNER']);
    expect(await blockers(olga)).toEqual(['NOT_A_PARTNER', 'LAST_ADMIN']);
    expect((await api.ask(sam, { query: QUERY })).data.viewer.accountCentral.accounts.nodes).toMatchObject([{ assignedContactCount: 0, canLeave: false }]);
  });

  it('shows open invitations to the invited person', async () => {
    const { data } = await api.ask(ann, { query: QUERY });
    expect(data.viewer.accountCentral).toMatchObject({
      accounts: { totalCount: 0, nodes: [] },
      invitations: [{ invitationId: 'invitation-ann', appId: APP, accountName: 'gx624 Keap Pro Recording', role: 'ADMIN', kind: 'USER', invitedBy: 'Olga', expiresAt: EXPIRES_AT }],
    });
  });

  it('is empty for a partner who left', async () => {
    expect((await api.ask(lee, { query: QUERY })).data.viewer.accountCentral).toMatchObject({ accounts: { nodes: [] }, invitations: [] });
  });
});

describe('node', () => {
  const api = new Api();
  const NODE = 'query ($id: ID!) { node(id: $id) { __typename id ... on App { appId } ... on User { userId } ... on Invitation { invitationId } } }';

  const ids = async (): Promise<{ app: string; user: string; invitation: string; account: string }> => {
    const { data } = await api.ask(sam, { query: `{ app(appId: "${APP}") { id user(userId: "user-ann") { id invitation { id } } } accountCentral { accounts { nodes { id } } } }` });
    return { app: data.app.id, user: data.app.user.id, invitation: data.app.user.invitation.id, account: data.accountCentral.accounts.nodes[0].id };
  };
  const typename = async (caller: typeof sam, id: string): Promise<string | undefined> => (await api.ask(caller, { query: NODE, variables: { id } })).data.node?.__typename;

  it('returns objects that the viewer may see', async () => {
    const { app, user, invitation } = await ids();
    for (const caller of [olga, sam, auditor]) {
      expect(await typename(caller, app)).toBe('App');
      expect(await typename(caller, user)).toBe('User');
      expect(await typename(caller, invitation)).toBe('Invitation');
    }
  });

  it('returns the app to operators, but none of its users', async () => {
    const { app, user, invitation } = await ids();
    expect(await typename(operator, app)).toBe('App');
    expect(await typename(operator, user)).toBeUndefined();
    expect(await typename(operator, invitation)).toBeUndefined();
  });

  it('returns null to others, and for ids of other types', async () => {
    const { app, user, invitation, account } = await ids();
    for (const id of [app, user, invitation]) expect(await typename(mallory, id)).toBeUndefined();
    for (const id of [account, 'made-up', Buffer.from('User:zz9:user-sam').toString('base64url')]) expect(await typename(olga, id)).toBeUndefined();
    expect(await typename(auditor, Buffer.from('User:zz9:user-sam').toString('base64url'))).toBeUndefined();
  });
});

describe('the past', () => {
  const PAST = `query ($appId: ID!, $asOf: AsOf) { app(appId: $appId, asOf: $asOf) { licences { used reserved }
    users(filter: { statuses: [ACTIVE, INVITED, LEFT] }) { position nodes { userId status assignedContactCount app { users { totalCount } } invitedBy { userId status } } } } }`;

  it('is read from one moment for all fields, once, and is closed afterwards', async () => {
    const api = new Api();
    const asOf = { time: '2026-03-02T12:00:00Z' };
    const { data, errors } = await api.ask(sam, { query: PAST, variables: { appId: APP, asOf } });
    expect(errors).toEqual([]);
    expect(data.app).toMatchObject({ licences: { used: 2, reserved: 0 } });
    expect(data.app.users.nodes.map(({ userId, status }: Data) => [userId, status])).toEqual([
      ['user-lee', 'ACTIVE'], ['user-olga', 'ACTIVE'], ['user-pia', 'ACTIVE'], ['user-sam', 'ACTIVE'],
    ]);
    expect(data.app.users.nodes[2]).toMatchObject({ assignedContactCount: 0, app: { users: { totalCount: 4 } }, invitedBy: { userId: 'user-olga', status: 'ACTIVE' } });
    expect(data.app.users.position).not.toBe(api.log.position);
    expect(api.looksBack).toEqual([{ appIds: [APP], asOf: { time: '2026-03-02T12:00:00.000Z' } }]);
    expect(api.closed).toBe(1);
  });

  it('can be queried by position', async () => {
    const api = new Api();
    const { data } = await api.ask(sam, { query: PAST, variables: { appId: APP, asOf: { position: api.log.events[2]!.position } } });
    expect(data.app.users.nodes).toMatchObject([{ userId: 'user-olga' }]);
  });

  it('is null before the app existed', async () => {
    expect(await new Api().ask(sam, { query: PAST, variables: { appId: APP, asOf: { time: '2020-01-01T00:00:00Z' } } })).toMatchObject({ data: { app: null }, errors: [] });
  });

  it('is refused to former members, without being read', async () => {
    const api = new Api();
    expect((await api.ask(lee, { query: PAST, variables: { appId: APP, asOf: { time: '2026-03-02T12:00:00Z' } } })).data.app).toBeNull();
    expect(api.looksBack).toEqual([]);
  });

  it('is not read for an app that does not exist', async () => {
    const api = new Api();
    expect((await api.ask(auditor, { query: PAST, variables: { appId: 'nothing-here', asOf: { time: '2026-03-02T12:00:00Z' } } })).data.app).toBeNull();
    expect(api.looksBack).toEqual([]);
  });

  it.each([{}, { time: '2026-03-02T12:00:00Z', position: '0000000000000001' }, { time: null, position: null }])('takes exactly one of time and position, not %j', async (asOf) => {
    const { codes } = await new Api().ask(sam, { query: PAST, variables: { appId: APP, asOf } });
    expect(codes).toEqual(['BAD_USER_INPUT']);
  });

  it('shows Account Central as it was, of the apps that the viewer is in now', async () => {
    const api = new Api();
    const query = 'query ($asOf: AsOf) { accountCentral(asOf: $asOf) { accounts { totalCount nodes { appId label assignedContactCount user { userId } } } } }';
    const { data } = await api.ask(pia, { query, variables: { asOf: { time: '2026-03-02T13:00:00Z' } } });
    expect(data.accountCentral.accounts).toMatchObject({ totalCount: 1, nodes: [{ appId: APP, label: 'gx624 Keap Pro Recording', assignedContactCount: 0, user: { userId: 'user-pia' } }] });
    expect(api.looksBack).toEqual([{ appIds: [APP], labelUserIds: ['user-pia'], asOf: { time: '2026-03-02T13:00:00.000Z' } }]);
    await api.ask(lee, { query, variables: { asOf: { time: '2026-03-02T13:00:00Z' } } });
    expect(api.looksBack[1]?.appIds).toEqual([]);
  });

  it('is limited to ten moments per request, and a repeated moment counts once', async () => {
    const api = new Api();
    const many = (count: number): string => Array.from({ length: count }, (_, i) => `a${i}: app(appId: "${APP}", asOf: { position: "${String(i + 1).padStart(16, '0')}" }) { appId }`).join(' ');
    const { codes } = await api.ask(sam, { query: `{ ${many(11)} same: app(appId: "${APP}", asOf: { position: "${'1'.padStart(16, '0')}" }) { appId } }` });
    expect(codes).toEqual(['BAD_USER_INPUT']);
    expect(api.looksBack).toHaveLength(10);
    expect(api.closed).toBe(10);
  });
});
