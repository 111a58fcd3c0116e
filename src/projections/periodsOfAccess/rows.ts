import type { UserKind, UserRole } from '../../domain/events';
import type { LogPosition } from '../../eventstore/eventStore';

/** How a stay came about: an invitation by a member, an operator who registered the app with its owner or appointed an admin, or an import. */
export type StayOrigin = 'INVITATION' | 'OPERATOR' | 'IMPORT';

/** What ended a period. */
export type PeriodEnd = 'LEFT' | 'REMOVED' | 'ROLE_CHANGED' | 'APPOINTED';

/** A period in which somebody had access to an app, with one role: a stay, or the part of it until the role changed. */
export interface PeriodRow {
  readonly appId: string;
  readonly userId: string;
  readonly kind: UserKind;
  readonly role: UserRole;
  readonly from: string;
  /** Null while it lasts. */
  readonly to: string | null;
  /** Place of the event in the log that began it, and its revision in the app's roster. */
  readonly beganPosition: LogPosition;
  readonly beganRevision: number;
  /** Revision of the event that ended it; null while it lasts. */
  readonly endedRevision: number | null;
  /** User id of the member who invited them; null where nobody of the app did. */
  readonly invitedBy: string | null;
  /** Why the period began; null where no reason was given. */
  readonly reason: string | null;
}

/** Which periods are listed. Absent or null means no restriction. An empty list matches nothing. */
export interface PeriodsFilter {
  /** At most 100. */
  readonly appIds?: readonly string[] | null | undefined;
  /** Normalized Keap ID: matches users who were ever invited or joined under it. */
  readonly keapIdNormalized?: string | null | undefined;
  readonly roles?: readonly UserRole[] | null | undefined;
  readonly kinds?: readonly UserKind[] | null | undefined;
  /** Start of the time in which there was access, inclusive, in ISO 8601, UTC. */
  readonly from?: string | null | undefined;
  /** Its end, exclusive. */
  readonly to?: string | null | undefined;
}

/** A moment, as of which a period had begun or ended. */
export type PeriodMoment = { readonly time: string } | { readonly position: LogPosition };

/** A line of the list of everybody who had access. Texts are those that the app shows now. */
export interface AccessRow {
  readonly appId: string;
  readonly appName: string;
  readonly name: string | null;
  readonly keapId: string;
  readonly kind: UserKind;
  readonly role: UserRole;
  readonly from: string;
  /** Null while it lasts. */
  readonly to: string | null;
  readonly origin: StayOrigin;
  /** Name of the inviter, or their Keap ID where no name is known; null where nobody of the app invited them. */
  readonly invitedBy: string | null;
  /** Why the period began; null where no reason was given. */
  readonly reason: string | null;
  readonly endedBy: PeriodEnd | null;
  readonly endReason: string | null;
}

/** Who is listed: whoever had access at a moment, or at any time between two. Times are in ISO 8601, UTC. */
export type AccessTime = { readonly asOf: string } | { readonly from: string; /** Exclusive. */ readonly to: string };

/** Which access is listed. Null or absent means no restriction. */
export interface AccessFilter {
  readonly appIds: readonly string[] | null;
  /** Normalized Keap ID: matches users who were ever invited or joined under it. */
  readonly keapIdNormalized?: string | null;
  readonly role?: UserRole | null;
  readonly kind?: UserKind | null;
}

/** A part of the list of everybody who had access. */
export interface AccessPart {
  readonly rows: readonly AccessRow[];
  /** Number of periods that were looked at for it. */
  readonly read: number;
}

/** A role that a user had, with the places of the events that gave and took it. */
export interface HeldRole {
  readonly appId: string;
  readonly userId: string;
  readonly began: LogPosition;
  /** Null while they have it. */
  readonly ended: LogPosition | null;
  readonly role: UserRole;
}
