import type { Json, Person } from '../support/person';
import { SignedInService } from './signedInAs';

const RECEIVED = '{ accountCentral { accounts { nodes { appId } } invitations { appId invitationId } } }';
const LIST = 'query ($appId: ID!) { app(appId: $appId) { licences { used reserved } users(first: 50) { nodes { userId keapId name status } } } }';
let apps = 0;

describe('a Keap ID belongs to the sign-in that states it now', () => {
  let service: SignedInService;
  let operator: Person;
  let owner: Person;
  let appId: string;
  let now: number;
  beforeAll(async () => {
    service = await SignedInService.start();
    operator = service.as({ sub: 'operator', email: 'operator@example.com', scope: 'operator' });
    owner = service.as({ sub: 'owner', email: 'owner@example.com', name: 'Olivia Owner' });
    now = Math.floor(Date.now() / 1000);
  });
  afterAll(() => service.service.close());

  const register = async (): Promise<string> => {
    const id = `held${++apps}`;
    await operator.mutate('registerApp', { appId: id, name: 'App', licences: 5, ownerKeapId: owner.keapId });
    return id;
  };
  beforeEach(async () => {
    appId = await register();
  });
  const invite = async (keapId: string, to = appId, mutation = 'invitePartner'): Promise<string> => {
    const answer = await owner.mutate(mutation, { appId: to, keapId, role: 'STANDARD' }, 'invitation { invitationId } user { userId }');
    return answer.invitation?.invitationId ?? answer.code;
  };
  const accept = async (person: Person, invitationId: string, to = appId): Promise<string> => {
    const answer = await person.mutate('acceptInvitation', { appId: to, invitationId });
    return answer.code ?? answer.__typename;
  };
  const acceptByLink = async (person: Person, invitationId: string): Promise<string> => {
    const answer = await person.mutate('acceptInvitation', { token: service.linkOf(invitationId) });
    return answer.code ?? answer.__typename;
  };
  const received = async (person: Person): Promise<readonly string[]> => (await person.read(RECEIVED)).accountCentral.invitations.map(({ invitationId }: Json) => invitationId);
  const accountsOf = async (person: Person): Promise<readonly string[]> => (await person.read(RECEIVED)).accountCentral.accounts.nodes.map((account: Json) => account.appId);
  const list = async (): Promise<Json> => (await owner.read(LIST, { appId })).app;

  it('so that nobody takes an invitation with an address they once had, and its real holder accepts', async () => {
    const first = service.as({ sub: 's', email: 'desk@agency.example' });
    expect(await accept(first, await invite('desk@agency.example'))).toBe('AcceptInvitationSuccess');
    const other = await register();
    const invitationId = await invite('desk@agency.example', other);
    const moved = service.as({ sub: 's', email: 'private@elsewhere.example' });
    expect(await received(moved)).toEqual([]);
    expect(await accept(moved, invitationId, other)).toBe('INVITATION_NOT_FOUND');
    expect((await moved.mutate('declineInvitation', { appId: other, invitationId })).code).toBe('INVITATION_NOT_FOUND');

    const desk = service.as({ sub: 'desk', email: 'Desk@Agency.example' });
    expect(await received(desk)).toEqual([invitationId]);
    expect(await acceptByLink(moved, invitationId)).toBe('WRONG_RECIPIENT');
    expect(await accept(desk, invitationId, other)).toBe('AcceptInvitationSuccess');
    expect(await accept(desk, invitationId, other)).toBe('AcceptInvitationSuccess');
    expect([await accountsOf(moved), await accountsOf(desk)]).toEqual([[appId], [other]]);
  });

  it('so that by id a stranger causes the same lookups whether there is such an invitation or not', async () => {
    const stranger = service.as({ sub: 'stranger', email: 'stranger@example.com' });
    const invitationId = await invite('somebody@example.com');
    const reads = jest.spyOn(service.service.running.membership.store, 'readStream');
    const readsOf = async (mutation: string, id: string): Promise<readonly string[]> => {
      reads.mockClear();
      expect((await stranger.mutate(mutation, { appId, invitationId: id })).code).toBe('INVITATION_NOT_FOUND');
      return reads.mock.calls.map(([stream]) => stream);
    };
    for (const mutation of ['acceptInvitation', 'declineInvitation']) {
      // The first request also recognizes the stranger.
      await readsOf(mutation, 'none');
      expect(await readsOf(mutation, invitationId)).toEqual(await readsOf(mutation, 'none'));
    }
    reads.mockRestore();
  });

  it('and with the link it may be used by who held it last', async () => {
    const mover = { sub: 'mover', email: 'mover@old.example' };
    await received(service.as(mover));
    const invitationId = await invite(mover.email);
    const moved = service.as({ ...mover, email: 'Mover@new.example' });
    expect(await accept(moved, invitationId)).toBe('INVITATION_NOT_FOUND');
    expect(await acceptByLink(moved, invitationId)).toBe('AcceptInvitationSuccess');
    expect((await list()).users.nodes.map(({ keapId }: Json) => keapId)).toContain('Mover@new.example');
    expect(await acceptByLink(service.as({ sub: 'stranger', email: 'stranger@example.com' }), invitationId)).toBe('WRONG_RECIPIENT');
  });

  it('by the token that was issued last', async () => {
    const email = 'shared@example.com';
    const [older, newer] = [service.as({ sub: 'older', email, iat: now - 20 }), service.as({ sub: 'newer', email, iat: now - 10 })];
    const invitationId = await invite(email);
    expect(await received(older)).toEqual([invitationId]);
    expect(await received(newer)).toEqual([invitationId]);
    expect(await received(older)).toEqual([]);
    for (const answer of [accept, acceptByLink]) expect(await answer(older, invitationId)).toMatch(/INVITATION_NOT_FOUND|WRONG_RECIPIENT/);
    const again = service.as({ sub: 'older', email, iat: now - 5 });
    expect(await accept(again, invitationId)).toBe('AcceptInvitationSuccess');
    expect(await accept(newer, invitationId)).toBe('INVITATION_NOT_FOUND');
  });

  it('and is no way around an operator\'s release for the tokens from before', async () => {
    const email = 'coach@example.com';
    const first = service.as({ sub: 'first holder', email, iat: now - 30 });
    expect(await accept(first, await invite(email))).toBe('AcceptInvitationSuccess');
    const offered = await register();
    expect(await owner.mutate('releaseKeapId', { keapId: email })).toMatchObject({ code: 'FORBIDDEN' });
    expect(await operator.mutate('releaseKeapId', { keapId: 'nobody@example.com' })).toMatchObject({ code: 'USER_NOT_FOUND' });
    const released = await operator.mutate('releaseKeapId', { keapId: 'Coach@Example.com' });
    expect(released).toMatchObject({ __typename: 'ReleaseKeapIdSuccess' });
    expect(await operator.mutate('releaseKeapId', { keapId: email })).toEqual(released);

    const invitationId = await invite(email, offered);
    for (const claims of [{ iat: now - 30 }, {}]) {
      const before = service.as({ sub: 'first holder', email, ...claims });
      expect(await received(before)).toEqual([]);
      expect(await accept(before, invitationId, offered)).toBe('INVITATION_NOT_FOUND');
      expect(await acceptByLink(before, invitationId)).toBe('WRONG_RECIPIENT');
      expect(await accountsOf(before)).toEqual([appId]);
    }
    const second = service.as({ sub: 'second holder', email });
    expect(await received(second)).toEqual([invitationId]);
    expect(await received(service.as({ sub: 'first holder', email }))).toEqual([]);
    expect(await accept(second, invitationId, offered)).toBe('AcceptInvitationSuccess');
    expect(await accountsOf(second)).toEqual([offered]);
  });

  it('until the provider states it anew after the release', async () => {
    const email = 'back@example.com';
    await received(service.as({ sub: 'back', email, iat: now - 30 }));
    await operator.mutate('releaseKeapId', { keapId: email });
    const invitationId = await invite(email);
    expect(await received(service.as({ sub: 'back', email, iat: now - 30 }))).toEqual([]);
    expect(await received(service.as({ sub: 'back', email, iat: Math.floor(Date.now() / 1000) + 20 }))).toEqual([invitationId]);
  });

  it('whose new holder gets nothing of the member who had it before, also where that one has another place in the app since', async () => {
    const pat = service.as({ sub: 'pat', email: 'pat@agency.example' });
    expect(await accept(pat, await invite('pat@agency.example'))).toBe('AcceptInvitationSuccess');
    await pat.mutate('setAccountLabel', { appId, label: 'What Pat calls it' });
    expect((await pat.mutate('leaveApp', { appId, confirmAppId: appId })).__typename).toBe('LeaveAppSuccess');
    await operator.mutate('appointAdmin', { appId, keapId: 'pat@client.example', reason: 'Pat works for the client now' });
    expect(await accountsOf(service.as({ sub: 'pat', email: 'pat@client.example' }))).toEqual([appId]);

    const heir = service.as({ sub: 'heir', email: 'pat@agency.example' });
    const invitationId = await invite('pat@agency.example');
    expect(await received(heir)).toEqual([invitationId]);
    const { account } = await heir.mutate('acceptInvitation', { appId, invitationId }, 'account { label }');
    expect(account).toEqual({ label: `${appId} App` });
    expect((await list()).users.nodes.filter(({ keapId }: Json) => keapId === 'pat@agency.example')).toHaveLength(1);
  });

  it('and to a member who was appointed again at once, whose removal counts for the invitations that they sent', async () => {
    const ada = service.as({ sub: 'ada', email: 'ada@client.example' });
    for (let time = 1; time <= 2; time += 1) {
      const { user } = await operator.mutate('appointAdmin', { appId, keapId: ada.keapId, reason: `Time ${time}` }, 'user { userId }');
      if (time === 2) await ada.mutate('inviteUser', { appId, keapId: 'ada@home.example', role: 'ADMIN' });
      else expect(await accountsOf(ada)).toContain(appId);
      expect((await owner.mutate('removeUser', { appId, userId: user.userId })).__typename).toBe('RemoveUserSuccess');
    }
    const atHome = service.as({ sub: 'ada', email: 'ada@home.example' });
    const [invitationId = ''] = await received(atHome);
    expect(await accept(atHome, invitationId)).toBe('FORBIDDEN');
  });

  it('whose domain it may spell in two ways', async () => {
    const first = await invite('a@münchen.example', appId, 'inviteUser');
    expect(await invite('A@xn--mnchen-3ya.example', appId, 'inviteUser')).toBe('ALREADY_INVITED');
    const munich = service.as({ sub: 'munich', email: 'a@xn--mnchen-3ya.example' });
    expect(await accept(munich, first)).toBe('AcceptInvitationSuccess');
    expect(await invite('a@MÜNCHEN.example')).toBe('ALREADY_MEMBER');
    expect((await list()).licences).toEqual({ used: 2, reserved: 0 });
  });

  it('and look-alikes of it take nothing: their tokens are refused', async () => {
    const victims = ['coach@lookalike.example', 'kate@lookalike.example', 'desk@lookalike.example', 'office@lookalike.example', 'a.b@lookalike.example'];
    const invitations = await Promise.all(victims.map((keapId) => invite(keapId)));
    const lookAlikes = ['ｃｏａｃｈ@lookalike.example', '\u212aate@lookalike.example', 'de\u017fk@lookalike.example', 'o\ufb03ce@lookalike.example', 'a\u2024b@lookalike.example'];
    for (const [index, email] of lookAlikes.entries()) {
      const thief = service.as({ sub: `thief ${index}`, email });
      const answer = await thief.ask('mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { __typename } }', { input: { appId, invitationId: invitations[index] } });
      expect([answer.status, answer.errors[0]?.extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
      expect(answer.errors[0]?.message).toContain('INVALID_KEAP_ID');
      expect(await invite(email)).toBe('INVALID_KEAP_ID');
    }
    expect((await operator.mutate('registerApp', { appId: `${appId}x`, name: 'X', licences: 1, ownerKeapId: lookAlikes[0] })).code).toBe('INVALID_KEAP_ID');
  });

  describe('and the lists of its apps follow the provider', () => {
    const claims = { sub: 'follower', email: 'old@follower.example', name: 'Fay Follower' };

    it('once per app, with history, search and Account Central', async () => {
      const second = await register();
      for (const id of [appId, second]) expect(await accept(service.as(claims), await invite(claims.email, id, 'inviteUser'), id)).toBe('AcceptInvitationSuccess');
      const fay = service.as({ ...claims, email: 'New@Follower.example', name: 'Fay Married' });
      for (let time = 0; time < 3; time += 1) await received(fay);
      await service.service.running.membership.caughtUp(5000);
      const { users, licences } = await list();
      expect(users.nodes.filter(({ name }: Json) => name?.startsWith('Fay'))).toMatchObject([{ keapId: 'New@Follower.example', name: 'Fay Married', status: 'ACTIVE' }]);
      expect(licences).toEqual({ used: 2, reserved: 0 });
      const { membershipEvents: { nodes } } = await owner.read('query ($appId: ID!) { membershipEvents(filter: { appId: $appId, types: ["PersonUpdated"], keapId: "new@follower.example" }) { nodes { summary user { keapId } ... on PersonUpdatedEvent { person { keapId name } } } } }', { appId });
      expect(nodes).toEqual([{ summary: 'Fay Married signed in with another name or Keap ID than before.', user: { keapId: 'New@Follower.example' }, person: { keapId: 'New@Follower.example', name: 'Fay Married' } }]);
      for (const search of ['new@follower', 'married']) {
        const found = await owner.read('query ($appId: ID!, $search: String) { app(appId: $appId) { users(filter: { search: $search }) { totalCount } } }', { appId, search });
        expect(found.app.users.totalCount).toBe(1);
      }
      expect([...(await accountsOf(fay))].sort()).toEqual([appId, second].sort());
      for (const keapId of ['new@follower.example', claims.email]) expect(await invite(keapId)).toBe('ALREADY_MEMBER');

      // The old address gets a new owner, who is a stranger to the app.
      const stranger = service.as({ sub: 'stranger to the old address', email: claims.email });
      await received(stranger);
      const invitationId = await invite(claims.email, appId, 'inviteUser');
      expect(await accept(stranger, invitationId)).toBe('AcceptInvitationSuccess');
      const after = (await list()).users.nodes.map(({ keapId, status }: Json) => `${keapId} ${status}`);
      expect(after).toEqual(expect.arrayContaining(['New@Follower.example ACTIVE', `${claims.email} ACTIVE`]));
      expect(new Set(after).size).toBe(after.length);
    });

    it('in all of many apps, of which a request does not wait for all', async () => {
      const many = { sub: 'many', email: 'many@old.example', name: 'Many' };
      const { membership } = service.service.running;
      const person = service.as(many);
      const ids = await Promise.all(Array.from({ length: 25 }, () => register()));
      for (const id of ids) await accept(person, await invite(many.email, id), id);
      await received(service.as({ ...many, email: 'many@new.example' }));
      await membership.identification.stop();
      await membership.caughtUp(5000);
      const shown = membership.readModels.people.peopleInApps(ids.map((id) => ({ appId: id, personId: membership.personIdOf(many.sub) })));
      const updated = shown.filter(({ keapId }) => keapId === 'many@new.example').length;
      expect(shown).toHaveLength(25);
      expect(updated).toBeGreaterThanOrEqual(20);
    });
  });
});
