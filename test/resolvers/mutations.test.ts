import type { Caller } from '../../src/application/commandTypes';
import { DomainError } from '../../src/domain/domainError';
import type { Commands } from '../../src/resolvers/context';
import { Api, type Answer } from './api';
import { ann, APP, EXPIRES_AT, invited, mallory, NOW, olga, operator, OTHER_APP, pia, sam } from './story';

const INVITE = `mutation ($input: InvitePartnerInput!) { invitePartner(input: $input) { __typename
  ... on MutationSuccess { position }
  ... on InvitePartnerSuccess { user { userId status } invitation { invitationId status delivery developmentToken } }
  ... on UserError { code message }
  ... on AlreadyInvited { invitationId expiresAt } ... on RateLimited { retryAfterSeconds } ... on Rejection { field } } }`;
const INPUT = { appId: APP, keapId: 'nina@example.com', role: 'STANDARD' };

const refuse = (...refusal: ConstructorParameters<typeof DomainError>) => (): Promise<never> => Promise.reject(new DomainError(...refusal));

/** A command that invites Nina. */
const inviting = (api: Api): Partial<Commands> => ({
  invitePartner: () => {
    invited(api.log, 'nina', 'PARTNER', 'STANDARD', NOW);
    return Promise.resolve({ position: api.log.position, appId: APP, userId: 'user-nina', invitationId: 'invitation-nina', sendCount: 1 });
  },
});

describe('a mutation', () => {
  it('executes the command for the caller and answers from the read models', async () => {
    const api = new Api();
    const sent: unknown[] = [];
    const { invitePartner, ...commands } = inviting(api);
    const { data, errors } = await api.ask(olga, {
      query: INVITE,
      variables: { input: { ...INPUT, idempotencyKey: 'k1' } },
      commands: {
        ...commands,
        invitePartner: (caller, input) => {
          sent.push(caller, input);
          return invitePartner!(caller, input);
        },
      },
    });
    expect(errors).toEqual([]);
    expect(sent).toEqual([olga, { ...INPUT, idempotencyKey: 'k1' }]);
    expect(data.invitePartner).toEqual({
      __typename: 'InvitePartnerSuccess', position: api.log.position, user: { userId: 'user-nina', status: 'INVITED' },
      invitation: { invitationId: 'invitation-nina', status: 'OPEN', delivery: 'PENDING', developmentToken: null },
    });
  });

  it('returns the token of the link when the commands provide one', async () => {
    const api = new Api();
    const commands: Partial<Commands> = { ...inviting(api), developmentToken: ({ invitationId, sendCount }) => `${invitationId}/${sendCount}` };
    const { data } = await api.ask(olga, { query: INVITE, variables: { input: INPUT }, commands });
    expect(data.invitePartner.invitation.developmentToken).toBe('invitation-nina/1');
    const later = await api.ask(olga, { query: `{ app(appId: "${APP}") { user(userId: "user-nina") { invitation { developmentToken } } } }`, commands });
    expect(later.data.app.user.invitation.developmentToken).toBeNull();
  });

  it('answers with the position of the change when it cannot be shown yet', async () => {
    const api = new Api();
    const { errors, codes } = await api.ask(olga, { query: INVITE, variables: { input: INPUT }, commands: inviting(api), catchesUp: false });
    expect(codes).toEqual(['PROJECTION_BEHIND']);
    expect(errors[0]?.extensions).toMatchObject({ position: api.log.position, http: { status: 503 } });
    expect(errors[0]?.message).toContain(api.log.position);
  });

  it('answers from read models that are behind when they already contain what it returns', async () => {
    const commands: Partial<Commands> = { changeUserRole: () => Promise.resolve({ position: '999999', appId: APP, userId: 'user-sam' }) };
    const query = `mutation { changeUserRole(input: { appId: "${APP}", userId: "user-sam", role: ADMIN }) { ... on ChangeUserRoleSuccess { position user { userId } } } }`;
    const { data, errors } = await new Api().ask(olga, { query, commands, catchesUp: false });
    expect(errors).toEqual([]);
    expect(data.changeUserRole).toEqual({ position: '999999', user: { userId: 'user-sam' } });
    // The read models do not include yet whether Mallory may see it.
    expect((await new Api().ask(mallory, { query, commands, catchesUp: false })).codes).toEqual(['PROJECTION_BEHIND']);
  });

  it('reads again after each of several mutations in one request', async () => {
    const api = new Api();
    const commands: Partial<Commands> = {
      changeUserRole: (_caller, { userId, role }) => {
        api.log.record(`app-${APP}`, NOW, { type: 'UserRoleChanged', data: { userId, from: role === 'ADMIN' ? 'STANDARD' : 'ADMIN', to: role, reason: null } });
        return Promise.resolve({ position: api.log.position, appId: APP, userId });
      },
    };
    const change = (alias: string, role: string): string =>
      `${alias}: changeUserRole(input: { appId: "${APP}", userId: "user-sam", role: ${role} }) { ... on ChangeUserRoleSuccess { user { role } } }`;
    const { data } = await api.ask(olga, { query: `mutation { ${change('up', 'ADMIN')} ${change('down', 'STANDARD')} }`, commands });
    expect(data).toEqual({ up: { user: { role: 'ADMIN' } }, down: { user: { role: 'STANDARD' } } });
  });

  it('passes on errors that are not refusals', async () => {
    const { data, codes } = await new Api().ask(olga, { query: INVITE, variables: { input: INPUT }, commands: { invitePartner: () => Promise.reject(new Error('The disk is full.')) } });
    expect(data).toBeNull();
    expect(codes).toEqual(['The disk is full.']);
  });
});

