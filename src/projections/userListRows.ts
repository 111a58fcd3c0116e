import type { UserKind, UserRole } from '../domain/events';

export const USER_STATUSES = ['INVITED', 'ACTIVE', 'EXPIRED', 'DECLINED', 'REVOKED', 'LEFT', 'REMOVED'] as const;
export const USER_KINDS = ['USER', 'PARTNER'] as const satisfies readonly UserKind[];
export const USER_ROLES = ['ADMIN', 'STANDARD'] as const satisfies readonly UserRole[];

export type UserStatus = (typeof USER_STATUSES)[number];
export type InvitationStatus = 'OPEN' | 'ACCEPTED' | 'DECLINED' | 'REVOKED' | 'EXPIRED';
export type DeliveryStatus = 'PENDING' | 'SENT' | 'FAILED' | 'NONE';
export type UserOrderField = 'NAME' | 'KEAP_ID' | 'INVITED_AT' | 'JOINED_AT';
export type OrderDirection = 'ASC' | 'DESC';

/** Times in all rows are ISO 8601 in UTC with milliseconds. */
export interface AppRow {
  readonly appId: string;
  readonly name: string;
  readonly url: string;
  readonly licences: number;
  readonly registeredAt: string;
  /** revision and position of the last event of the app's roster. */
  readonly revision: number;
  readonly position: string;
}

export interface UserKey {
  readonly appId: string;
  readonly userId: string;
}

export interface UserRow extends UserKey {
  /** who signed in; null until the person is bound. */
  readonly personId: string | null;
  /** as it was typed. */
  readonly keapId: string;
  readonly keapIdNormalized: string;
  readonly name: string | null;
  readonly kind: UserKind;
  readonly role: UserRole;
  /** by the clock: INVITED past its expiry is EXPIRED. */
  readonly status: UserStatus;
  /** how often this user joined the app; 0 before the first time. */
  readonly epoch: number;
  readonly invitedAt: string | null;
  /** userId of who invited. */
  readonly invitedBy: string | null;
  readonly joinedAt: string | null;
  readonly endedAt: string | null;
  /** the latest invitation. */
  readonly invitationId: string | null;
  readonly expiresAt: string | null;
}

export interface InvitationKey {
  readonly appId: string;
  readonly invitationId: string;
}

export interface InvitationRow extends InvitationKey {
  readonly userId: string;
  /** by the clock: OPEN past its expiry is EXPIRED. */
  readonly status: InvitationStatus;
  readonly expiresAt: string;
  readonly sendCount: number;
  readonly delivery: DeliveryStatus;
  readonly kind: UserKind;
  readonly role: UserRole;
  /** userId of who invited; null for an import. */
  readonly invitedBy: string | null;
  readonly invitedAt: string;
}

/** The invitation that a link leads to. */
export interface InvitationOfToken {
  readonly invitation: InvitationRow;
  /** a newer link was sent since. */
  readonly superseded: boolean;
}

export interface ExpiredInvitation extends InvitationKey {
  readonly userId: string;
  readonly expiresAt: string;
}

export interface LicenceUsageRow {
  readonly appId: string;
  readonly total: number;
  readonly used: number;
  readonly reserved: number;
  readonly available: number;
}

export interface StatusCountRow {
  readonly status: UserStatus;
  readonly count: number;
}

/** Absent or null: no restriction, except `statuses`, which are then ACTIVE and INVITED. An empty list matches nothing. */
export interface UserFilter {
  readonly statuses?: readonly UserStatus[] | null | undefined;
  readonly kinds?: readonly UserKind[] | null | undefined;
  readonly roles?: readonly UserRole[] | null | undefined;
  /** part of a name or Keap ID in any case; plain text, no wildcards. */
  readonly search?: string | null | undefined;
}

export interface UserOrder {
  readonly field: UserOrderField;
  readonly direction: OrderDirection;
}

/** Somebody signed in, as far as lists have to recognise them. */
export interface PersonKey {
  readonly personId: string;
  readonly keapIdNormalized: string;
}
