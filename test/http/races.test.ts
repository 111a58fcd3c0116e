import type { EventStore } from '../../src/eventstore/eventStore';
import { contactsStream, rosterStream } from '../../src/domain/streams';
import { GivenApp } from '../support/givenApp';
import { breachesOf } from '../support/membershipInvariants';
import { TEST_STORES, TestService } from '../support/testService';

const ROUNDS = 200;

describe.each(TEST_STORES)('races over HTTP (%s)', (keptIn) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.start({ store: keptIn, env: { INVITATIONS_PER_APP_PER_DAY: '0', INVITATIONS_PER_RECIPIENT_PER_DAY: '0' } });
  });
  afterAll(() => service.close());

  it('100 concurrent acceptances of one invitation write one event and get the same answer', async () => {
    const app = await GivenApp.register(service);
    const { person, token } = await app.invite('coach');
    const answers = await Promise.all(Array.from({ length: 100 }, () => person.mutate('acceptInvitation', { token }, 'position user { userId status }')));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ __typename: 'AcceptInvitationSuccess', user: { status: 'ACTIVE' } });
    expect(await typesOf(service.running.membership.store, rosterStream(app.appId))).toMatchObject({ InvitationAccepted: 1 });
  });

  it('accept against revoke: one wins, the other is told the outcome', async () => {
    const app = await GivenApp.register(service);
    for (let round = 0; round < 20; round += 1) {
      const { person, token, invitationId } = await app.invite(`coach ${round}`);
      const [accepted, revoked] = await Promise.all([
        person.mutate('acceptInvitation', { token }),
        app.owner.mutate('revokeInvitation', { appId: app.appId, invitationId }),
      ]);
      const codes = [accepted.code ?? 'accepted', revoked.code ?? 'revoked'];
      expect([['accepted', 'INVITATION_ALREADY_ACCEPTED'], ['INVITATION_REVOKED', 'revoked']]).toContainEqual(codes);
    }
  });

  it(`${ROUNDS} rounds of leave against assign: exactly one succeeds, and the raw log holds every invariant`, async () => {
    const app = await GivenApp.register(service);
    const { person, userId, token } = await app.invite('coach');
    await person.mutate('acceptInvitation', { token });
    let left = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const [leave, assign] = await Promise.all([person.mutate('leaveApp', { appId: app.appId, confirmAppId: app.appId }), app.assign(userId, `contact ${round}`)]);
      const outcome = [leave.code ?? 'left', assign.code ?? 'assigned'];
      expect([['left', 'ASSIGNEE_NOT_ACTIVE'], ['HAS_ASSIGNED_CONTACTS', 'assigned']]).toContainEqual(outcome);
      if (leave.code === undefined) {
        left += 1;
        const again = await app.invite('coach');
        await person.mutate('acceptInvitation', { token: again.token });
      } else {
        await app.owner.mutate('unassignContacts', { appId: app.appId, contactIds: [`contact ${round}`] });
      }
    }
    const { store } = service.running.membership;
    expect(await breachesOf(store.readAll())).toEqual([]);
    expect(await typesOf(store, rosterStream(app.appId))).toMatchObject({ ...(left > 0 ? { PartnerLeftApp: left } : {}) });
    expect((await typesOf(store, contactsStream(app.appId)))['ContactsAssigned'] ?? 0).toBe(ROUNDS - left);
  }, 120_000);
});

async function typesOf(store: EventStore, stream: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for await (const { type } of store.readStream(stream)) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}
