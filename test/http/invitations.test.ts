import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordExpiredInvitations } from '../../src/application/invitations';
import { GivenApp } from '../support/givenApp';
import { DAY_MS } from '../support/movableClock';
import type { Json, Person } from '../support/person';
import { addressOf, TestService } from '../support/testService';
import { memberOf, viewOf } from './appView';
import { StandingClock } from './standingClock';

const PREVIEW = 'query ($token: String!) { invitation(token: $token) { status superseded accountName role kind invitedBy maskedKeapId expiresAt } }';
const NOTHING_SHOWN = { superseded: false, accountName: null, role: null, kind: null, invitedBy: null, maskedKeapId: null };
const NOWHERE = '00000000-0000-4000-8000-000000000000';

describe('invitations', () => {
  const clock = new StandingClock(new Date().toISOString());
  let service: TestService;
  let app: GivenApp;
  beforeAll(async () => {
    service = await TestService.start({ clock, env: { INVITATIONS_PER_APP_PER_DAY: '6', INVITATIONS_PER_RECIPIENT_PER_DAY: '3' } });
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    clock.set(new Date().toISOString());
    app = await GivenApp.register(service);
  });

  const preview = async (token: string): Promise<Json> => (await service.nobody().read(PREVIEW, { token })).invitation;
  const invite = (name: string, by = app): Promise<Json> => by.owner.mutate('invitePartner', { appId: by.appId, keapId: addressOf('recipient', name), role: 'STANDARD' }, 'invitation { invitationId }');
  const logLength = async (): Promise<number> => {
    let length = 0;
    for await (const event of service.running.membership.store.readAll()) length += event.revision >= 0 ? 1 : 0;
    return length;
  };

  it('of two concurrent admins result in one open invitation; the second gets AlreadyInvited with its id and expiry', async () => {
    const { person: colleague } = await app.join('colleague', 'ADMIN');
    const input = { appId: app.appId, keapId: addressOf(app.appId, 'wanted'), role: 'STANDARD' };
    const answers = await Promise.all([app.owner, colleague].map((admin) => admin.mutate('invitePartner', input, 'invitation { invitationId expiresAt }')));
    const [sent, refused] = answers.sort((a) => (a.__typename === 'AlreadyInvited' ? 1 : -1));
    expect(sent.__typename).toBe('InvitePartnerSuccess');
    expect(refused).toMatchObject({ __typename: 'AlreadyInvited', code: 'ALREADY_INVITED', ...sent.invitation });
  });

  it('cannot be sent to oneself', async () => {
    for (const mutation of ['invitePartner', 'inviteUser']) {
      expect((await app.owner.mutate(mutation, { appId: app.appId, keapId: ` ${app.owner.keapId.toUpperCase()}`, role: 'ADMIN' })).code).toBe('CANNOT_INVITE_SELF');
    }
  });

  it('are open until one millisecond before their expiry, for every query and command', async () => {
    const { person, userId, invitationId, token } = await app.invite('punctual', 'STANDARD', 'USER');
    const { expiresAt } = await preview(token);
    expect(Date.parse(expiresAt) - Date.parse(clock.now())).toBe(7 * DAY_MS);
    clock.setTo(expiresAt, -1);
    expect(await preview(token)).toMatchObject({ status: 'OPEN' });
    expect(await memberOf(app.owner, app.appId, userId)).toMatchObject({ status: 'INVITED', invitation: { status: 'OPEN' } });
    expect((await viewOf(app.owner, app.appId)).licences.reserved).toBe(1);
    expect((await received(person)).map((one: Json) => one.invitationId)).toEqual([invitationId]);
    expect((await app.owner.mutate('changeUserRole', { appId: app.appId, userId, role: 'ADMIN' })).__typename).toBe('ChangeUserRoleSuccess');
    expect((await person.mutate('acceptInvitation', { token })).__typename).toBe('AcceptInvitationSuccess');
  });

  it.each(['unwritten', 'written'])('count as expired from their expiry on, for every query and command, with the event %s', async (event) => {
    const { person, userId, invitationId, token } = await app.invite('late', 'STANDARD', 'USER');
    const { expiresAt } = await preview(token);
    clock.set(expiresAt);
    if (event === 'written') {
      const { membership } = service.running;
      await recordExpiredInvitations(membership.readModels.userList, membership.rosters);
      await membership.caughtUp(5_000);
      expect(await typesOf(service, app.appId)).toContain('InvitationExpired');
    }
    expect(await preview(token)).toEqual({ status: 'EXPIRED', ...NOTHING_SHOWN, expiresAt });
    expect(await memberOf(app.owner, app.appId, userId)).toMatchObject({ status: 'EXPIRED', invitation: { status: 'EXPIRED' } });
    const { licences, users } = (await app.owner.read('query ($appId: ID!) { app(appId: $appId) { licences { reserved } users { totalCount statusCounts { status count } } } }', { appId: app.appId })).app;
    expect(licences.reserved).toBe(0);
    expect(users).toMatchObject({ totalCount: 1, statusCounts: expect.arrayContaining([{ status: 'EXPIRED', count: 1 }, { status: 'INVITED', count: 0 }]) });
    expect(await received(person)).toEqual([]);
    const { appId } = app;
    expect((await person.mutate('acceptInvitation', { token })).code).toBe('INVITATION_EXPIRED');
    expect((await person.mutate('acceptInvitation', { appId, invitationId })).code).toBe('INVITATION_EXPIRED');
    expect((await person.mutate('declineInvitation', { token })).code).toBe('INVITATION_EXPIRED');
    expect((await app.owner.mutate('revokeInvitation', { appId, invitationId })).code).toBe('INVITATION_EXPIRED');
    expect((await app.owner.mutate('changeUserRole', { appId, userId, role: 'ADMIN' })).code).toBe('NOT_A_MEMBER');
    expect((await app.owner.mutate('removeUser', { appId, userId })).code).toBe('NOT_A_MEMBER');
    expect((await person.mutate('leaveApp', { appId, confirmAppId: appId })).code).toBe('APP_NOT_FOUND');
    clock.setTo(expiresAt, 1);
    const before = await viewOf(app.owner, appId, { time: new Date(Date.parse(expiresAt) - 1).toISOString() });
    expect(before.users.nodes.find((user: Json) => user.userId === userId).status).toBe('INVITED');
    const then = await viewOf(app.owner, appId, { time: expiresAt });
    expect(then.users.nodes.find((user: Json) => user.userId === userId).status).toBe('EXPIRED');
    expect((await app.owner.mutate('inviteUser', { appId, keapId: person.keapId, role: 'STANDARD' })).__typename).toBe('InviteUserSuccess');
  });

  it('that have expired are recorded once, by any number of processes', async () => {
    const { token } = await app.invite('late');
    clock.set((await preview(token)).expiresAt);
    const { readModels, rosters } = service.running.membership;
    await Promise.all(Array.from({ length: 5 }, () => recordExpiredInvitations(readModels.userList, rosters)));
    expect((await typesOf(service, app.appId)).filter((type) => type === 'InvitationExpired')).toHaveLength(1);
  });

  it('have a token of 256 bits that appears in no event, no file and no answer except in development', async () => {
    const { token, invitationId } = await app.invite('secret');
    await app.owner.mutate('resendInvitation', { appId: app.appId, invitationId });
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    const { token: other } = await app.invite('other secret');
    expect(other).not.toBe(token);
    for (const file of readdirSync(service.dataDir)) {
      if (!file.startsWith('events.db') && !file.startsWith('readmodels.db')) continue;
      const bytes = readFileSync(join(service.dataDir, file));
      expect([file, bytes.includes(token), bytes.includes(Buffer.from(token, 'base64url'))]).toEqual([file, false, false]);
    }
    const { errors, data } = await app.owner.ask('query ($token: String!) { invitation(token: $token) { status nonsense } }', { token });
    expect(JSON.stringify([errors, data])).not.toContain(token);
  });

  it('are resent with a new link, a new expiry and a higher count; older links answer LINK_SUPERSEDED', async () => {
    const { person, token, invitationId } = await app.invite('patient');
    const first = await preview(token);
    clock.setTo(clock.now(), 1_000);
    const resent = await app.owner.mutate('resendInvitation', { appId: app.appId, invitationId }, 'user { status } invitation { invitationId status sendCount expiresAt developmentToken }');
    expect(resent).toMatchObject({ user: { status: 'INVITED' }, invitation: { invitationId, status: 'OPEN', sendCount: 2 } });
    expect(Date.parse(resent.invitation.expiresAt) - Date.parse(first.expiresAt)).toBe(1_000);
    for (const mutation of ['acceptInvitation', 'declineInvitation']) expect((await person.mutate(mutation, { token })).code).toBe('LINK_SUPERSEDED');
    expect(await preview(token)).toEqual({ status: 'OPEN', ...NOTHING_SHOWN, superseded: true, expiresAt: null });
    expect(await preview(resent.invitation.developmentToken)).toMatchObject({ status: 'OPEN', superseded: false, expiresAt: resent.invitation.expiresAt });
    expect((await person.mutate('acceptInvitation', { token: resent.invitation.developmentToken })).__typename).toBe('AcceptInvitationSuccess');
    expect((await person.mutate('acceptInvitation', { token })).code).toBe('LINK_SUPERSEDED');
    expect(await preview(token)).toEqual({ status: 'ACCEPTED', ...NOTHING_SHOWN, superseded: true, expiresAt: null });
  });

  it('that have expired are reopened by resending', async () => {
    const { person, token, invitationId, userId } = await app.invite('sleeper');
    clock.set((await preview(token)).expiresAt);
    const resent = await app.owner.mutate('resendInvitation', { appId: app.appId, invitationId }, 'invitation { developmentToken }');
    expect((await memberOf(app.owner, app.appId, userId)).status).toBe('INVITED');
    expect((await person.mutate('acceptInvitation', { token: resent.invitation.developmentToken })).__typename).toBe('AcceptInvitationSuccess');
  });

  it('that were accepted, declined or revoked are not resent, and the error names which', async () => {
    const { appId, owner } = app;
    const accepted = await app.invite('accepted');
    await accepted.person.mutate('acceptInvitation', { token: accepted.token });
    const declined = await app.invite('declined');
    await declined.person.mutate('declineInvitation', { token: declined.token });
    const revoked = await app.invite('revoked');
    await owner.mutate('revokeInvitation', { appId, invitationId: revoked.invitationId });
    const before = await logLength();
    const codes = await Promise.all([accepted, declined, revoked].map(async ({ invitationId }) => (await owner.mutate('resendInvitation', { appId, invitationId })).code));
    expect(codes).toEqual(['INVITATION_ALREADY_ACCEPTED', 'INVITATION_DECLINED', 'INVITATION_REVOKED']);
    expect((await owner.mutate('revokeInvitation', { appId, invitationId: declined.invitationId })).code).toBe('INVITATION_DECLINED');
    expect((await accepted.person.mutate('declineInvitation', { token: accepted.token })).code).toBe('INVITATION_ALREADY_ACCEPTED');
    expect(await logLength()).toBe(before);
  });

  it('are revoked or declined a second time with the same answer and no new event', async () => {
    const { invitationId } = await app.invite('revoked');
    const revoke = (): Promise<Json> => app.owner.mutate('revokeInvitation', { appId: app.appId, invitationId }, 'position user { userId status }');
    const declined = await app.invite('declined');
    const decline = (): Promise<Json> => declined.person.mutate('declineInvitation', { token: declined.token }, 'position appId');
    const first = [await revoke(), await decline()];
    expect(first.map(({ __typename: type }) => type)).toEqual(['RevokeInvitationSuccess', 'DeclineInvitationSuccess']);
    const before = await logLength();
    expect([await revoke(), await decline()]).toEqual(first);
    expect(await logLength()).toBe(before);
  });

  it('do not change when their link is opened, by GET, HEAD or another method', async () => {
    const { token, person } = await app.invite('curious');
    const before = await logLength();
    for (const method of ['GET', 'HEAD']) {
      const query = new URLSearchParams({ query: PREVIEW, variables: JSON.stringify({ token }) });
      await fetch(`${service.url}/graphql?${query.toString()}`, { method, headers: { 'apollo-require-preflight': 'true' } });
      await fetch(`${service.url}/invitation?token=${token}`, { method });
      const mutation = new URLSearchParams({ query: `mutation { acceptInvitation(input: { token: "${token}" }) { __typename } }` });
      expect((await fetch(`${service.url}/graphql?${mutation.toString()}`, { method, headers: { 'apollo-require-preflight': 'true' } })).ok).toBe(false);
    }
    expect(await preview(token)).toMatchObject({ status: 'OPEN', accountName: `${app.appId} Keap Pro Recording`, role: 'STANDARD', kind: 'PARTNER', invitedBy: 'Olivia Owner', maskedKeapId: expect.stringMatching(/^p•••@partners\.example$/) });
    expect(await logLength()).toBe(before);
    expect((await service.nobody().ask('mutation ($token: String) { acceptInvitation(input: { token: $token }) { __typename } }', { token })).status).toBe(401);
    expect((await person.mutate('acceptInvitation', { token })).__typename).toBe('AcceptInvitationSuccess');
  });

  it('are shown with their status but without people once they have ended', async () => {
    const { token, person } = await app.invite('done');
    await person.mutate('acceptInvitation', { token });
    expect(await preview(token)).toEqual({ status: 'ACCEPTED', ...NOTHING_SHOWN, expiresAt: expect.any(String) });
    expect(await preview('unknown')).toBeNull();
  });

  it('belong to the addressed person: anyone else gets WrongRecipient by link and learns nothing by id, and they stay open', async () => {
    const { token, invitationId, person } = await app.invite('addressed');
    const stranger = await service.as('stranger@example.com');
    for (const mutation of ['acceptInvitation', 'declineInvitation']) {
      for (const [other, signedInAs] of [[stranger, 's•••@example.com now'], [app.owner, 'p•••@partners.example now, which is another one']] as const) {
        expect(await other.mutate(mutation, { token })).toEqual({
          __typename: 'WrongRecipient', code: 'WRONG_RECIPIENT', maskedKeapId: 'p•••@partners.example',
          message: `This invitation is for p•••@partners.example. Sign in with that Keap ID. You are signed in as ${signedInAs}.`,
        });
        expect((await other.mutate(mutation, { appId: app.appId, invitationId })).code).toBe('INVITATION_NOT_FOUND');
      }
    }
    expect((await person.mutate('acceptInvitation', { token })).__typename).toBe('AcceptInvitationSuccess');
  });

  it('are accepted a second time by the same person with the same answer and position', async () => {
    const { token, person, invitationId } = await app.invite('eager');
    const FIELDS = 'position user { userId status } account { appId joinedAt }';
    const first = await person.mutate('acceptInvitation', { token }, FIELDS);
    expect(first.__typename).toBe('AcceptInvitationSuccess');
    const before = await logLength();
    expect(await person.mutate('acceptInvitation', { token }, FIELDS)).toEqual(first);
    expect(await person.mutate('acceptInvitation', { appId: app.appId, invitationId }, FIELDS)).toEqual(first);
    expect(await logLength()).toBe(before);
  });

  it('grant the role that they have at acceptance', async () => {
    const { token, person, userId } = await app.invite('promoted');
    await app.owner.mutate('changeUserRole', { appId: app.appId, userId, role: 'ADMIN' });
    expect(await preview(token)).toMatchObject({ role: 'ADMIN' });
    expect((await received(person))[0].role).toBe('ADMIN');
    expect((await person.mutate('acceptInvitation', { token }, 'account { role }')).account.role).toBe('ADMIN');
  });

  it('answer unknown and malformed tokens and foreign and unknown ids alike', async () => {
    const other = await GivenApp.register(service);
    const foreign = await other.invite('foreign');
    const stranger = await service.as('stranger@example.com');
    const inputs = [
      { token: 'unknown' }, { token: '' }, { token: 'x'.repeat(5_000) }, { token: `${foreign.token}x` }, { token: foreign.token.slice(1) }, { token: '\u0000' },
      { appId: app.appId, invitationId: foreign.invitationId }, { appId: other.appId, invitationId: foreign.invitationId }, { appId: app.appId, invitationId: NOWHERE }, { appId: 'no-such-app', invitationId: NOWHERE }, { appId: '!', invitationId: '' },
    ];
    for (const mutation of ['acceptInvitation', 'declineInvitation']) {
      const answers = await Promise.all(inputs.map((input) => stranger.mutate(mutation, input)));
      expect(answers[0]).toMatchObject({ __typename: 'Rejection', code: 'INVITATION_NOT_FOUND' });
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    }
  });

  it('are identified by link or by id, not by both or neither', async () => {
    const { token, invitationId, person } = await app.invite('confused');
    const { appId } = app;
    for (const input of [{}, { appId }, { invitationId }, { token, appId }, { token, appId, invitationId }]) {
      expect(await person.mutate('acceptInvitation', input)).toMatchObject({ code: 'INVALID_INPUT', field: 'token' });
    }
  });

  describe('limits', () => {
    it('limits what an app sends in 24 hours, including revoked ones and resends; more is RateLimited, and nothing is written', async () => {
      const { invitation } = await invite('1');
      await app.owner.mutate('revokeInvitation', { appId: app.appId, invitationId: invitation.invitationId });
      const second = await invite('2');
      await app.owner.mutate('resendInvitation', { appId: app.appId, invitationId: second.invitation.invitationId });
      for (const name of ['3', '4', '5']) expect((await invite(name)).__typename).toBe('InvitePartnerSuccess');
      clock.setTo(clock.now(), 60_000);
      const before = await logLength();
      const over = await invite('6');
      expect(over).toMatchObject({ __typename: 'RateLimited', code: 'RATE_LIMITED' });
      expect(over.retryAfterSeconds).toBe((DAY_MS - 60_000) / 1_000);
      expect(await app.owner.mutate('resendInvitation', { appId: app.appId, invitationId: second.invitation.invitationId })).toMatchObject({ __typename: 'RateLimited' });
      expect(await logLength()).toBe(before);
      clock.setTo(clock.now(), (over.retryAfterSeconds - 1) * 1_000);
      expect((await invite('6')).code).toBe('RATE_LIMITED');
      clock.setTo(clock.now(), 1_000);
      expect((await invite('6')).__typename).toBe('InvitePartnerSuccess');
    });

    it('does not count a refused invitation', async () => {
      for (let index = 0; index < 10; index += 1) await app.owner.mutate('invitePartner', { appId: app.appId, keapId: app.owner.keapId, role: 'STANDARD' });
      expect((await invite('unspent')).__typename).toBe('InvitePartnerSuccess');
    });

    it('limits what an app sends to one person in 24 hours, also at once; what other apps send them never counts', async () => {
      const { invitation: { invitationId } } = await invite('popular');
      const resends = await Promise.all(Array.from({ length: 4 }, () => app.owner.mutate('resendInvitation', { appId: app.appId, invitationId })));
      expect(resends.filter(({ __typename: type }) => type === 'ResendInvitationSuccess')).toHaveLength(2);
      expect(resends.filter(({ __typename: type }) => type === 'RateLimited').map(({ retryAfterSeconds }) => retryAfterSeconds)).toEqual([DAY_MS / 1_000, DAY_MS / 1_000]);
      await app.owner.mutate('revokeInvitation', { appId: app.appId, invitationId });
      expect((await invite('popular')).code).toBe('RATE_LIMITED');
      expect((await invite('somebody else')).__typename).toBe('InvitePartnerSuccess');
      const others = await Promise.all(Array.from({ length: 8 }, () => GivenApp.register(service)));
      const answers = await Promise.all(others.map((one) => invite('popular', one)));
      expect(answers.map(({ __typename: type }) => type)).toEqual(others.map(() => 'InvitePartnerSuccess'));
      clock.setTo(clock.now(), DAY_MS);
      expect((await invite('popular')).__typename).toBe('InvitePartnerSuccess');
    });
  });

  it('from an admin who was removed or demoted since are shown as such, and an active admin confirms them before they are accepted as ADMIN', async () => {
    const { appId, owner } = app;
    const rogue = await app.join('rogue', 'ADMIN', 'USER');
    const INVITATION = 'query ($appId: ID!, $userId: ID!, $asOf: AsOf) { app(appId: $appId, asOf: $asOf) { user(userId: $userId) { invitation { sentByFormerAdmin status } } } }';
    const shown = async (userId: string, asOf: object | null = null): Promise<Json> => (await owner.read(INVITATION, { appId, userId, asOf })).app.user.invitation;
    const friend = await service.as(addressOf(appId, 'friend of the rogue'));
    const sent = await rogue.person.mutate('inviteUser', { appId, keapId: friend.keapId, role: 'ADMIN' }, 'user { userId } invitation { invitationId developmentToken sentByFormerAdmin }');
    expect(sent.invitation.sentByFormerAdmin).toBe(false);
    const { invitationId, developmentToken: token } = sent.invitation;
    const before = { time: clock.now() };
    clock.setTo(clock.now(), 1_000);
    await owner.mutate('removeUser', { appId, userId: rogue.userId });
    expect([await shown(sent.user.userId, before), await shown(sent.user.userId)]).toEqual([{ sentByFormerAdmin: false, status: 'OPEN' }, { sentByFormerAdmin: true, status: 'OPEN' }]);
    expect((await viewOf(owner, appId)).licences).toMatchObject({ used: 1, reserved: 1 });
    await received(friend);
    const length = await logLength();
    for (const input of [{ token }, { appId, invitationId }]) {
      expect(await friend.mutate('acceptInvitation', input)).toMatchObject({ __typename: 'Rejection', code: 'FORBIDDEN', message: expect.stringContaining('Ask a present admin to send the invitation again') });
    }
    expect(await logLength()).toBe(length);
    const confirmed = await owner.mutate('resendInvitation', { appId, invitationId }, 'invitation { sentByFormerAdmin developmentToken }');
    expect(confirmed.invitation.sentByFormerAdmin).toBe(false);
    expect((await friend.mutate('acceptInvitation', { appId, invitationId }, 'user { role status }')).user).toEqual({ role: 'ADMIN', status: 'ACTIVE' });
  });
});

async function received(person: Person): Promise<Json> {
  return (await person.read('{ accountCentral { invitations { invitationId role } } }')).accountCentral.invitations;
}

async function typesOf(service: TestService, appId: string): Promise<string[]> {
  const types: string[] = [];
  for await (const { type } of service.running.membership.store.readStream(`app-${appId}`)) types.push(type);
  return types;
}
