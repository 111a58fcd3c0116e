import { setTimeout as pause } from 'node:timers/promises';
import { StoreUnavailable } from '../../src/eventstore/eventStore';
import { GivenApp } from '../support/givenApp';
import { breachesOf } from '../support/membershipInvariants';
import { startDyingService, startServiceProcess } from '../support/serviceProcess';
import { temporaryDirectory } from '../support/temporaryDirectory';
import type { Json, Person } from '../support/person';
import { TestService } from '../support/testService';
import { memberOf } from './appView';

const MANY = 2_500;
const contactIds = Array.from({ length: MANY }, (_, index) => `contact ${index}`);

const CONTACTS = `query ($appId: ID!, $userId: ID!, $after: String) { app(appId: $appId) { user(userId: $userId) { status assignedContactCount
  assignedContacts(first: 200, after: $after) { totalCount nodes { contactId } pageInfo { hasNextPage endCursor } } } } }`;

/** Every contact of a user, read page by page. */
async function contactsOf(viewer: Person, appId: string, userId: string): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null = null; ; ) {
    const { app }: Json = await viewer.read(CONTACTS, { appId, userId, after });
    const { nodes, pageInfo } = app.user.assignedContacts;
    ids.push(...nodes.map(({ contactId }: Json) => contactId));
    if (pageInfo.hasNextPage !== true) return ids;
    after = pageInfo.endCursor;
  }
}

async function assignMany(admin: Person, appId: string, userId: string): Promise<void> {
  for (let start = 0; start < MANY; start += 1_000) {
    const part = contactIds.slice(start, start + 1_000);
    expect(await admin.mutate('assignContacts', { appId, userId, contactIds: part }, 'changed')).toMatchObject({ changed: part.length });
  }
}

describe(`${MANY.toLocaleString('en')} contacts`, () => {
  let service: TestService;
  let app: GivenApp;
  let giver: { person: Person; userId: string };
  let taker: { person: Person; userId: string };
  beforeAll(async () => {
    service = await TestService.start();
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    app = await GivenApp.register(service);
    giver = await app.join('giver');
    taker = await app.join('taker');
    await assignMany(app.owner, app.appId, giver.userId);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    expect(await breachesOf(service.running.membership.store.readAll())).toEqual([]);
  });

  /** Who has which contact, none left out and none with two. */
  const expectAllWith = async (userId: string, viewer = app.owner): Promise<void> => {
    expect((await contactsOf(viewer, app.appId, userId)).sort()).toEqual([...contactIds].sort());
    for (const other of [giver, taker]) if (other.userId !== userId) expect((await memberOf(viewer, app.appId, other.userId)).assignedContactCount).toBe(0);
  };

  /** Lets the first append that hands contacts over happen, unheard of, and none after it: what is left of the process is its files. */
  const failAfterFirstPart = (): void => {
    const { store } = service.running.membership;
    const append = store.append.bind(store);
    let lost = false;
    jest.spyOn(store, 'append').mockImplementation(async (stream, events, revision) => {
      if (lost) throw new StoreUnavailable('gone');
      const result = await append(stream, events, revision);
      if (!events.some(({ type }) => type === 'ContactsReassigned')) return result;
      lost = true;
      throw new StoreUnavailable('gone');
    });
  };

  const restarted = async (): Promise<Person> => {
    jest.restoreAllMocks();
    await service.restart();
    await service.running.membership.caughtUp(30_000);
    await service.running.membership.recovery.finish(0);
    await service.running.membership.caughtUp(30_000);
    return service.as(app.owner.keapId);
  };

  it('are all reassigned in one call, and a repetition changes nothing', async () => {
    const input = { appId: app.appId, fromUserId: giver.userId, toUserId: taker.userId };
    const FIELDS = 'changed fromUser { assignedContactCount } toUser { assignedContactCount }';
    expect(await app.owner.mutate('reassignContacts', input, FIELDS)).toMatchObject({ changed: MANY, fromUser: { assignedContactCount: 0 }, toUser: { assignedContactCount: MANY } });
    await expectAllWith(taker.userId);
    expect(await app.owner.mutate('reassignContacts', input, FIELDS)).toMatchObject({ changed: 0 });
  });

  it('are counted correctly by two concurrent calls with one key', async () => {
    const input = { appId: app.appId, fromUserId: giver.userId, toUserId: taker.userId, idempotencyKey: 'all' };
    const answers = await Promise.all([app.owner.mutate('reassignContacts', input, 'changed position'), app.owner.mutate('reassignContacts', input, 'changed position')]);
    expect(answers[0].changed).toBe(MANY);
    expect(answers[1]).toEqual(answers[0]);
    await expectAllWith(taker.userId);
  });

  it('are transferred with a removal', async () => {
    expect(await app.owner.mutate('removeUser', { appId: app.appId, userId: giver.userId })).toMatchObject({ __typename: 'HasAssignedContacts', count: MANY });
    const removed = await app.owner.mutate('removeUser', { appId: app.appId, userId: giver.userId, reassignContactsTo: taker.userId }, 'user { status }');
    expect(removed).toMatchObject({ user: { status: 'REMOVED' } });
    await expectAllWith(taker.userId);
  });

  it('have exactly one assignee each after a stop in the middle of a reassignment, which the next start finishes', async () => {
    failAfterFirstPart();
    await expect(app.owner.mutate('reassignContacts', { appId: app.appId, fromUserId: giver.userId, toUserId: taker.userId })).rejects.toThrow('STORE_UNAVAILABLE');
    await expectAllWith(taker.userId, await restarted());
  });

  it('have exactly one assignee each after a stop in the middle of a removal, which the next start finishes', async () => {
    failAfterFirstPart();
    await expect(app.owner.mutate('removeUser', { appId: app.appId, userId: giver.userId, reassignContactsTo: taker.userId })).rejects.toThrow('STORE_UNAVAILABLE');
    const owner = await restarted();
    await expectAllWith(taker.userId, owner);
    expect((await memberOf(owner, app.appId, giver.userId)).status).toBe('REMOVED');
  });

  it('are counted completely by the same key after a stop in the middle', async () => {
    const input = { appId: app.appId, fromUserId: giver.userId, toUserId: taker.userId, idempotencyKey: 'interrupted' };
    failAfterFirstPart();
    await expect(app.owner.mutate('reassignContacts', input)).rejects.toThrow('STORE_UNAVAILABLE');
    const owner = await restarted();
    expect(await owner.mutate('reassignContacts', input, 'changed')).toMatchObject({ changed: MANY });
  });

  it('stay where they are when the new assignee may no longer take the rest after a stop in the middle', async () => {
    failAfterFirstPart();
    await expect(app.owner.mutate('reassignContacts', { appId: app.appId, fromUserId: giver.userId, toUserId: taker.userId })).rejects.toThrow('STORE_UNAVAILABLE');
    jest.restoreAllMocks();
    await app.owner.mutate('removeUser', { appId: app.appId, userId: taker.userId, reassignContactsTo: app.ownerUserId });
    const owner = await restarted();
    expect(await service.running.membership.recovery.finish(0)).toBe(0);
    const [stayed, moved] = [await contactsOf(owner, app.appId, giver.userId), await contactsOf(owner, app.appId, app.ownerUserId)];
    expect([stayed.length, moved.length]).toEqual([MANY - 1_000, 1_000]);
    expect([...stayed, ...moved].sort()).toEqual([...contactIds].sort());
  });
});

