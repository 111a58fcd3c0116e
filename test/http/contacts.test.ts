import { randomUUID } from 'node:crypto';
import { contactsStream } from '../../src/domain/streams';
import type { EventToAppend } from '../../src/eventstore/eventStore';
import { GivenApp } from '../support/givenApp';
import { breachesOf } from '../support/membershipInvariants';
import type { Json } from '../support/person';
import { TestService } from '../support/testService';
import { memberOf, viewOf } from './appView';

describe('contacts', () => {
  let service: TestService;
  let app: GivenApp;
  let coach: { userId: string };
  beforeAll(async () => {
    service = await TestService.start();
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    app = await GivenApp.register(service);
    coach = await app.join('coach');
  });
  afterEach(async () => {
    expect(await breachesOf(service.running.membership.store.readAll())).toEqual([]);
  });

  const countOf = async (userId: string): Promise<number> => (await memberOf(app.owner, app.appId, userId)).assignedContactCount;
  const revisionOf = async (): Promise<number> => {
    let revision = -1;
    for await (const event of service.running.membership.store.readStream(contactsStream(app.appId))) revision = event.revision;
    return revision;
  };

  it('are assigned 1 to 1,000 per call, each id of 1 to 200 characters; otherwise INVALID_INPUT', async () => {
    const many = Array.from({ length: 1_001 }, (_, index) => `c${index}`);
    for (const contactIds of [[], many, [''], ['x'.repeat(201)], ['fine', 'not\u0000fine']]) {
      for (const [mutation, input] of Object.entries({
        assignContacts: { appId: app.appId, userId: coach.userId, contactIds },
        unassignContacts: { appId: app.appId, contactIds },
        reassignContacts: { appId: app.appId, fromUserId: coach.userId, toUserId: app.ownerUserId, contactIds },
      })) {
        expect([mutation, await app.owner.mutate(mutation, input)]).toMatchObject([mutation, { code: 'INVALID_INPUT', field: 'contactIds' }]);
      }
    }
    expect((await app.assign(coach.userId, ...many.slice(0, 999), 'é'.repeat(200))).changed).toBe(1_000);
    expect((await app.assign(coach.userId, ...Array.from({ length: 1_000 }, () => 'the same'))).changed).toBe(1);
  });

  it('get no id with characters that cannot be seen, and those that have one from before can still be reassigned and unassigned', async () => {
    for (const contactIds of [[' c'], ['c\u00a0'], ['c\u200b'], ['c', '\u00adc'], ['e\u0301']]) {
      expect(await app.assign(coach.userId, ...contactIds)).toMatchObject({ code: 'INVALID_INPUT', field: 'contactIds' });
    }
    const { store } = service.running.membership;
    const ids = ['c\u200b', ' d'];
    await app.assign(coach.userId, 'c');
    const events: EventToAppend[] = [];
    for await (const event of store.readStream(contactsStream(app.appId), { backwards: true, maxCount: 1 })) events.push({ ...event, id: randomUUID(), data: { ...event.data, contactIds: ids } });
    await store.append(contactsStream(app.appId), events, await revisionOf());
    expect(await app.owner.mutate('reassignContacts', { appId: app.appId, fromUserId: coach.userId, toUserId: app.ownerUserId, contactIds: ids }, 'changed')).toMatchObject({ changed: 2 });
    expect(await app.owner.mutate('unassignContacts', { appId: app.appId, contactIds: ids }, 'changed')).toMatchObject({ changed: 2 });
    expect([await countOf(coach.userId), await countOf(app.ownerUserId)]).toEqual([1, 0]);
  });

  it('are assigned only to active members of the app; otherwise ASSIGNEE_NOT_ACTIVE', async () => {
    const invited = await app.invite('invited');
    const left = await app.join('left');
    await left.person.mutate('leaveApp', { appId: app.appId, confirmAppId: app.appId });
    const removed = await app.join('removed');
    await app.owner.mutate('removeUser', { appId: app.appId, userId: removed.userId });
    await app.assign(coach.userId, 'c');
    for (const { userId } of [invited, left, removed]) {
      expect(await app.assign(userId, 'c')).toMatchObject({ code: 'ASSIGNEE_NOT_ACTIVE', field: 'userId' });
      expect(await app.owner.mutate('reassignContacts', { appId: app.appId, fromUserId: coach.userId, toUserId: userId })).toMatchObject({ code: 'ASSIGNEE_NOT_ACTIVE', field: 'toUserId' });
    }
    expect(await countOf(coach.userId)).toBe(1);
  });

  it('of another user move to the new one; those that the new one has do not count as changed', async () => {
    const agency = await app.join('agency');
    await app.assign(coach.userId, 'a', 'b');
    await app.assign(agency.userId, 'c');
    const before = await revisionOf();
    expect((await app.assign(agency.userId, 'b', 'c', 'd')).changed).toBe(2);
    expect([await countOf(coach.userId), await countOf(agency.userId)]).toEqual([1, 3]);
    expect(await revisionOf()).toBeGreaterThan(before);
    const after = await revisionOf();
    const again = await app.assign(agency.userId, 'b', 'c', 'd');
    expect(again).toMatchObject({ __typename: 'AssignContactsSuccess', changed: 0 });
    expect(await revisionOf()).toBe(after);
  });

  it('are unassigned from whoever has them; unassigned ones do not count as changed', async () => {
    await app.assign(coach.userId, 'a', 'b');
    await app.assign(app.ownerUserId, 'c');
    const unassign = (): Promise<Json> => app.owner.mutate('unassignContacts', { appId: app.appId, contactIds: ['a', 'c', 'z'] }, 'changed');
    expect((await unassign()).changed).toBe(2);
    expect((await unassign()).changed).toBe(0);
    expect(await countOf(coach.userId)).toBe(1);
  });

  it('are reassigned, some or all, from one user to another', async () => {
    await app.assign(coach.userId, 'a', 'b', 'c');
    await app.assign(app.ownerUserId, 'd');
    const reassign = (contactIds?: string[]): Promise<Json> =>
      app.owner.mutate('reassignContacts', { appId: app.appId, fromUserId: coach.userId, toUserId: app.ownerUserId, contactIds }, 'changed fromUser { assignedContactCount } toUser { assignedContactCount }');
    expect(await reassign(['a', 'd', 'unknown'])).toMatchObject({ changed: 1, fromUser: { assignedContactCount: 2 }, toUser: { assignedContactCount: 2 } });
    expect(await reassign()).toMatchObject({ changed: 2, fromUser: { assignedContactCount: 0 }, toUser: { assignedContactCount: 4 } });
    expect(await reassign()).toMatchObject({ changed: 0 });
    expect(await app.owner.mutate('reassignContacts', { appId: app.appId, fromUserId: coach.userId, toUserId: coach.userId })).toMatchObject({ code: 'INVALID_INPUT', field: 'toUserId' });
  });

  it('stay with a demoted user, and are allowed for users and partners alike', async () => {
    const { userId } = await app.join('user', 'ADMIN', 'USER');
    await app.assign(userId, 'a');
    await app.owner.mutate('changeUserRole', { appId: app.appId, userId, role: 'STANDARD' });
    expect(await countOf(userId)).toBe(1);
  });

  it('that several admins assign concurrently have one assignee each', async () => {
    const agency = await app.join('agency', 'ADMIN');
    const ids = Array.from({ length: 10 }, (_, index) => `contested ${index}`);
    const users = [coach.userId, agency.userId, app.ownerUserId];
    await Promise.all(
      Array.from({ length: 60 }, (_, index) => {
        const input = { appId: app.appId, userId: users[index % 3], contactIds: ids.slice(index % 7) };
        return index % 5 === 4 ? app.owner.mutate('unassignContacts', { appId: app.appId, contactIds: ids.slice(0, 3) }) : app.owner.mutate('assignContacts', input);
      }),
    );
    const { users: shown } = await viewOf(app.owner, app.appId);
    const counted = shown.nodes.reduce((sum: number, { assignedContactCount }: Json) => sum + Number(assignedContactCount), 0);
    expect(counted).toBeLessThanOrEqual(ids.length);
    expect(counted).toBeGreaterThanOrEqual(ids.length - 3);
  });
});
