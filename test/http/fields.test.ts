import { GivenApp } from '../support/givenApp';
import type { Json, Person } from '../support/person';
import { TestService } from '../support/testService';

let numbers = 0;
const newId = (): string => `field-${++numbers}`;

describe('fields', () => {
  let service: TestService;
  let operator: Person;
  beforeAll(async () => {
    service = await TestService.start({ env: { APP_URL_TEMPLATE: 'https://{appId}.keap.example/home' } });
    operator = await service.as('operator@example.com', 'operator');
  });
  afterAll(() => service.close());

  const register = (input: object): Promise<Json> =>
    operator.mutate('registerApp', { appId: newId(), name: 'Name', licences: 1, ownerKeapId: 'owner@example.com', ...input }, 'app { appId name accountName url licences { total } }');

  it.each([
    ['appId', 'ab'], ['appId', `a${'-'.repeat(39)}`], ['appId', 'a1-b2'],
    ['name', 'x'], ['name', '😀'.repeat(100)],
    ['licences', 1], ['licences', 1_000_000],
    ['url', 'http://localhost:3000/x?y#z'], ['url', 'HTTPS://Example.com'],
  ])('%s may be %j', async (field, value) => {
    expect((await register({ [field]: value })).__typename).toBe('RegisterAppSuccess');
  });

  it.each([
    ['appId', 'a'], ['appId', 'a'.repeat(41)], ['appId', '1a'], ['appId', '-a'], ['appId', 'aB'], ['appId', 'a_b'], ['appId', 'a b'], ['appId', 'aé'], ['appId', ''], ['appId', '\ud800'],
    ['name', ''], ['name', '   '], ['name', 'x'.repeat(101)], ['name', 'a\nb'], ['name', 'a\u202eb'], ['name', '\u200b'],
    ['licences', 0], ['licences', -1], ['licences', 1_000_001],
    ['url', 'ftp://example.com'], ['url', 'javascript:alert(1)'], ['url', 'example.com'], ['url', 'https://'], ['url', 'https://user:secret@example.com'], ['url', 'https://a b.example'], ['url', 'https://a.example/\u202eb'], ['url', ''],
    ['ownerName', 'x'.repeat(201)], ['ownerName', 'a\u2067b'],
  ])('%s as %j is INVALID_INPUT with the field', async (field, value) => {
    expect(await register({ [field]: value })).toMatchObject({ __typename: 'Rejection', code: 'INVALID_INPUT', field });
  });

  it('names the owner\'s Keap ID as the field when it is not an address', async () => {
    expect(await register({ ownerKeapId: 'nobody' })).toMatchObject({ code: 'INVALID_KEAP_ID', field: 'ownerKeapId' });
  });

  it('an app id can be registered once, also by two concurrent requests', async () => {
    const appId = newId();
    const answers = await Promise.all([register({ appId }), register({ appId }), register({ appId })]);
    expect(answers.map(({ code }) => code).sort()).toEqual(['APP_ID_TAKEN', 'APP_ID_TAKEN', undefined]);
  });

  it('the account name is the app id, a space and the name; the URL follows from the setting when it is omitted', async () => {
    const appId = newId();
    const { app } = await register({ appId, name: '  Keap Pro Recording ' });
    expect(app).toEqual({ appId, name: 'Keap Pro Recording', accountName: `${appId} Keap Pro Recording`, url: `https://${appId}.keap.example/home`, licences: { total: 1 } });
  });

  it('a label has 1 to 100 characters, trimmed, and is the viewer\'s own', async () => {
    const { appId, owner } = await GivenApp.register(service);
    for (const label of ['', '  ', 'x'.repeat(101), 'a\u0000b', 'a\u202eb', '\u3164']) expect(await owner.mutate('setAccountLabel', { appId, label })).toMatchObject({ code: 'INVALID_INPUT', field: 'label' });
    const set = await owner.mutate('setAccountLabel', { appId, label: `  ${'😀'.repeat(100)} ` }, 'position account { label }');
    expect(set.account.label).toBe('😀'.repeat(100));
    expect(await owner.mutate('setAccountLabel', { appId, label: '😀'.repeat(100) }, 'position account { label }')).toEqual(set);
  });

  it('an unknown role or kind, or an invalid number, is a request error', async () => {
    const { appId, owner } = await GivenApp.register(service);
    for (const input of [{ appId, keapId: 'x@example.com', role: 'OWNER' }, { appId, keapId: 5, role: 'ADMIN' }, { appId, keapId: 'x@example.com' }]) {
      const { errors } = await owner.ask('mutation ($input: InvitePartnerInput!) { invitePartner(input: $input) { __typename } }', { input });
      expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
    }
  });

  it('an error does not repeat an invalid id, whatever its length', async () => {
    const { appId, owner } = await GivenApp.register(service);
    const long = 'x'.repeat(100_000);
    const answers = [
      await owner.mutate('leaveApp', { appId: long, confirmAppId: long }),
      await owner.mutate('setAccountLabel', { appId: long, label: 'x' }),
      await owner.mutate('invitePartner', { appId: long, keapId: 'x@example.com', role: 'ADMIN' }),
      await owner.mutate('removeUser', { appId, userId: long }),
      await owner.mutate('assignContacts', { appId, userId: long, contactIds: ['1'] }),
      await owner.mutate('reassignContacts', { appId, fromUserId: long, toUserId: long }),
      await owner.mutate('revokeInvitation', { appId, invitationId: long }),
    ];
    expect(answers.map(({ code }) => code)).toEqual(['APP_NOT_FOUND', 'APP_NOT_FOUND', 'APP_NOT_FOUND', 'USER_NOT_FOUND', 'USER_NOT_FOUND', 'USER_NOT_FOUND', 'INVITATION_NOT_FOUND']);
    for (const { message } of answers) expect(message.length).toBeLessThan(200);
  });
});