describe('a process killed in the middle of a reassignment', () => {
  const directory = temporaryDirectory();
  afterAll(() => directory.remove());

  it('is finished by the next start', async () => {
    const appId = 'killed';
    const dying = await startDyingService(directory.path, 'ContactsReassigned');
    const operator = await dying.as('operator@example.com', 'operator');
    await operator.mutate('registerApp', { appId, name: 'Killed', licences: 1, ownerKeapId: 'owner@example.com' });
    const owner = await dying.as('owner@example.com');
    const coach = await dying.as('coach@example.com');
    const { user, invitation } = await owner.mutate('invitePartner', { appId, keapId: coach.keapId, role: 'STANDARD' }, 'user { userId } invitation { developmentToken }');
    await coach.mutate('acceptInvitation', { token: invitation.developmentToken });
    const { app } = await owner.read('query ($appId: ID!) { app(appId: $appId) { users { nodes { userId } } } }', { appId });
    const ownerUserId = app.users.nodes.map(({ userId }: Json) => userId).find((userId: string) => userId !== user.userId);
    await assignMany(owner, appId, user.userId);
    await expect(owner.mutate('reassignContacts', { appId, fromUserId: user.userId, toUserId: ownerUserId })).rejects.toThrow();
    expect(await dying.program.ended).toMatchObject({ signal: 'SIGKILL' });

    const next = await startServiceProcess(directory.path);
    const viewer = await next.as('owner@example.com');
    while ((await memberOf(viewer, appId, ownerUserId)).assignedContactCount !== MANY) await pause(5);
    expect((await contactsOf(viewer, appId, ownerUserId)).sort()).toEqual([...contactIds].sort());
    expect(await contactsOf(viewer, appId, user.userId)).toEqual([]);
    next.program.kill('SIGTERM');
    expect(await next.program.ended).toMatchObject({ code: 0 });
  });
});
