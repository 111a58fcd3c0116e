import type { UserKind, UserRole } from '../domain/events';

/** An app that a person is an active user of. */
export interface AccountRow {
  readonly appId: string;
  readonly userId: string;
  /** the person's own, or the account name until one is set. */
  readonly label: string;
  readonly accountName: string;
  readonly url: string;
  readonly role: UserRole;
  readonly kind: UserKind;
  readonly joinedAt: string;
}

/** An open invitation addressed to a person. */
export interface ReceivedInvitationRow {
  readonly appId: string;
  readonly invitationId: string;
  readonly userId: string;
  readonly accountName: string;
  readonly role: UserRole;
  readonly kind: UserKind;
  /** name of who invited, or their Keap ID; null for an import. */
  readonly invitedBy: string | null;
  readonly expiresAt: string;
}
