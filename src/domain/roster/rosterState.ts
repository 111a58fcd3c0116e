import type { LicenceUsage } from '../domainError';
import type { UserKind, UserRole } from '../events';

/** What a fold of `app-<appId>` knows. The fold owns its collections and changes them in place. */

/** Expiry is not written into the state: `isOpen` computes it from the clock. */
export type InvitationState = 'OPEN' | 'ACCEPTED' | 'DECLINED' | 'REVOKED' | 'EXPIRED';
export type UserState = 'INVITED' | 'ACTIVE' | 'EXPIRED' | 'DECLINED' | 'REVOKED' | 'LEFT' | 'REMOVED';

export interface RosterUser {
  readonly userId: string;
  keapId: string;
  keapIdNormalized: string;
  name: string | null;
  kind: UserKind;
  role: UserRole;
  status: UserState;
  /** bound at the first acceptance or, for owners and imported people, at the first sign-in. */
  personId: string | null;
  /** how often this user joined. */
  epoch: number;
  /** the latest invitation. */
  invitationId: string | null;
  rolePosition: string;
  statusPosition: string;
}

export interface RosterInvitation {
  readonly invitationId: string;
  userId: string;
  readonly kind: UserKind;
  readonly keapId: string;
  readonly keapIdNormalized: string;
  status: InvitationState;
  expiresAt: string;
  tokenHash: string | null;
  sendCount: number;
  acceptedBy: string | null;
  statusPosition: string;
}

export interface RosterState {
  registered: boolean;
  appId: string;
  name: string;
  url: string;
  licences: number;
  readonly users: Map<string, RosterUser>;
  readonly invitations: Map<string, RosterInvitation>;
  /** user ids by normalized Keap ID; usually one, more where an address went to somebody else. */
  readonly userIdsByKeapId: Map<string, string[]>;
  readonly userIdByPerson: Map<string, string>;
  /** when invitations were sent in the last day before the newest event, oldest first. */
  sentAt: string[];
  /** positions of the departures, by leave id. */
  readonly departures: Map<string, string>;
  /** positions of what keyed commands wrote, by command id. */
  readonly keyedCommands: Map<string, KeyedCommand>;
  licencesPosition: string;
  registeredPosition: string;
  lastOccurredAt: string;
}

export interface KeyedCommand {
  readonly position: string;
  readonly occurredAt: string;
  readonly userId: string | null;
  readonly invitationId: string | null;
}

/** The state of a roster with no events. */
export function emptyRoster(): RosterState {
  return {
    registered: false,
    appId: '',
    name: '',
    url: '',
    licences: 0,
    users: new Map(),
    invitations: new Map(),
    userIdsByKeapId: new Map(),
    userIdByPerson: new Map(),
    sentAt: [],
    departures: new Map(),
    keyedCommands: new Map(),
    licencesPosition: '',
    registeredPosition: '',
    lastOccurredAt: '',
  };
}

/** Whether the invitation can be accepted at `now`: from `expiresAt` on it is expired, whatever has been written. */
export const isOpen = (invitation: RosterInvitation, now: string): boolean =>
  invitation.status === 'OPEN' && now < invitation.expiresAt;

/** The user's latest invitation, if there ever was one. */
export const latestInvitation = (state: RosterState, user: RosterUser): RosterInvitation | undefined =>
  user.invitationId === null ? undefined : state.invitations.get(user.invitationId);

/** The invitation to this address that is open at `now`, whichever of the address's users it is for. */
export function openInvitationTo(state: RosterState, keapIdNormalized: string, now: string): RosterInvitation | undefined {
  for (const userId of state.userIdsByKeapId.get(keapIdNormalized) ?? []) {
    const user = state.users.get(userId);
    const invitation = user && latestInvitation(state, user);
    if (invitation?.keapIdNormalized === keapIdNormalized && isOpen(invitation, now)) return invitation;
  }
  return undefined;
}

/** What a user is at `now`, expiry computed. */
export function statusAt(state: RosterState, user: RosterUser, now: string): UserState {
  if (user.status !== 'INVITED') return user.status;
  const invitation = latestInvitation(state, user);
  return invitation && isOpen(invitation, now) ? 'INVITED' : 'EXPIRED';
}

/** Licences at `now`: active users use one, open invitations of users reserve one, partners never count. */
export function licenceUsage(state: RosterState, now: string): LicenceUsage {
  let used = 0;
  let reserved = 0;
  for (const user of state.users.values()) {
    if (user.kind !== 'USER') continue;
    const status = statusAt(state, user, now);
    if (status === 'ACTIVE') used += 1;
    else if (status === 'INVITED') reserved += 1;
  }
  return { total: state.licences, used, reserved, available: state.licences - used - reserved };
}

/** Whether `user` is the only active admin of kind USER; partner admins do not count. */
export function isLastAdmin(state: RosterState, user: RosterUser): boolean {
  const isAdmin = (one: RosterUser): boolean => one.kind === 'USER' && one.role === 'ADMIN' && one.status === 'ACTIVE';
  if (!isAdmin(user)) return false;
  for (const other of state.users.values()) if (other !== user && isAdmin(other)) return false;
  return true;
}
