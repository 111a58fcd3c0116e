import { Field, ID, Int, InterfaceType, ObjectType } from 'type-graphql';
import type * as refusal from '../domain/domainError';
import { ErrorCode } from './enums';
import { LicenceUsage } from './licenceUsage';
import { made } from './made';
import { DateTimeISO, LogPosition } from './scalars';

@InterfaceType('UserError', { description: 'A rule said no, and nothing was changed.' })
export abstract class UserError {
  @Field(() => ErrorCode, { description: 'Which rule, for programs.' })
  readonly code: refusal.ErrorCode;

  @Field(() => String, { description: 'Why, and what to do, in one or two sentences for a person.' })
  readonly message: string;
}

/** A type of refusal that carries facts, and how it is made; undefined for refusals of another kind. */
export interface RefusalType<R extends UserError> {
  from(error: refusal.DomainError): R | undefined;
}

@ObjectType('HasAssignedContacts', { implements: UserError, simpleResolvers: true, description: 'Contacts are still assigned to the person, so that they cannot leave or be removed.' })
export class HasAssignedContacts implements UserError {
  readonly code: 'HAS_ASSIGNED_CONTACTS';
  readonly message: string;

  @Field(() => Int, { description: 'How many contacts.' })
  readonly count: number;

  @Field(() => [ID], { description: 'Some of their ids, five at most.' })
  readonly sample: readonly string[];

  @Field(() => LogPosition, { description: 'Up to where in the log this was checked.' })
  readonly position: string;

  static from({ code, message, facts }: refusal.DomainError): HasAssignedContacts | undefined {
    const { count, sample, position } = facts;
    if (code !== 'HAS_ASSIGNED_CONTACTS' || count === undefined || position === undefined) return undefined;
    return made(HasAssignedContacts, { code, message, count, sample: sample?.slice(0, 5) ?? [], position });
  }
}

@ObjectType('AlreadyInvited', { implements: UserError, simpleResolvers: true, description: 'There is an open invitation for this Keap ID already.' })
export class AlreadyInvited implements UserError {
  readonly code: 'ALREADY_INVITED';
  readonly message: string;

  @Field(() => ID, { description: 'The open invitation, to send again or to revoke.' })
  readonly invitationId: string;

  @Field(() => DateTimeISO, { description: 'Until when it is open.' })
  readonly expiresAt: string;

  static from({ code, message, facts }: refusal.DomainError): AlreadyInvited | undefined {
    const { invitationId, expiresAt } = facts;
    if (code !== 'ALREADY_INVITED' || invitationId === undefined || expiresAt === undefined) return undefined;
    return made(AlreadyInvited, { code, message, invitationId, expiresAt });
  }
}

@ObjectType('WrongRecipient', { implements: UserError, simpleResolvers: true, description: 'The invitation is for another Keap ID than the one signed in with. It stays open.' })
export class WrongRecipient implements UserError {
  readonly code: 'WRONG_RECIPIENT';
  readonly message: string;

  @Field(() => String, { description: 'Whom it is for, as p•••@acme.com.' })
  readonly maskedKeapId: string;

  static from({ code, message, facts }: refusal.DomainError): WrongRecipient | undefined {
    const { maskedKeapId } = facts;
    if (code !== 'WRONG_RECIPIENT' || maskedKeapId === undefined) return undefined;
    return made(WrongRecipient, { code, message, maskedKeapId });
  }
}

@ObjectType('NoLicenceAvailable', { implements: UserError, simpleResolvers: true, description: 'All licences of the app are used or reserved.' })
export class NoLicenceAvailable implements UserError {
  readonly code: 'NO_LICENCE_AVAILABLE';
  readonly message: string;

  @Field(() => LicenceUsage, { description: 'Where the licences are.' })
  readonly licences: LicenceUsage;

  static from({ code, message, facts }: refusal.DomainError): NoLicenceAvailable | undefined {
    const { licences } = facts;
    if (code !== 'NO_LICENCE_AVAILABLE' || licences === undefined) return undefined;
    return made(NoLicenceAvailable, { code, message, licences });
  }
}

@ObjectType('RateLimited', { implements: UserError, simpleResolvers: true, description: 'Too many invitations were sent by this app, or to this person, within 24 hours.' })
export class RateLimited implements UserError {
  readonly code: 'RATE_LIMITED';
  readonly message: string;

  @Field(() => Int, { description: 'After how many seconds the same wish would be granted.' })
  readonly retryAfterSeconds: number;

  static from({ code, message, facts }: refusal.DomainError): RateLimited | undefined {
    const { retryAfterSeconds } = facts;
    if (code !== 'RATE_LIMITED' || retryAfterSeconds === undefined) return undefined;
    return made(RateLimited, { code, message, retryAfterSeconds });
  }
}

@ObjectType('Rejection', { implements: UserError, simpleResolvers: true, description: 'A refusal that its code says all about.' })
export class Rejection implements UserError {
  readonly code: refusal.ErrorCode;
  readonly message: string;

  @Field(() => String, { nullable: true, description: 'The input field that it is about, where it is about one.' })
  readonly field: string | null;
}

/** For mutations that have no refusals with facts. */
export const NO_FACTS: readonly RefusalType<Rejection>[] = [];

/** The refusal as a mutation answers it: one of its own types where that fits, else a plain rejection. */
export function refusalOf<R extends UserError>(error: refusal.DomainError, types: readonly RefusalType<R>[]): R | Rejection {
  for (const type of types) {
    const refused = type.from(error);
    if (refused) return refused;
  }
  return rejection(error.code, error.message, error.facts.field ?? null);
}

/** A refusal that is said in its code and message. */
export const rejection = (code: refusal.ErrorCode, message: string, field: string | null = null): Rejection => made(Rejection, { code, message, field });