describe('a refusal', () => {
  const invite = async (...refusal: ConstructorParameters<typeof DomainError>): Promise<Answer['data']> => {
    const { data, errors } = await new Api().ask(olga, { query: INVITE, variables: { input: INPUT }, commands: { invitePartner: refuse(...refusal) } });
    expect(errors).toEqual([]);
    return data.invitePartner;
  };

  it('is returned as data with its details', async () => {
    expect(await invite('ALREADY_INVITED', 'No.', { invitationId: 'i1', expiresAt: EXPIRES_AT })).toEqual({
      __typename: 'AlreadyInvited', code: 'ALREADY_INVITED', message: 'No.', invitationId: 'i1', expiresAt: EXPIRES_AT,
    });
    expect(await invite('RATE_LIMITED', 'No.', { retryAfterSeconds: 7 })).toEqual({ __typename: 'RateLimited', code: 'RATE_LIMITED', message: 'No.', retryAfterSeconds: 7 });
    expect(await invite('INVALID_KEAP_ID', 'No.', { field: 'keapId' })).toEqual({ __typename: 'Rejection', code: 'INVALID_KEAP_ID', message: 'No.', field: 'keapId' });
  });

  it('is a Rejection when the mutation has no type for its details', async () => {
    expect(await invite('NO_LICENCE_AVAILABLE', 'No.', { licences: { total: 1, used: 1, reserved: 0, available: 0 } })).toMatchObject({ __typename: 'Rejection', code: 'NO_LICENCE_AVAILABLE' });
  });

  const licences = { total: 1, used: 1, reserved: 0, available: 0 };
  const contacts = { count: 2, sample: ['c1', 'c2'], position: 'p' };
  const pair = `appId: "${APP}", invitationId: "i"`;

  it.each<[keyof Commands, string, DomainError, string]>([
    ['inviteUser', `appId: "${APP}", keapId: "x@y.z", role: ADMIN`, new DomainError('NO_LICENCE_AVAILABLE', 'No.', { licences }), 'NoLicenceAvailable'],
    ['inviteUser', `appId: "${APP}", keapId: "x@y.z", role: ADMIN`, new DomainError('ALREADY_INVITED', 'No.', { invitationId: 'i', expiresAt: EXPIRES_AT }), 'AlreadyInvited'],
    ['inviteUser', `appId: "${APP}", keapId: "x@y.z", role: ADMIN`, new DomainError('RATE_LIMITED', 'No.', { retryAfterSeconds: 1 }), 'RateLimited'],
    ['resendInvitation', pair, new DomainError('NO_LICENCE_AVAILABLE', 'No.', { licences }), 'NoLicenceAvailable'],
    ['resendInvitation', pair, new DomainError('RATE_LIMITED', 'No.', { retryAfterSeconds: 1 }), 'RateLimited'],
    ['resendInvitation', pair, new DomainError('ALREADY_INVITED', 'No.', { invitationId: 'i', expiresAt: EXPIRES_AT }), 'Rejection'],
    ['revokeInvitation', pair, new DomainError('INVITATION_ALREADY_ACCEPTED', 'No.'), 'Rejection'],
    ['acceptInvitation', 'token: "t"', new DomainError('WRONG_RECIPIENT', 'No.', { maskedKeapId: 'p•••@acme.com' }), 'WrongRecipient'],
    ['declineInvitation', 'token: "t"', new DomainError('WRONG_RECIPIENT', 'No.', { maskedKeapId: 'p•••@acme.com' }), 'WrongRecipient'],
    ['removeUser', `appId: "${APP}", userId: "u"`, new DomainError('HAS_ASSIGNED_CONTACTS', 'No.', contacts), 'HasAssignedContacts'],
    ['leaveApp', `appId: "${APP}", confirmAppId: "${APP}"`, new DomainError('HAS_ASSIGNED_CONTACTS', 'No.', contacts), 'HasAssignedContacts'],
    ['changeUserRole', `appId: "${APP}", userId: "u", role: ADMIN`, new DomainError('LAST_ADMIN', 'No.'), 'Rejection'],
    ['registerApp', 'appId: "a1", name: "A", licences: 1, ownerKeapId: "x@y.z"', new DomainError('FORBIDDEN', 'No.'), 'Rejection'],
    ['setLicences', `appId: "${APP}", licences: 1`, new DomainError('LICENCES_IN_USE', 'No.'), 'Rejection'],
    ['assignContacts', `appId: "${APP}", userId: "u", contactIds: ["c"]`, new DomainError('ASSIGNEE_NOT_ACTIVE', 'No.'), 'Rejection'],
    ['unassignContacts', `appId: "${APP}", contactIds: ["c"]`, new DomainError('INVALID_INPUT', 'No.'), 'Rejection'],
    ['reassignContacts', `appId: "${APP}", fromUserId: "u", toUserId: "v"`, new DomainError('ASSIGNEE_NOT_ACTIVE', 'No.'), 'Rejection'],
    ['setAccountLabel', `appId: "${APP}", label: "L"`, new DomainError('APP_NOT_FOUND', 'No.'), 'Rejection'],
  ])('of %s(%s) is %p, of the type %s', async (mutation, input, error, type) => {
    const query = `mutation { ${mutation}(input: { ${input} }) { __typename ... on UserError { code message } } }`;
    const { data, errors } = await new Api().ask(olga, { query, commands: { [mutation]: () => Promise.reject(error) } });
    expect(errors).toEqual([]);
    expect(data[mutation]).toEqual({ __typename: type, code: error.code, message: 'No.' });
  });
});

