import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CODES, type ErrorCode } from '../../src/domain/domainError';
import { GivenApp } from '../support/givenApp';
import { DAY_MS, MovableClock } from '../support/movableClock';
import { temporaryDirectory } from '../support/temporaryDirectory';
import type { Person } from '../support/person';
import { addressOf, TestService } from '../support/testService';

const NOWHERE = '00000000-0000-4000-8000-000000000000';

/** How each code of `ErrorCode` is reached through HTTP. A code without an entry does not compile. */
const SCENARIOS: Readonly<Record<ErrorCode, (world: World) => Promise<{ code?: string }>>> = {
  FORBIDDEN: async ({ app }) => {
    const { person } = await app.join('standard');
    return person.mutate('invitePartner', { appId: app.appId, keapId: 'x@example.com', role: 'STANDARD' });
  },
  APP_NOT_FOUND: async ({ app, stranger }) => stranger.mutate('invitePartner', { appId: app.appId, keapId: 'x@example.com', role: 'STANDARD' }),
  USER_NOT_FOUND: async ({ app }) => app.owner.mutate('removeUser', { appId: app.appId, userId: NOWHERE }),
  INVITATION_NOT_FOUND: async ({ stranger }) => stranger.mutate('acceptInvitation', { token: 'no-such-token' }),
  APP_ID_TAKEN: async ({ app, operator }) => operator.mutate('registerApp', { appId: app.appId, name: 'Again', licences: 1, ownerKeapId: 'x@example.com' }),
  INVALID_KEAP_ID: async ({ app }) => app.owner.mutate('invitePartner', { appId: app.appId, keapId: 'Paul <paul@example.com>', role: 'STANDARD' }),
  INVALID_INPUT: async ({ app }) => app.owner.mutate('setAccountLabel', { appId: app.appId, label: ' ' }),
  CANNOT_INVITE_SELF: async ({ app }) => app.owner.mutate('inviteUser', { appId: app.appId, keapId: app.owner.keapId.toUpperCase(), role: 'STANDARD' }),
  NOT_A_KNOWN_PARTNER: async () => {
    const directory = temporaryDirectory();
    const PARTNER_DIRECTORY = join(directory.path, 'partners.txt');
    writeFileSync(PARTNER_DIRECTORY, '# our partners\nknown@example.com\n');
    const service = await TestService.start({ env: { PARTNER_POLICY: 'list', PARTNER_DIRECTORY } });
    const { appId, owner } = await GivenApp.register(service);
    const known = await owner.mutate('invitePartner', { appId, keapId: 'Known@example.com', role: 'STANDARD' });
    const unknown = await owner.mutate('invitePartner', { appId, keapId: 'unknown@example.com', role: 'STANDARD' });
    await service.close();
    directory.remove();
    expect(known.__typename).toBe('InvitePartnerSuccess');
    return unknown;
  },
  ALREADY_INVITED: async ({ app }) => {
    const { person } = await app.invite('twice');
    return app.owner.mutate('invitePartner', { appId: app.appId, keapId: person.keapId, role: 'ADMIN' });
  },
  ALREADY_MEMBER: async ({ app }) => {
    const { person } = await app.join('member');
    return app.owner.mutate('inviteUser', { appId: app.appId, keapId: person.keapId, role: 'ADMIN' });
  },
  LINK_SUPERSEDED: async ({ app }) => {
    const { person, token, invitationId } = await app.invite('resent');
    await app.owner.mutate('resendInvitation', { appId: app.appId, invitationId });
    return person.mutate('acceptInvitation', { token });
  },
  INVITATION_EXPIRED: async ({ app, clock }) => {
    const { person, token } = await app.invite('late');
    clock.pass(7 * DAY_MS);
    return person.mutate('acceptInvitation', { token });
  },
  INVITATION_REVOKED: async ({ app }) => {
    const { person, token, invitationId } = await app.invite('revoked');
    await app.owner.mutate('revokeInvitation', { appId: app.appId, invitationId });
    return person.mutate('acceptInvitation', { token });
  },
  INVITATION_DECLINED: async ({ app }) => {
    const { person, token } = await app.invite('declined');
    await person.mutate('declineInvitation', { token });
    return person.mutate('acceptInvitation', { token });
  },
  INVITATION_ALREADY_ACCEPTED: async ({ app }) => {
    const { person, token, invitationId } = await app.invite('accepted');
    await person.mutate('acceptInvitation', { token });
    return app.owner.mutate('revokeInvitation', { appId: app.appId, invitationId });
  },
  WRONG_RECIPIENT: async ({ app, stranger }) => stranger.mutate('acceptInvitation', { token: (await app.invite('other')).token }),
  NO_LICENCE_AVAILABLE: async ({ app }) => {
    for (const name of ['one', 'two', 'three', 'four']) await app.invite(name, 'STANDARD', 'USER');
    return app.owner.mutate('inviteUser', { appId: app.appId, keapId: addressOf(app.appId, 'five'), role: 'STANDARD' });
  },
  LICENCES_IN_USE: async ({ app, operator }) => {
    await app.invite('reserving', 'STANDARD', 'USER');
    return operator.mutate('setLicences', { appId: app.appId, licences: 1 });
  },
  LAST_ADMIN: async ({ app }) => app.owner.mutate('changeUserRole', { appId: app.appId, userId: app.ownerUserId, role: 'STANDARD' }),
  NOT_A_MEMBER: async ({ app }) => {
    const { person } = await app.join('gone');
    await person.mutate('leaveApp', { appId: app.appId, confirmAppId: app.appId });
    return person.mutate('leaveApp', { appId: app.appId, confirmAppId: app.appId });
  },
  NOT_A_PARTNER: async ({ app }) => app.owner.mutate('leaveApp', { appId: app.appId, confirmAppId: app.appId }),
  NOT_ACCEPTED_YET: async ({ app }) => {
    const { person } = await app.invite('waiting');
    return person.mutate('leaveApp', { appId: app.appId, confirmAppId: app.appId });
  },
  HAS_ASSIGNED_CONTACTS: async ({ app }) => {
    const { person, userId } = await app.join('busy');
    await app.assign(userId, 'a contact');
    return person.mutate('leaveApp', { appId: app.appId, confirmAppId: app.appId });
  },
  ASSIGNEE_NOT_ACTIVE: async ({ app }) => app.assign((await app.invite('not yet')).userId, 'a contact'),
  CONFIRMATION_MISMATCH: async ({ app }) => {
    const { person } = await app.join('hasty');
    return person.mutate('leaveApp', { appId: app.appId, confirmAppId: 'another' });
  },
  IDEMPOTENCY_KEY_REUSED: async ({ app }) => {
    await app.owner.mutate('setAccountLabel', { appId: app.appId, label: 'One', idempotencyKey: 'key' });
    return app.owner.mutate('setAccountLabel', { appId: app.appId, label: 'Two', idempotencyKey: 'key' });
  },
  REVIEW_NOT_FOUND: async ({ app }) => app.owner.mutate('decideAccess', { reviewId: NOWHERE, userIds: [NOWHERE], decision: 'KEEP' }),
  REVIEW_FINISHED: async ({ app }) => {
    const { person, userId } = await app.join('second-admin', 'ADMIN', 'USER');
    const { ownerUserId } = app;
    const { review: { reviewId } } = await app.owner.mutate('startAccessReview', { appId: app.appId }, 'review { reviewId }');
    const { accessReview: { items: { nodes } } } = await app.owner.read('query ($reviewId: ID!) { accessReview(reviewId: $reviewId) { items(first: 200) { nodes { user { userId } } } } }', { reviewId });
    const others = nodes.map(({ user }: { user: { userId: string } }) => user.userId).filter((id: string) => id !== ownerUserId);
    await app.owner.mutate('decideAccess', { reviewId, userIds: others, decision: 'KEEP' });
    await person.mutate('decideAccess', { reviewId, userIds: [ownerUserId], decision: 'KEEP' });
    await app.owner.mutate('finishAccessReview', { reviewId });
    return app.owner.mutate('decideAccess', { reviewId, userIds: [userId], decision: 'REMOVE' });
  },
  REVIEW_INCOMPLETE: async ({ app }) => {
    const { review: { reviewId } } = await app.owner.mutate('startAccessReview', { appId: app.appId }, 'review { reviewId }');
    return app.owner.mutate('finishAccessReview', { reviewId });
  },
  CANNOT_REVIEW_SELF: async ({ app }) => {
    const { review: { reviewId } } = await app.owner.mutate('startAccessReview', { appId: app.appId }, 'review { reviewId }');
    return app.owner.mutate('decideAccess', { reviewId, userIds: [app.ownerUserId], decision: 'KEEP' });
  },
  RATE_LIMITED: async ({ app }) => {
    const { invitationId } = await app.invite('often');
    for (let sent = 1; sent < 5; sent += 1) await app.owner.mutate('resendInvitation', { appId: app.appId, invitationId });
    return app.owner.mutate('resendInvitation', { appId: app.appId, invitationId });
  },
};

interface World {
  readonly app: GivenApp;
  readonly operator: Person;
  readonly stranger: Person;
  readonly clock: MovableClock;
}

describe('every code of ErrorCode, through HTTP', () => {
  const clock = new MovableClock();
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.start({ clock });
  });
  afterAll(() => service.close());

  it.each(ERROR_CODES)('%s', async (code) => {
    const world = { app: await GivenApp.register(service), operator: await service.as('operator@example.com', 'operator'), stranger: await service.as('stranger@example.com'), clock };
    const answer = await SCENARIOS[code](world);
    expect(answer.code).toBe(code);
  });

  it('covers all of the schema\'s ErrorCode', async () => {
    const { __type: type } = await service.nobody().read('{ __type(name: "ErrorCode") { enumValues { name } } }');
    expect(type.enumValues.map(({ name }: { name: string }) => name).sort()).toEqual([...ERROR_CODES].sort());
    expect(Object.keys(SCENARIOS).sort()).toEqual([...ERROR_CODES].sort());
  });
});
