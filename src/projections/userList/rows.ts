import type { UserKind, UserRole } from '../../domain/events';
import { USER_LIST_TABLES } from './tables';

export const USER_STATUSES = ['INVITED', 'ACTIVE', 'EXPIRED', 'DECLINED', 'REVOKED', 'LEFT', 'REMOVED'] as const;
export const USER_KINDS = ['USER', 'PARTNER'] as const satisfies readonly UserKind[];
export const USER_ROLES = ['ADMIN', 'STANDARD'] as const satisfies readonly UserRole[];

export type UserStatus = (typeof USER_STATUSES)[number];
export type InvitationStatus = 'OPEN' | 'ACCEPTED' | 'DECLINED' | 'REVOKED' | 'EXPIRED';
export type DeliveryStatus = 'PENDING' | 'SENT' | 'FAILED' | 'NONE';
export type UserOrderField = 'NAME' | 'KEAP_ID' | 'INVITED_AT' | 'JOINED_AT';
export type OrderDirection = 'ASC' | 'DESC';

/** An app. Times in all rows are ISO 8601 in UTC with milliseconds. */
export interface AppRow {
  readonly appId: string;
  readonly name: string;
  readonly url: string;
  readonly licences: number;
  readonly registeredAt: string;
  /** Revision of the last event of the app's roster; `position` is that event's position. */
  readonly revision: number;
  readonly position: string;
}

export interface UserKey {
  readonly appId: string;
  readonly userId: string;
}

export interface UserRow extends UserKey {
  /** Person who signed in; null until one is bound. */
  readonly personId: string | null;
  /** Keap ID as entered. */
  readonly keapId: string;
  readonly keapIdNormalized: string;
  readonly name: string | null;
  readonly kind: UserKind;
  readonly role: UserRole;
  /** Status at the current time: INVITED after its expiry is EXPIRED. */
  readonly status: UserStatus;
  /** How often this user has joined the app; 0 before the first time. */
  readonly epoch: number;
  readonly invitedAt: string | null;
  /** User id of the inviter. */
  readonly invitedBy: string | null;
  readonly joinedAt: string | null;
  /** When the access or the invitation ended, at the current time; null while it lasts. */
  readonly endedAt: string | null;
  /** Id of the latest invitation. */
  readonly invitationId: string | null;
  readonly expiresAt: string | null;
}

export interface InvitationKey {
  readonly appId: string;
  readonly invitationId: string;
}

export interface InvitationRow extends InvitationKey {
  readonly userId: string;
  /** Status at the current time: OPEN after its expiry is EXPIRED. */
  readonly status: InvitationStatus;
  readonly expiresAt: string;
  readonly sendCount: number;
  readonly delivery: DeliveryStatus;
  /** Why the latest message was given up, such as `REFUSED 550 5.1.1`; null unless it was. */
  readonly deliveryReason: string | null;
  readonly kind: UserKind;
  readonly role: UserRole;
  /** User id of the inviter; null for an imported invitation. */
  readonly invitedBy: string | null;
  readonly invitedAt: string;
  /** Is 1 where the admin who sent it, or raised its role to ADMIN, was removed or demoted since. */
  readonly sentByFormerAdmin: 0 | 1;
}

/** The invitation of a link. */
export interface InvitationOfToken {
  readonly invitation: InvitationRow;
  /** Whether a newer link has been sent since. */
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

/** Filter of a user list. Absent or null means no restriction, except for `statuses`, where it means ACTIVE and INVITED. An empty list matches nothing. */
export interface UserFilter {
  readonly statuses?: readonly UserStatus[] | null | undefined;
  readonly kinds?: readonly UserKind[] | null | undefined;
  readonly roles?: readonly UserRole[] | null | undefined;
  /** Part of a name or Keap ID, without regard to case, accents and white space at its ends, and without wildcards. */
  readonly search?: string | null | undefined;
}

/** A filter without a search. */
export type UnsearchedFilter = UserFilter & { readonly search?: null | undefined };

export interface UserOrder {
  readonly field: UserOrderField;
  readonly direction: OrderDirection;
}

/** A signed-in person, as lists recognise them. */
export interface PersonKey {
  readonly personId: string;
  readonly keapIdNormalized: string;
}

/** SQL of a user's status at the time `now`: whether an invitation has expired is decided by the clock, whatever is recorded. */
export const statusAt = (now: string, table = ''): string =>
  `CASE WHEN ${table}status NOT IN ('INVITED', 'EXPIRED') THEN ${table}status WHEN ${table}expires_at <= ${now} THEN 'EXPIRED' ELSE 'INVITED' END`;

/** SQL of when a user's access or invitation ended, at the time `now`. */
const endedAt = (now: string): string => `CASE WHEN u.status NOT IN ('INVITED', 'EXPIRED') THEN u.ended_at WHEN u.expires_at <= ${now} THEN u.expires_at END`;

/** Selects the columns of a `UserRow` from the users' table `u`. `now` is the placeholder of the current time. */
export const userColumns = (now: string): string => `u.app_id AS appId, u.user_id AS userId, u.person_id AS personId, u.keap_id AS keapId,
  u.keap_id_normalized AS keapIdNormalized, u.name, u.kind, u.role,
  ${statusAt(now, 'u.')} AS status,
  u.epoch, u.invited_at AS invitedAt, u.invited_by AS invitedBy, u.joined_at AS joinedAt, ${endedAt(now)} AS endedAt,
  u.invitation_id AS invitationId, u.expires_at AS expiresAt`;

/** Whether the invitation `i` is its user's latest one and has no answer. Any other one that was not answered has been replaced, which ends it for good. */
const STANDS = "(i.status IN ('OPEN', 'EXPIRED') AND u.invitation_id = i.invitation_id AND u.status IN ('INVITED', 'EXPIRED'))";

/** Selects the columns of an `InvitationRow` from the tables `i` and `u`. An open invitation grants the role of its user. */
export const invitationColumns = (now: string): string => `i.app_id AS appId, i.invitation_id AS invitationId, i.user_id AS userId,
  CASE WHEN i.status NOT IN ('OPEN', 'EXPIRED') THEN i.status WHEN ${STANDS} AND i.expires_at > ${now} THEN 'OPEN' ELSE 'EXPIRED' END AS status,
  i.expires_at AS expiresAt, i.send_count AS sendCount, i.delivery, i.delivery_reason AS deliveryReason, i.kind,
  CASE WHEN ${STANDS} THEN u.role ELSE i.role END AS role,
  i.invited_by AS invitedBy, i.invited_at AS invitedAt, i.sent_by_former_admin AS sentByFormerAdmin`;

/** Joins the invitations `i` with their users `u`. */
export const JOIN_INVITED_USER = `LEFT JOIN ${USER_LIST_TABLES.users} u ON u.app_id = i.app_id AND u.user_id = i.user_id`;

/** Key of a signed-in person in an app. */
export interface PersonInAppKey {
  readonly appId: string;
  readonly personId: string;
}

export interface PersonInAppRow extends PersonInAppKey {
  readonly userId: string;
  readonly keapId: string;
  readonly name: string | null;
}

/** How an app names a user. */
export interface NamedUserRow extends UserKey {
  readonly name: string | null;
  readonly keapId: string;
}
