import { GivenApp } from '../support/givenApp';
import type { Answer, Person } from '../support/person';
import { TestService } from '../support/testService';

describe('unknown tokens of invitations', () => {
  let service: TestService;
  beforeEach(async () => {
    service = await TestService.start({ env: { TOKEN_GUESSES_PER_MINUTE: '4' } });
  });
  afterEach(() => service.close());

  const preview = (person: Person, token: string): Promise<Answer> => person.ask('query ($token: String!) { invitation(token: $token) { status } }', { token });
  const accept = (person: Person, token: string, mutation = 'acceptInvitation'): Promise<Answer> =>
    person.ask(`mutation ($input: AcceptInvitationInput!) { ${mutation}(input: $input) { ... on UserError { code } } }`, { input: { token } });
  const codesOf = ({ errors }: Answer): readonly string[] => errors.map(({ extensions }) => extensions.code);

  it('are reported as unknown until there were too many from one address, however they are tried', async () => {
    const stranger = await service.as('stranger@example.com');
    const begunAt = performance.now();
    expect((await preview(service.nobody(), 'one')).data).toEqual({ invitation: null });
    expect((await preview(service.nobody(), 'x'.repeat(500))).data).toEqual({ invitation: null });
    expect((await accept(stranger, 'three')).data.acceptInvitation).toEqual({ code: 'INVITATION_NOT_FOUND' });
    expect((await accept(stranger, 'four', 'declineInvitation')).data.declineInvitation).toEqual({ code: 'INVITATION_NOT_FOUND' });
    for (const refused of [await preview(service.nobody(), 'five'), await accept(stranger, 'six'), await accept(stranger, 'seven', 'declineInvitation')]) {
      expect([refused.status, codesOf(refused)]).toEqual([429, ['TOO_MANY_REQUESTS']]);
      // The limit refills while the requests are sent.
      const passed = (performance.now() - begunAt) / 1000;
      const wait = Number(refused.headers.get('retry-after'));
      expect([wait >= 15 - passed, wait <= 15]).toEqual([true, true]);
    }
  });

  it('are counted individually within a request', async () => {
    const fields = Array.from({ length: 10 }, (_, index) => `t${index}: invitation(token: "guess ${index}") { status }`).join(' ');
    const refused = await service.nobody().ask(`{ ${fields} }`);
    expect([refused.status, codesOf(refused).length]).toEqual([429, 6]);
  });

  it('do not include valid ones, which are refused as well once the limit is reached', async () => {
    const app = await GivenApp.register(service);
    const { token, person } = await app.invite('invited');
    for (let look = 0; look < 6; look += 1) expect((await preview(service.nobody(), token)).data.invitation).toEqual({ status: 'OPEN' });
    for (let guess = 0; guess < 4; guess += 1) await preview(service.nobody(), `guess ${guess}`);
    expect(codesOf(await preview(service.nobody(), token))).toEqual(['TOO_MANY_REQUESTS']);
    expect(codesOf(await accept(person, token))).toEqual(['TOO_MANY_REQUESTS']);
  });

  it('are told apart from valid ones even when more arrive at once than may be wrong', async () => {
    const app = await GivenApp.register(service);
    const { token } = await app.invite('invited');
    const answers = await Promise.all(Array.from({ length: 40 }, () => preview(service.nobody(), token)));
    expect(answers.map(({ data }) => data?.invitation?.status)).toEqual(Array<string>(40).fill('OPEN'));
  });

  it('do not prevent accepting by the invitation\'s id', async () => {
    const app = await GivenApp.register(service);
    const { invitationId, person } = await app.invite('invited');
    for (let guess = 0; guess < 4; guess += 1) await preview(service.nobody(), `guess ${guess}`);
    expect((await person.mutate('acceptInvitation', { appId: app.appId, invitationId }, 'user { status }')).user).toEqual({ status: 'ACTIVE' });
  });
});
