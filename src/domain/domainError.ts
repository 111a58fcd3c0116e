/** The codes of refusals, equal to `ErrorCode` of the GraphQL schema. */
export const ERROR_CODES = [
  'FORBIDDEN', 'APP_NOT_FOUND', 'USER_NOT_FOUND', 'INVITATION_NOT_FOUND', 'APP_ID_TAKEN',
  'INVALID_KEAP_ID', 'INVALID_INPUT', 'CANNOT_INVITE_SELF', 'NOT_A_KNOWN_PARTNER',
  'ALREADY_INVITED', 'ALREADY_MEMBER',
  'LINK_SUPERSEDED', 'INVITATION_EXPIRED', 'INVITATION_REVOKED', 'INVITATION_DECLINED', 'INVITATION_ALREADY_ACCEPTED', 'WRONG_RECIPIENT',
  'NO_LICENCE_AVAILABLE', 'LICENCES_IN_USE', 'LAST_ADMIN',
  'NOT_A_MEMBER', 'NOT_A_PARTNER', 'NOT_ACCEPTED_YET', 'HAS_ASSIGNED_CONTACTS', 'ASSIGNEE_NOT_ACTIVE', 'CONFIRMATION_MISMATCH',
  'IDEMPOTENCY_KEY_REUSED', 'RATE_LIMITED',
  'REVIEW_NOT_FOUND', 'REVIEW_FINISHED', 'REVIEW_INCOMPLETE', 'CANNOT_REVIEW_SELF',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** The licences of an app: `available = total - used - reserved`. */
export interface LicenceUsage {
  readonly total: number;
  readonly used: number;
  readonly reserved: number;
  readonly available: number;
}

/** The facts of a refusal beside its code, for front ends to show. */
export interface RefusalFacts {
  readonly field?: string;
  readonly invitationId?: string;
  readonly expiresAt?: string;
  readonly maskedKeapId?: string;
  readonly licences?: LicenceUsage;
  readonly retryAfterSeconds?: number;
  readonly count?: number;
  readonly sample?: readonly string[];
  readonly position?: string;
}

/** A refusal by a rule. The message is for people and says what to do about it, if anything. */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly facts: RefusalFacts = {},
  ) {
    super(message);
  }
}
