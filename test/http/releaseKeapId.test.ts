import { SignedInService } from './signedInAs';

describe('a Keap ID that goes to somebody else', () => {
  let service: SignedInService;
  beforeAll(async () => {
    service = await SignedInService.start();
  });
  afterAll(() => service.service.close());

  it('answers its new owner WrongRecipient until an operator releases it; whoever held it keeps their apps', async () => {
    const operator = service.as({ sub: 'operator', email: 'operator@example.com', scope: 'operator' });
    const owner = service.as({ sub: 'owner', email: 'owner@example.com' });
    const first = service.as({ sub: 'first holder', email: 'coach@example.com' });
    const second = service.as({ sub: 'second holder', email: 'coach@example.com' });
    for (const appId of ['held', 'offered']) await operator.mutate('registerApp', { appId, name: 'App', licences: 1, ownerKeapId: owner.keapId });
    const invite = async (appId: string): Promise<string> => {
      const answer = await owner.mutate('invitePartner', { appId, keapId: 'coach@example.com', role: 'STANDARD' }, 'invitation { invitationId }');
      return answer.invitation.invitationId;
    };
    await first.mutate('acceptInvitation', { appId: 'held', invitationId: await invite('held') });
    const invitationId = await invite('offered');

    expect(await second.mutate('acceptInvitation', { token: service.linkOf(invitationId) })).toMatchObject({ __typename: 'WrongRecipient' });
    expect(await second.mutate('acceptInvitation', { appId: 'offered', invitationId })).toMatchObject({ code: 'INVITATION_NOT_FOUND' });
    expect(await owner.mutate('releaseKeapId', { keapId: 'coach@example.com' })).toMatchObject({ code: 'FORBIDDEN' });
    expect(await operator.mutate('releaseKeapId', { keapId: 'nobody@example.com' })).toMatchObject({ code: 'USER_NOT_FOUND' });
    const released = await operator.mutate('releaseKeapId', { keapId: 'Coach@Example.com' });
    expect(released).toMatchObject({ __typename: 'ReleaseKeapIdSuccess' });
    expect(await operator.mutate('releaseKeapId', { keapId: 'coach@example.com' })).toEqual(released);

    expect(await second.mutate('acceptInvitation', { appId: 'offered', invitationId }, 'user { status }')).toMatchObject({ user: { status: 'ACTIVE' } });
    const apps = '{ accountCentral { accounts { nodes { appId } } } }';
    expect((await first.read(apps)).accountCentral.accounts.nodes).toEqual([{ appId: 'held' }]);
    expect((await second.read(apps)).accountCentral.accounts.nodes).toEqual([{ appId: 'offered' }]);
  });
});
