import { GivenApp } from '../support/givenApp';
import { DAY_MS, MovableClock } from '../support/movableClock';
import type { Json } from '../support/person';
import { TestService } from '../support/testService';

const USERS = `query ($appId: ID!, $filter: UserFilter, $orderBy: UserOrder, $first: Int, $last: Int, $after: String, $before: String, $asOf: AsOf) { app(appId: $appId, asOf: $asOf) {
  users(filter: $filter, orderBy: $orderBy, first: $first, last: $last, after: $after, before: $before) {
    totalCount statusCounts { status count } edges { cursor node { userId } } nodes { userId keapId name status } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;

const ALL = ['INVITED', 'ACTIVE', 'EXPIRED', 'DECLINED', 'REVOKED', 'LEFT', 'REMOVED'];

describe('lists and pages', () => {
  const clock = new MovableClock();
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.start({ clock, env: { INVITATIONS_PER_APP_PER_DAY: '0' } });
  });
  afterAll(() => service.close());

  const list = async (app: GivenApp, variables: object = {}): Promise<Json> => (await app.owner.read(USERS, { appId: app.appId, ...variables })).app.users;
  const names = async (app: GivenApp, variables: object = {}): Promise<string[]> => (await list(app, variables)).nodes.map(({ name }: Json) => name);
  const refusal = async (app: GivenApp, variables: object): Promise<string | undefined> => (await app.owner.ask(USERS, { appId: app.appId, ...variables })).errors[0]?.extensions.code;

  it('show Active and Invited by default, and any status on request; counts ignore the statuses of the filter', async () => {
    const app = await GivenApp.register(service);
    const late = await app.invite('late');
    clock.pass(7 * DAY_MS);
    const left = await app.join('left');
    await left.person.mutate('leaveApp', { appId: app.appId, confirmAppId: app.appId });
    const removed = await app.join('removed', 'STANDARD', 'USER');
    await app.owner.mutate('removeUser', { appId: app.appId, userId: removed.userId });
    const declined = await app.invite('declined');
    await declined.person.mutate('declineInvitation', { token: declined.token });
    const revoked = await app.invite('revoked');
    await app.owner.mutate('revokeInvitation', { appId: app.appId, invitationId: revoked.invitationId });
    await app.join('active');
    await app.invite('invited', 'ADMIN', 'USER');
    expect(await names(app)).toEqual(['active', 'invited', 'Olivia Owner']);
    for (const [status, name] of Object.entries({ EXPIRED: 'late', LEFT: 'left', REMOVED: 'removed', DECLINED: 'declined', REVOKED: 'revoked', INVITED: 'invited' })) {
      expect([status, await names(app, { filter: { statuses: [status] } })]).toEqual([status, [name]]);
    }
    expect(await names(app, { filter: { statuses: ALL, kinds: ['PARTNER'] } })).toEqual(['active', 'declined', 'late', 'left', 'revoked']);
    expect(await names(app, { filter: { roles: ['ADMIN'], kinds: ['USER'] } })).toEqual(['invited', 'Olivia Owner']);
    expect(await names(app, { filter: { statuses: [] } })).toEqual([]);
    const { totalCount, statusCounts } = await list(app, { filter: { statuses: ['LEFT'], kinds: ['PARTNER'] } });
    expect(totalCount).toBe(1);
    expect(Object.fromEntries(statusCounts.map(({ status, count }: Json) => [status, count]))).toEqual({ INVITED: 0, ACTIVE: 1, EXPIRED: 1, DECLINED: 1, REVOKED: 1, LEFT: 1, REMOVED: 0 });
    expect((await list(app, { filter: { search: late.person.keapId.toUpperCase().slice(2, 9), statuses: ALL } })).totalCount).toBe(1);
  });

  it('search any part of name or Keap ID without regard to case, accents and white space at the ends, and treat no character as a pattern', async () => {
    const app = await GivenApp.register(service);
    for (const name of ['Änne Öz', '100% sure', 'under_score', 'STRAẞE', 'José Ærø', 'İpek Yılmaz']) await app.join(name);
    const found = (search: string): Promise<string[]> => names(app, { filter: { search } });
    expect(await found('äNNe ö')).toEqual(['Änne Öz']);
    for (const text of ['anne oz', ' Änne\u00a0', 'A\u0308NNE']) expect(await found(text)).toEqual(['Änne Öz']);
    for (const text of ['jose', '\tJOSÉ aero', 'ÆRØ']) expect(await found(text)).toEqual(['José Ærø']);
    for (const text of ['ipek', 'IPEK', 'yilmaz', 'yılmaz ']) expect(await found(text)).toEqual(['İpek Yılmaz']);
    for (const text of ['strasse', 'Straße']) expect(await found(text)).toEqual(['STRAẞE']);
    expect(await found('  ')).toHaveLength(7);
    expect(await found('0%')).toEqual(['100% sure']);
    expect(await found('%')).toEqual(['100% sure']);
    expect(await found('r_s')).toEqual(['under_score']);
    expect(await found('\' OR 1=1 --')).toEqual([]);
    expect((await list(app, { filter: { search: 'partners.EXAMPLE' } })).totalCount).toBe(7);
    expect(await refusal(app, { filter: { search: 'x'.repeat(255) } })).toBe('BAD_USER_INPUT');
  });

  it('have a total order: by default by name, ascending, without regard to case and accents; missing names come last in both directions', async () => {
    const app = await GivenApp.register(service);
    for (const name of ['bea', 'Anna', 'BEA', 'cleo', 'anna']) await app.owner.mutate('invitePartner', { appId: app.appId, keapId: `${name}-${name === name.toLowerCase() ? 1 : 2}@${app.appId}.example`, role: 'STANDARD', name });
    for (const nameless of ['x', 'y']) await app.owner.mutate('invitePartner', { appId: app.appId, keapId: `${nameless}@${app.appId}.example`, role: 'STANDARD' });
    const lower = async (orderBy?: object): Promise<(string | undefined)[]> => (await list(app, { orderBy })).nodes.map(({ name }: Json) => name?.toLowerCase());
    expect(await lower()).toEqual(['anna', 'anna', 'bea', 'bea', 'cleo', 'olivia owner', undefined, undefined]);
    expect(await lower({ field: 'NAME', direction: 'DESC' })).toEqual(['olivia owner', 'cleo', 'bea', 'bea', 'anna', 'anna', undefined, undefined]);
    for (const name of ['Zoe', 'Álvarez', 'ßeta']) await app.owner.mutate('invitePartner', { appId: app.appId, keapId: `${name.length}${app.appId}@z.example`, role: 'STANDARD', name });
    expect(await lower()).toEqual(['álvarez', 'anna', 'anna', 'bea', 'bea', 'cleo', 'olivia owner', 'ßeta', 'zoe', undefined, undefined]);
    const ids = async (orderBy: object): Promise<string[]> => (await list(app, { orderBy })).nodes.map(({ userId }: Json) => userId);
    expect(await ids({ field: 'NAME', direction: 'ASC' })).toEqual(await ids({ field: 'NAME', direction: 'ASC' }));
    const keapIds = (await list(app, { orderBy: { field: 'KEAP_ID', direction: 'DESC' } })).nodes.map(({ keapId }: Json) => keapId.toLowerCase());
    expect(keapIds).toEqual([...keapIds].sort().reverse());
    expect((await list(app, { orderBy: { field: 'INVITED_AT', direction: 'DESC' } })).nodes.at(-1).name).toBe('Olivia Owner');
  });

  it('have pages of 50 by default and of 200 at most; more, a negative number, both directions or a foreign cursor answer BAD_USER_INPUT', async () => {
    const app = await GivenApp.register(service);
    await Promise.all(Array.from({ length: 55 }, (_, index) => app.owner.mutate('invitePartner', { appId: app.appId, keapId: `n${index}@${app.appId}.example`, role: 'STANDARD' })));
    expect((await list(app)).nodes).toHaveLength(50);
    expect((await list(app, { first: 200 })).nodes).toHaveLength(56);
    expect((await list(app, { first: 0 })).nodes).toEqual([]);
    for (const page of [{ first: 201 }, { last: 201 }, { first: -1 }, { last: -1 }, { first: 1, last: 1 }]) expect([page, await refusal(app, page)]).toEqual([page, 'BAD_USER_INPUT']);
    const { pageInfo } = await list(app, { first: 10 });
    const cursor = pageInfo.endCursor;
    expect((await list(app, { first: 200, after: cursor })).nodes).toHaveLength(46);
    for (const other of [{ filter: { search: 'n1' } }, { orderBy: { field: 'KEAP_ID', direction: 'ASC' } }, { orderBy: { field: 'NAME', direction: 'DESC' } }]) {
      expect([other, await refusal(app, { after: cursor, ...other })]).toEqual([other, 'BAD_USER_INPUT']);
    }
    const another = await GivenApp.register(service);
    for (const after of [cursor, 'nonsense', '', 'x'.repeat(5_000)]) expect([after.slice(0, 20), await refusal(another, { after })]).toEqual([after.slice(0, 20), 'BAD_USER_INPUT']);
    expect(await refusal(app, { after: 'nonsense' })).toBe('BAD_USER_INPUT');
  });

  it('page forwards and backwards through everything, without gaps or duplicates', async () => {
    const app = await GivenApp.register(service);
    for (let index = 0; index < 11; index += 1) await app.invite(`person ${index}`);
    const all = (await list(app)).nodes.map(({ userId }: Json) => userId);
    const walk = async (direction: 'forwards' | 'backwards'): Promise<string[]> => {
      const seen: string[] = [];
      for (let cursor: string | null = null; ; ) {
        const page: Json = await list(app, direction === 'forwards' ? { first: 5, after: cursor } : { last: 5, before: cursor });
        const ids = page.nodes.map(({ userId }: Json) => userId);
        expect(page.edges.map(({ node }: Json) => node.userId)).toEqual(ids);
        seen.splice(direction === 'forwards' ? seen.length : 0, 0, ...ids);
        if (!(direction === 'forwards' ? page.pageInfo.hasNextPage : page.pageInfo.hasPreviousPage)) return seen;
        cursor = direction === 'forwards' ? page.pageInfo.endCursor : page.pageInfo.startCursor;
      }
    };
    expect(await walk('forwards')).toEqual(all);
    expect(await walk('backwards')).toEqual(all);
  });

  it('show nobody twice and omit nobody who stays when rows change between pages', async () => {
    const app = await GivenApp.register(service, { licences: 50 });
    const people = [];
    for (let index = 0; index < 24; index += 1) people.push(await app.invite(`person ${index}`, 'STANDARD', index % 2 === 0 ? 'PARTNER' : 'USER'));
    const seen: string[] = [];
    const order = { field: 'KEAP_ID', direction: 'ASC' };
    const changes = people.map(({ person, token, invitationId }, index) => async (): Promise<unknown> => {
      if (index % 3 === 0) return person.mutate('acceptInvitation', { token });
      if (index % 3 === 1) return app.owner.mutate('resendInvitation', { appId: app.appId, invitationId });
      return app.owner.mutate('revokeInvitation', { appId: app.appId, invitationId });
    });
    for (let after: string | null = null; ; ) {
      const page: Json = await list(app, { first: 4, after, orderBy: order, filter: { statuses: ALL } });
      seen.push(...page.nodes.map(({ userId }: Json) => userId));
      for (const change of changes.splice(0, 4)) await change();
      await app.invite(`newcomer ${seen.length}`);
      if (page.pageInfo.hasNextPage !== true) break;
      after = page.pageInfo.endCursor;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining([app.ownerUserId, ...people.map(({ userId }) => userId)]));
  });

  it('show the same list on every page when they are read as of one moment', async () => {
    const app = await GivenApp.register(service);
    const [leaver] = await Promise.all(Array.from({ length: 6 }, (_, index) => app.invite(`person ${index}`)));
    const { position } = await app.owner.mutate('setAccountLabel', { appId: app.appId, label: 'Here' });
    const asOf = { position };
    const first = await list(app, { first: 4, asOf });
    await app.join('a newcomer');
    await leaver?.person.mutate('declineInvitation', { token: leaver.token });
    const second = await list(app, { first: 4, after: first.pageInfo.endCursor, asOf });
    expect([...first.nodes, ...second.nodes].map(({ name, status }: Json) => [name, status])).toEqual([
      ['Olivia Owner', 'ACTIVE'], ...Array.from({ length: 6 }, (_, index) => [`person ${index}`, 'INVITED']),
    ]);
  });
});
