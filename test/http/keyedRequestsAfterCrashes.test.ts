import { type EventToAppend, type StoredEvent, StoreUnavailable } from '../../src/eventstore/eventStore';
import { GivenApp } from '../support/givenApp';
import type { Json, Person } from '../support/person';
import { TestService } from '../support/testService';

describe('a request that is repeated with its idempotency key after a crash', () => {
  let service: TestService;
  let app: GivenApp;
  beforeAll(async () => {
    service = await TestService.start();
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    app = await GivenApp.register(service);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** Sends it as if the service had died after the last event of the command, before it wrote down its answer. */
  const sendAndCrash = async (person: Person, mutation: string, input: object): Promise<void> => {
    const { store } = service.running.membership;
    const append = store.append.bind(store);
    const dying = jest.spyOn(store, 'append').mockImplementation((stream: string, events: readonly EventToAppend[], revision: number) => {
      if (!events.some(({ type }) => type === 'RequestAnswered')) return append(stream, events, revision);
      dying.mockRestore();
      return Promise.reject(new StoreUnavailable('lost'));
    });
    await expect(person.mutate(mutation, input, 'position')).rejects.toThrow('STORE_UNAVAILABLE');
  };

  const factsOf = async (): Promise<readonly string[]> => {
    const log: StoredEvent[] = [];
    for await (const event of service.running.membership.store.readAll()) log.push(event);
    return log.filter(({ type }) => !type.startsWith('Request') && !type.startsWith('InvitationEmail')).map(({ id }) => id);
  };

  const rejoin = async (person: Person): Promise<void> => {
    const { invitation }: Json = await app.owner.mutate('invitePartner', { appId: app.appId, keapId: person.keapId, role: 'STANDARD' }, 'invitation { invitationId }');
    await person.mutate('acceptInvitation', { appId: app.appId, invitationId: invitation.invitationId });
  };

  it('does not remove somebody who has returned since: leaving', async () => {
    const { person } = await app.join('tired');
    const input = { appId: app.appId, confirmAppId: app.appId, idempotencyKey: 'leave' };
    await sendAndCrash(person, 'leaveApp', input);
    await rejoin(person);
    const before = await factsOf();
    expect(await person.mutate('leaveApp', input, 'position')).toMatchObject({ __typename: 'LeaveAppSuccess' });
    expect(await factsOf()).toEqual(before);
  });

  it('does not remove somebody who has returned since: removal', async () => {
    const { person, userId } = await app.join('removed');
    const input = { appId: app.appId, userId, idempotencyKey: `remove ${userId}` };
    await sendAndCrash(app.owner, 'removeUser', input);
    await rejoin(person);
    const before = await factsOf();
    expect(await app.owner.mutate('removeUser', input, 'position')).toMatchObject({ __typename: 'RemoveUserSuccess' });
    expect(await factsOf()).toEqual(before);
  });

  it('does not release a Keap ID from its new owner', async () => {
    const operator = await service.as('operator@example.com', 'operator');
    const { person, userId } = await app.join('mover');
    const input = { keapId: person.keapId, idempotencyKey: `release ${person.keapId}` };
    await sendAndCrash(operator, 'releaseKeapId', input);
    await app.owner.mutate('removeUser', { appId: app.appId, userId });
    await rejoin(person);
    const before = await factsOf();
    expect(await operator.mutate('releaseKeapId', input, 'position')).toMatchObject({ __typename: 'ReleaseKeapIdSuccess' });
    expect(await factsOf()).toEqual(before);
  });
});
