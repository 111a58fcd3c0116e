import type * as refusal from '../domain/domainError';
import { Field, ID, Int, InterfaceType, ObjectType } from 'type-graphql';
import { DateTimeISO, ErrorCode, LogPosition, instanceOf } from './shared/scalars';
import { LicenceUsage } from './app/types';

@InterfaceType('UserError', { description: 'A mutation was refused by a rule, and nothing was changed.' })
export abstract class UserError {
  @Field(() => ErrorCode, { description: 'Machine-readable reason for the refusal.' })
  readonly code: refusal.ErrorCode;

  @Field(() => String, { description: 'Explanation for a person: why the mutation was refused, and what to do about it.' })
  readonly message: string;
}

/** A refusal type with details. `from` returns undefined when the error is a refusal of another type. */
export interface RefusalType<R extends UserError> {
  from(error: refusal.DomainError): R | undefined;
}

@ObjectType('HasAssignedContacts', { implements: UserError, simpleResolvers: true, description: 'The person cannot leave or be removed, because contacts are still assigned to them.' })
export class HasAssignedContacts implements UserError {
  readonly code: 'HAS_ASSIGNED_CONTACTS';
  readonly message: string;

  @Field(() => Int, { description: 'Number of contacts still assigned to the person.' })
  readonly count: number;

  @Field(() => [ID], { description: 'Ids of some of these contacts, at most five.' })
  readonly sample: readonly string[];

  @Field(() => LogPosition, { description: 'Log position at which this was checked.' })
  readonly position: string;

  static from({ code, message, facts }: refusal.DomainError): HasAssignedContacts | undefined {
    const { count, sample, position } = facts;
    if (code !== 'HAS_ASSIGNED_CONTACTS' || count === undefined || position === undefined) return undefined;
    return instanceOf(HasAssignedContacts, { code, message, count, sample: sample?.slice(0, 5) ?? [], position });
  }
}

@ObjectType('AlreadyInvited', { implements: UserError, simpleResolvers: true, description: 'The app already has an open invitation for this Keap ID.' })
export class AlreadyInvited implements UserError {
  readonly code: 'ALREADY_INVITED';
  readonly message: string;

  @Field(() => ID, { description: 'Id of the open invitation. Pass it to `resendInvitation` or `revokeInvitation`.' })
  readonly invitationId: string;

  @Field(() => DateTimeISO, { description: 'When the open invitation expires.' })
  readonly expiresAt: string;

  static from({ code, message, facts }: refusal.DomainError): AlreadyInvited | undefined {
    const { invitationId, expiresAt } = facts;
    if (code !== 'ALREADY_INVITED' || invitationId === undefined || expiresAt === undefined) return undefined;
    return instanceOf(AlreadyInvited, { code, message, invitationId, expiresAt });
  }
}

@ObjectType('WrongRecipient', { implements: UserError, simpleResolvers: true, description: 'The invitation was sent to another Keap ID than the one the viewer signed in with. The invitation stays open.' })
export class WrongRecipient implements UserError {
  readonly code: 'WRONG_RECIPIENT';
  readonly message: string;

  @Field(() => String, { description: 'Keap ID that the invitation was sent to, with most characters hidden, for example p•••@acme.com.' })
  readonly maskedKeapId: string;

  static from({ code, message, facts }: refusal.DomainError): WrongRecipient | undefined {
    const { maskedKeapId } = facts;
    if (code !== 'WRONG_RECIPIENT' || maskedKeapId === undefined) return undefined;
    return instanceOf(WrongRecipient, { code, message, maskedKeapId });
  }
}

@ObjectType('NoLicenceAvailable', { implements: UserError, simpleResolvers: true, description: 'All licences of the app are used or reserved.' })
export class NoLicenceAvailable implements UserError {
  readonly code: 'NO_LICENCE_AVAILABLE';
  readonly message: string;

  @Field(() => LicenceUsage, { description: 'How many licences are used and reserved.' })
  readonly licences: LicenceUsage;

  static from({ code, message, facts }: refusal.DomainError): NoLicenceAvailable | undefined {
    const { licences } = facts;
    if (code !== 'NO_LICENCE_AVAILABLE' || licences === undefined) return undefined;
    return instanceOf(NoLicenceAvailable, { code, message, licences });
  }
}

@ObjectType('RateLimited', { implements: UserError, simpleResolvers: true, description: 'Too many invitations were sent by this app or to this person within 24 hours.' })
export class RateLimited implements UserError {
  readonly code: 'RATE_LIMITED';
  readonly message: string;

  @Field(() => Int, { description: 'Number of seconds after which the same mutation would succeed.' })
  readonly retryAfterSeconds: number;

  static from({ code, message, facts }: refusal.DomainError): RateLimited | undefined {
    const { retryAfterSeconds } = facts;
    if (code !== 'RATE_LIMITED' || retryAfterSeconds === undefined) return undefined;
    return instanceOf(RateLimited, { code, message, retryAfterSeconds });
  }
}

@ObjectType('Rejection', { implements: UserError, simpleResolvers: true, description: 'A refusal without further details than its code and message.' })
export class Rejection implements UserError {
  readonly code: refusal.ErrorCode;
  readonly message: string;

  @Field(() => String, { nullable: true, description: 'Name of the input field that was refused. Null when the refusal is not about a single field.' })
  readonly field: string | null;
}

/** Converts a refusal to the type with which a mutation answers it: the first of `types` that fits, else a `Rejection`. */
export function refusalOf<R extends UserError>(error: refusal.DomainError, types: readonly RefusalType<R>[]): R | Rejection {
  for (const type of types) {
    const refused = type.from(error);
    if (refused) return refused;
  }
  return rejection(error.code, error.message, error.facts.field ?? null);
}

/** Builds a refusal without details beyond its code and message. */
export const rejection = (code: refusal.ErrorCode, message: string, field: string | null = null): Rejection => instanceOf(Rejection, { code, message, field });
