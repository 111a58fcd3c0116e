import { GivenApp } from '../support/givenApp';
import { TestService } from '../support/testService';

describe('with projections that stand still', () => {
  let service: TestService;
  let app: GivenApp;
  beforeAll(async () => {
    service = await TestService.start();
    app = await GivenApp.register(service);
  });
  afterAll(() => service.close());
  afterEach(() => service.running.membership.projector.resume());

  it('a contact that the read model does not show yet prevents its assignee from leaving', async () => {
    const { person, userId } = await app.join('coach');
    service.running.membership.projector.pause();
    const { userList } = service.running.membership.readModels;
    await service.running.membership.commands.assignContacts(await callerOf(service, app.owner.keapId), { appId: app.appId, userId, contactIds: ['unseen'] });
    expect(userList.app(app.appId)).toBeDefined();
    const answer = await person.mutate('leaveApp', { appId: app.appId, confirmAppId: app.appId });
    expect(answer).toMatchObject({ __typename: 'HasAssignedContacts', count: 1, sample: ['unseen'] });
  });

  it('an assignee may leave after their last contact was unassigned, before the read model shows that', async () => {
    const { person, userId } = await app.join('agency');
    await app.assign(userId, 'last');
    service.running.membership.projector.pause();
    await service.running.membership.commands.unassignContacts(await callerOf(service, app.owner.keapId), { appId: app.appId, contactIds: ['last'] });
    const answer = await person.mutate('leaveApp', { appId: app.appId, confirmAppId: app.appId }, 'appId');
    expect(answer).toMatchObject({ __typename: 'LeaveAppSuccess', appId: app.appId });
  });

  it('a write is answered although its read models are late, and a read at its position is told to retry', async () => {
    const { userId } = await app.join('late');
    service.running.membership.projector.pause();
    const answer = await app.owner.mutate('changeUserRole', { appId: app.appId, userId, role: 'ADMIN' }, 'position user { userId }');
    expect(answer).toMatchObject({ __typename: 'ChangeUserRoleSuccess', user: { userId } });
    const behind = await app.owner.ask('{ viewer { keapId } }', {}, { 'x-min-position': answer.position });
    expect([behind.status, behind.errors[0]?.extensions.code]).toEqual([503, 'PROJECTION_BEHIND']);
  });
});

async function callerOf(service: TestService, keapId: string): Promise<Parameters<TestService['running']['membership']['commands']['leaveApp']>[0]> {
  const { membership } = service.running;
  const person = { personId: membership.personIdOf(`dev:${keapId}`), keapId, keapIdNormalized: keapId, name: null, scopes: [], issuedAt: null };
  return membership.identification.identify(person, { correlationId: '00000000-0000-4000-8000-000000000000' });
}
