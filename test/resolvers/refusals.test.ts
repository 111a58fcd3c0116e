import 'reflect-metadata';
import { DomainError, ERROR_CODES, type ErrorCode, type RefusalFacts } from '../../src/domain/domainError';
import {
  AlreadyInvited, HasAssignedContacts, NoLicenceAvailable, RateLimited, refusalOf, Rejection, WrongRecipient, type RefusalType, type UserError,
} from '../../src/resolvers/refusals';

const ALL: readonly RefusalType<UserError>[] = [HasAssignedContacts, AlreadyInvited, WrongRecipient, NoLicenceAvailable, RateLimited];

const licences = { total: 3, used: 2, reserved: 1, available: 0 };

const WITH_FACTS: readonly [ErrorCode, RefusalFacts, object, new () => UserError][] = [
  ['HAS_ASSIGNED_CONTACTS', { count: 7, sample: ['1', '2', '3', '4', '5', '6'], position: 'p9' }, { count: 7, sample: ['1', '2', '3', '4', '5'], position: 'p9' }, HasAssignedContacts],
  ['ALREADY_INVITED', { invitationId: 'i1', expiresAt: '2026-01-31T09:30:00.000Z' }, { invitationId: 'i1', expiresAt: '2026-01-31T09:30:00.000Z' }, AlreadyInvited],
  ['WRONG_RECIPIENT', { maskedKeapId: 'p•••@acme.com' }, { maskedKeapId: 'p•••@acme.com' }, WrongRecipient],
  ['NO_LICENCE_AVAILABLE', { licences }, { licences }, NoLicenceAvailable],
  ['RATE_LIMITED', { retryAfterSeconds: 60 }, { retryAfterSeconds: 60 }, RateLimited],
];

describe('refusals', () => {
  it.each(WITH_FACTS)('have the details of %s when the mutation has a type for them', (code, facts, shown, Type) => {
    const refused = refusalOf(new DomainError(code, 'No.', facts), ALL);
    expect(refused).toBeInstanceOf(Type);
    expect(refused).toEqual({ code, message: 'No.', ...shown });
  });

  it.each(WITH_FACTS)('are a Rejection for %s when the mutation has no type for it', (code, facts) => {
    const refused = refusalOf(new DomainError(code, 'No.', facts), []);
    expect(refused).toBeInstanceOf(Rejection);
    expect(refused).toEqual({ code, message: 'No.', field: null });
  });

  it.each(WITH_FACTS)('are a Rejection for %s when the details are missing', (code) => {
    expect(refusalOf(new DomainError(code, 'No.'), ALL)).toBeInstanceOf(Rejection);
  });

  it.each(ERROR_CODES)('keep the code %s and the field', (code) => {
    expect(refusalOf(new DomainError(code, 'No.', { field: 'keapId' }), ALL)).toEqual({ code, message: 'No.', field: 'keapId' });
  });
});
