import { type StoredEvent, StoreUnavailable } from '../../src/eventstore/eventStore';
import { withoutWordJoiners } from '../../src/application/delivery/messages/message';
import { GivenApp } from '../support/givenApp';
import { untilMailEvents } from '../support/mailEvents';
import type { Json } from '../support/person';
import { addressOf, TestService } from '../support/testService';
import { memberOf } from './appView';

const REASON = 'Runs the spring campaign, ticket 4713';
const HISTORY = 'query ($filter: MembershipEventFilter!) { membershipEvents(filter: $filter, first: 200) { nodes { type reason summary } } }';

describe('a reason', () => {
  let service: TestService;
  let app: GivenApp;
  beforeAll(async () => {
    service = await TestService.start({ sends: ['mail'] });
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    app = await GivenApp.register(service);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const historyOf = async (filter: object, reader = app.owner): Promise<Json[]> => (await reader.read(HISTORY, { filter: { appId: app.appId, ...filter } })).membershipEvents.nodes;
  const stored = async (wanted: (event: StoredEvent) => boolean): Promise<StoredEvent[]> => {
    const events: StoredEvent[] = [];
    for await (const event of service.running.membership.store.readAll()) if (wanted(event)) events.push(event);
    return events;
  };

  it('of an invitation, a change of role and a removal stands in the history, in words too', async () => {
    const { appId, owner } = app;
    const invited = (name: string): object => ({ appId, keapId: addressOf(appId, name), name, role: 'STANDARD', reason: ` ${REASON} ` });
    const { invitation, user }: Json = await owner.mutate('invitePartner', invited('Paula'), 'user { userId } invitation { developmentToken }');
    await owner.mutate('inviteUser', invited('Uwe'));
    await (await service.as(addressOf(appId, 'Paula'))).mutate('acceptInvitation', { token: invitation.developmentToken });
    await owner.mutate('changeUserRole', { appId, userId: user.userId, role: 'ADMIN', reason: REASON });
    await owner.mutate('changeUserRole', { appId, userId: user.userId, role: 'STANDARD' });
    await owner.mutate('removeUser', { appId, userId: user.userId, reason: REASON });
    const said = await historyOf({ types: ['PartnerInvited', 'UserInvited', 'UserRoleChanged', 'UserRemoved', 'AssigneeClosed'] });
    expect(said.map(({ type, reason }: Json) => [type, reason])).toEqual([
      ['PartnerInvited', REASON], ['UserInvited', REASON], ['UserRoleChanged', REASON], ['UserRoleChanged', null], ['AssigneeClosed', REASON], ['UserRemoved', REASON],
    ]);
    expect(said.map(({ summary }: Json) => summary)).toEqual([
      `Olivia Owner invited Paula as a partner with the role STANDARD, with the reason "${REASON}".`,
      `Olivia Owner invited Uwe as a user with the role STANDARD, with the reason "${REASON}".`,
      `Olivia Owner changed the role of Paula from STANDARD to ADMIN, with the reason "${REASON}".`,
      'Olivia Owner changed the role of Paula from ADMIN to STANDARD.',
      `Paula can be assigned no more contacts, since Olivia Owner is removing them, with the reason "${REASON}".`,
      `Olivia Owner removed Paula from the app, with the reason "${REASON}".`,
    ]);
  });

  it('is refused where it is blank or too long, and nothing is written', async () => {
    const { appId, owner } = app;
    const { userId } = await app.join('Paula');
    const before = await stored(({ stream }) => [`app-${appId}`, `contacts-${appId}`].includes(stream));
    const inputs: Readonly<Record<string, object>> = {
      invitePartner: { appId, keapId: addressOf(appId, 'new'), role: 'STANDARD' }, inviteUser: { appId, keapId: addressOf(appId, 'new'), role: 'STANDARD' },
      changeUserRole: { appId, userId, role: 'ADMIN' }, removeUser: { appId, userId },
    };
    for (const [mutation, input] of Object.entries(inputs)) {
      for (const reason of ['', ' ', 'x'.repeat(501)]) {
        expect(await owner.mutate(mutation, { ...input, reason })).toMatchObject({ __typename: 'Rejection', code: 'INVALID_INPUT', field: 'reason' });
      }
    }
    expect((await stored(({ stream }) => [`app-${appId}`, `contacts-${appId}`].includes(stream))).length).toBe(before.length);
  });

  it('belongs to the input: the same key with another reason is another request', async () => {
    const { appId, owner } = app;
    const { userId } = await app.join('Paula');
    const input = { appId, userId, role: 'ADMIN', reason: REASON, idempotencyKey: 'role' };
    const first = await owner.mutate('changeUserRole', input);
    expect(await owner.mutate('changeUserRole', input)).toEqual(first);
    for (const reason of ['Another one', null]) expect(await owner.mutate('changeUserRole', { ...input, reason })).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it('shows in a dry run, which writes nothing', async () => {
    const { appId, owner } = app;
    const { userId } = await app.join('Paula');
    const query = 'mutation ($input: RemoveUserInput!) { removeUser(input: $input) { __typename } }';
    const response = await fetch(`${service.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${owner.token}`, 'x-dry-run': 'true' },
      body: JSON.stringify({ query, variables: { input: { appId, userId, reason: REASON } } }),
    });
    const { extensions }: Json = await response.json();
    expect(extensions.dryRun.events.map(({ type, data }: Json) => [type, data.removalReason ?? data.reason])).toEqual([['AssigneeClosed', REASON], ['UserRemoved', REASON]]);
    expect((await memberOf(owner, appId, userId)).status).toBe('ACTIVE');
  });

  it('of an invitation is told in its message, also when it is sent again', async () => {
    const { appId, owner } = app;
    const keapId = addressOf(appId, 'Paula');
    const { invitation: { invitationId } }: Json = await owner.mutate('invitePartner', { appId, keapId, role: 'STANDARD', reason: REASON }, 'invitation { invitationId }');
    await untilMailEvents(service, appId, invitationId, (types) => types.includes('Sent'));
    await owner.mutate('resendInvitation', { appId, invitationId });
    await untilMailEvents(service, appId, invitationId, (types) => types.filter((type) => type === 'Sent').length === 2);
    const mails: Json = await (await fetch(`${service.url}/dev/outbox`, { headers: { accept: 'application/json' } })).json();
    const texts = mails.filter(({ to }: Json) => to === keapId).map(({ text }: Json) => withoutWordJoiners(text));
    expect(texts).toHaveLength(2);
    for (const text of texts) expect(text).toContain(`The reason given: ${REASON}`);
  });

  it('of a removal survives a stop between its steps', async () => {
    const { appId, owner } = app;
    const [giver, taker] = [await app.join('giver'), await app.join('taker')];
    for (const part of [0, 1]) await app.assign(giver.userId, ...Array.from({ length: 600 }, (_, index) => `contact ${part} ${index}`));
    const { store } = service.running.membership;
    const append = store.append.bind(store);
    for (const last of ['ContactsReassigned', 'AssigneeClosed']) {
      const { userId } = last === 'AssigneeClosed' ? await app.join('idle') : giver;
      let lost = false;
      jest.spyOn(store, 'append').mockImplementation(async (stream, events, revision) => {
        if (lost) throw new StoreUnavailable('gone');
        const result = await append(stream, events, revision);
        lost = events.some(({ type }) => type === last);
        if (lost) throw new StoreUnavailable('gone');
        return result;
      });
      await expect(owner.mutate('removeUser', { appId, userId, reassignContactsTo: taker.userId, reason: `${REASON} ${last}` })).rejects.toThrow('STORE_UNAVAILABLE');
      jest.restoreAllMocks();
    }
    await service.restart();
    await service.running.membership.caughtUp(30_000);
    await service.running.membership.recovery.finish(0);
    await service.running.membership.caughtUp(30_000);
    const reasons = await historyOf({ types: ['ReassignmentStarted', 'AssigneeClosed', 'UserRemoved'] }, await service.as(owner.keapId));
    expect(reasons.map(({ type, reason }: Json) => `${type} ${reason}`).sort()).toEqual([
      `AssigneeClosed ${REASON} AssigneeClosed`, `AssigneeClosed ${REASON} ContactsReassigned`, `ReassignmentStarted ${REASON} ContactsReassigned`,
      `UserRemoved ${REASON} AssigneeClosed`, `UserRemoved ${REASON} ContactsReassigned`,
    ]);
  });
});