describe('a success', () => {
  const succeed = async (caller: Caller, mutation: keyof Commands, input: string, fields: string, command: (api: Api) => object): Promise<Answer> => {
    const api = new Api();
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Success`;
    const query = `mutation { ${mutation}(input: { ${input} }) { __typename ... on ${type} { ${fields} } ... on UserError { code } } }`;
    return api.ask(caller, { query, commands: { [mutation]: () => Promise.resolve({ position: '000009', appId: APP, ...command(api) }) } });
  };

  it.each<[keyof Commands, Caller, string, string, object, object]>([
    ['registerApp', operator, 'appId: "a1", name: "A", licences: 1, ownerKeapId: "x@y.z"', 'app { appId licences { total } }', { userId: 'user-olga' }, { app: { appId: APP, licences: { total: 3 } } }],
    ['setLicences', operator, `appId: "${APP}", licences: 3`, 'app { licences { total } }', {}, { app: { licences: { total: 3 } } }],
    ['inviteUser', olga, `appId: "${APP}", keapId: "x@y.z", role: ADMIN`, 'user { userId } invitation { sendCount }', { userId: 'user-ann', invitationId: 'invitation-ann', sendCount: 2 }, { user: { userId: 'user-ann' }, invitation: { sendCount: 2 } }],
    ['resendInvitation', olga, `appId: "${APP}", invitationId: "i"`, 'user { userId } invitation { sendCount }', { userId: 'user-ann', invitationId: 'invitation-ann', sendCount: 2 }, { user: { userId: 'user-ann' }, invitation: { sendCount: 2 } }],
    ['revokeInvitation', olga, `appId: "${APP}", invitationId: "i"`, 'user { userId }', { userId: 'user-ann', invitationId: 'invitation-ann', sendCount: 2 }, { user: { userId: 'user-ann' } }],
    ['acceptInvitation', pia, 'token: "t"', 'user { userId } account { appId label }', { userId: 'user-pia', invitationId: 'i', sendCount: 1 }, { user: { userId: 'user-pia' }, account: { appId: APP, label: 'My best client' } }],
    ['declineInvitation', ann, 'token: "t"', 'appId', { userId: 'user-ann', invitationId: 'i', sendCount: 1 }, { appId: APP }],
    ['removeUser', olga, `appId: "${APP}", userId: "u"`, 'user { userId status }', { userId: 'user-lee' }, { user: { userId: 'user-lee', status: 'LEFT' } }],
    ['leaveApp', pia, `appId: "${APP}", confirmAppId: "${APP}"`, 'appId', {}, { appId: APP }],
    ['assignContacts', olga, `appId: "${APP}", userId: "u", contactIds: ["c"]`, 'user { assignedContactCount } changed', { userId: 'user-pia', changed: 1 }, { user: { assignedContactCount: 2 }, changed: 1 }],
    ['unassignContacts', olga, `appId: "${APP}", contactIds: ["c"]`, 'changed', { changed: 0 }, { changed: 0 }],
    ['reassignContacts', olga, `appId: "${APP}", fromUserId: "u", toUserId: "v"`, 'fromUser { userId } toUser { userId } changed', { fromUserId: 'user-pia', toUserId: 'user-sam', changed: 2 }, { fromUser: { userId: 'user-pia' }, toUser: { userId: 'user-sam' }, changed: 2 }],
    ['setAccountLabel', pia, `appId: "${APP}", label: "L"`, 'account { label }', { userId: 'user-pia' }, { account: { label: 'My best client' } }],
  ])('of %s shows what was touched', async (mutation, caller, input, fields, outcome, shown) => {
    const { data, errors } = await succeed(caller, mutation, input, `position ${fields}`, () => outcome);
    expect(errors).toEqual([]);
    expect(data[mutation]).toEqual({ __typename: `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Success`, position: '000009', ...shown });
  });

  it('reports to a user who removed themselves that they were removed', async () => {
    const remove = (api: Api): object => {
      api.log.record(`app-${APP}`, NOW, { type: 'UserRemoved', data: { userId: 'user-sam', epoch: 1, leaveId: 'l', reason: null } });
      return { userId: 'user-sam' };
    };
    const { data, errors } = await succeed(sam, 'removeUser', `appId: "${APP}", userId: "user-sam"`, 'user { status }', remove);
    expect(errors).toEqual([]);
    expect(data.removeUser.user).toEqual({ status: 'REMOVED' });
  });

  it('hides the app from a caller who may no longer see it, and says that the change was written', async () => {
    const { codes, errors } = await succeed(sam, 'changeUserRole', `appId: "${APP}", userId: "user-pia", role: ADMIN`, 'user { role }', (api) => {
      api.log.record(`app-${APP}`, NOW, { type: 'UserRemoved', data: { userId: 'user-sam', epoch: 1, leaveId: 'l', reason: null } });
      return { userId: 'user-pia' };
    });
    expect(codes).toEqual(['FORBIDDEN']);
    expect(errors[0]?.message).toContain('000009');
  });

  it('hides an app from a caller who may not see it', async () => {
    const { codes } = await succeed(olga, 'setLicences', `appId: "${OTHER_APP}", licences: 1`, 'app { appId }', () => ({ appId: OTHER_APP }));
    expect(codes).toEqual(['FORBIDDEN']);
  });

  it('of an acceptance becomes NOT_A_MEMBER when the caller has left the app since', async () => {
    const { data, errors } = await succeed(pia, 'acceptInvitation', 'token: "t"', 'account { appId }', (api) => {
      api.log.record(`app-${APP}`, NOW, { type: 'PartnerLeftApp', data: { userId: 'user-pia', epoch: 1, leaveId: 'l' } });
      return { userId: 'user-pia', invitationId: 'i', sendCount: 1 };
    });
    expect(errors).toEqual([]);
    expect(data.acceptInvitation).toEqual({ __typename: 'Rejection', code: 'NOT_A_MEMBER' });
  });
});
