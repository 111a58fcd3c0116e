import type { LicenceUsage } from '../domainError';
import type { UserKind, UserRole } from '../events';
import { momentsAfter } from './momentCounts';
import { OverlayTable, type Table } from './tables';

/** The recorded state of an invitation. An open one may have expired: `isOpen` computes that from the clock. `EXPIRED` is one that a newer invitation has replaced. */
export type InvitationState = 'OPEN' | 'ACCEPTED' | 'DECLINED' | 'REVOKED' | 'EXPIRED';
export type UserState = 'INVITED' | 'ACTIVE' | 'EXPIRED' | 'DECLINED' | 'REVOKED' | 'LEFT' | 'REMOVED';

export interface RosterUser {
  readonly userId: string;
  readonly keapId: string;
  readonly keapIdNormalized: string;
  readonly name: string | null;
  readonly kind: UserKind;
  readonly role: UserRole;
  readonly status: UserState;
  /** The person bound to this user, at the first acceptance or, for owners and imported people, at the first sign-in. */
  readonly personId: string | null;
  /** Whether the sign-in of this user, who has ended, belongs to another user of the app now. Nobody else becomes this user by the address. */
  readonly vacated: boolean;
  /** Sign-ins that were taken from this user. The address alone does not bind one of them again. */
  readonly replacedPersonIds: readonly string[];
  /** When the token was issued from which Keap ID and name were last updated, in ISO 8601; null when they were not, or it does not say. */
  readonly statedAt: string | null;
  /** Number of times this user has joined. */
  readonly epoch: number;
  /** Id of the latest invitation. */
  readonly invitationId: string | null;
  /** Ids of all invitations of this user. */
  readonly invitationIds: readonly string[];
  readonly rolePosition: string;
  readonly statusPosition: string;
  /** Position of the event that bound the user to a sign-in, or opened them for one. */
  readonly bindingPosition: string;
}

export interface RosterInvitation {
  readonly invitationId: string;
  readonly userId: string;
  readonly kind: UserKind;
  readonly keapId: string;
  readonly keapIdNormalized: string;
  readonly status: InvitationState;
  readonly expiresAt: string;
  readonly tokenHash: string | null;
  readonly sendCount: number;
  /** Why the person was invited, in the words of the inviter; null where they gave no reason. */
  readonly reason: string | null;
  /** Whether `InvitationExpired` has been recorded since the last message. */
  readonly expiryRecorded: boolean;
  readonly statusPosition: string;
  /** The time as an admin of the person who answers for the invitation: who sent it last, or raised its role to ADMIN since. */
  readonly senderId: string;
}

/** The version of this state. Raise it whenever the state or what an event does to it changes: stored copies of another version are not read. */
export const ROSTER_VERSION = 3;

/** The state of `app-<appId>`. It is changed in place, its rows are replaced by new ones. */
export interface RosterState {
  registered: boolean;
  /** Whether the app's history is being imported. Until that is finished, only the import changes the app, and only operators and auditors see it. */
  importing: boolean;
  appId: string;
  name: string;
  url: string;
  licences: number;
  readonly users: Table<RosterUser>;
  readonly invitations: Table<RosterInvitation>;
  /** Ids of the users that this app has ever shown with a normalized Keap ID. */
  readonly userIdsByKeapId: Table<readonly string[]>;
  readonly userIdByPerson: Table<string>;
  /** The kinds of the active admins, by user id. */
  readonly admins: Table<UserKind>;
  /** Number of active admins of kind USER. */
  userAdmins: number;
  /** Number of active users of kind USER. */
  activeUsers: number;
  /** Expiries of the invitations that reserve a licence, whether or not they have passed, as `countMoment` keeps them. */
  readonly reservedUntil: Table<number>;
  /** Times as an admin of the people who sent invitations, by person id. A person has more than one where a sign-in replaced another. */
  readonly senderIdsByPerson: Table<readonly string[]>;
  /** Those times that have ended: the admin was removed or demoted since, or lost their sign-in. */
  readonly formerSenders: Table<true>;
  /** Invitations sent, in the order of events: at least those of the last day. */
  readonly sends: SentInvitation[];
  /** Positions of the departures, by leave id. */
  readonly departures: Table<string>;
  /** Events written by commands with an idempotency key, by command id. */
  readonly keyedCommands: Table<KeyedCommand>;
  licencesPosition: string;
  /** Position of the event that set the name and the URL. */
  namePosition: string;
  registeredPosition: string;
  lastOccurredAt: string;
}

/** One message with an invitation: when it was asked for, and to which address. */
export interface SentInvitation {
  readonly at: string;
  readonly keapIdNormalized: string;
}

/** The last event of a command with an idempotency key. */
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
    importing: false,
    appId: '',
    name: '',
    url: '',
    licences: 0,
    users: new Map(),
    invitations: new Map(),
    userIdsByKeapId: new Map(),
    userIdByPerson: new Map(),
    admins: new Map(),
    userAdmins: 0,
    activeUsers: 0,
    reservedUntil: new Map(),
    senderIdsByPerson: new Map(),
    formerSenders: new Map(),
    sends: [],
    departures: new Map(),
    keyedCommands: new Map(),
    licencesPosition: '',
    namePosition: '',
    registeredPosition: '',
    lastOccurredAt: '',
  };
}

/** Returns a state that begins as this one and is changed apart from it. This one must stay as it is while the other is used. */
export function forkedRoster(state: RosterState): RosterState {
  return {
    ...state,
    users: new OverlayTable(state.users),
    invitations: new OverlayTable(state.invitations),
    userIdsByKeapId: new OverlayTable(state.userIdsByKeapId),
    userIdByPerson: new OverlayTable(state.userIdByPerson),
    admins: new OverlayTable(state.admins),
    reservedUntil: new OverlayTable(state.reservedUntil),
    senderIdsByPerson: new OverlayTable(state.senderIdsByPerson),
    formerSenders: new OverlayTable(state.formerSenders),
    sends: [...state.sends],
    departures: new OverlayTable(state.departures),
    keyedCommands: new OverlayTable(state.keyedCommands),
  };
}

export const DAY_MS = 24 * 60 * 60 * 1000;

/** The moment 24 hours earlier, in ISO 8601. */
export const dayBefore = (at: string): string => new Date(Date.parse(at) - DAY_MS).toISOString();

/** Whether the invitation can be accepted at `now`. From `expiresAt` on it has expired, whether or not that is recorded. */
export const isOpen = (invitation: RosterInvitation, now: string): boolean =>
  invitation.status === 'OPEN' && now < invitation.expiresAt;

/** The user's latest invitation, if any. */
export const latestInvitation = (state: RosterState, user: RosterUser): RosterInvitation | undefined =>
  user.invitationId === null ? undefined : state.invitations.get(user.invitationId);

/** The users that this app has ever shown with this address. */
export const usersKnownBy = (state: RosterState, keapIdNormalized: string): readonly RosterUser[] =>
  (state.userIdsByKeapId.get(keapIdNormalized) ?? []).flatMap((userId) => state.users.get(userId) ?? []);

/** Whether the user still waits for a sign-in. */
export const isUnbound = ({ personId, vacated }: RosterUser): boolean => personId === null && !vacated;

/** The users that this app shows with this address now, and that no sign-in is bound to. */
export const unboundUsersAt = (state: RosterState, keapIdNormalized: string): readonly RosterUser[] =>
  usersKnownBy(state, keapIdNormalized).filter((user) => isUnbound(user) && user.keapIdNormalized === keapIdNormalized);

/** Finds the invitation to this address that is open at `now`, for any user with this address. */
export function openInvitationTo(state: RosterState, keapIdNormalized: string, now: string): RosterInvitation | undefined {
  for (const user of usersKnownBy(state, keapIdNormalized)) {
    const invitation = latestInvitation(state, user);
    if (invitation?.keapIdNormalized === keapIdNormalized && isOpen(invitation, now)) return invitation;
  }
  return undefined;
}

/** The status of a user at `now`, with expiry taken into account. */
export function statusAt(state: RosterState, user: RosterUser, now: string): UserState {
  if (user.status !== 'INVITED') return user.status;
  const invitation = latestInvitation(state, user);
  return invitation && isOpen(invitation, now) ? 'INVITED' : 'EXPIRED';
}

/** Whether the admin who answers for the invitation was removed or demoted since, or lost their sign-in. */
export const isSentByFormerAdmin = (state: RosterState, { senderId }: RosterInvitation): boolean => state.formerSenders.has(senderId);

/** Counts the licences at `now`: an active user uses one, an open invitation of a user reserves one, a partner needs none. */
export function licenceUsage(state: RosterState, now: string): LicenceUsage {
  const used = state.activeUsers;
  const reserved = momentsAfter(state.reservedUntil, now);
  return { total: state.licences, used, reserved, available: state.licences - used - reserved };
}

/** Whether `user` is the only active admin of kind USER; partner admins do not count. */
export const isLastAdmin = (state: RosterState, user: RosterUser): boolean => state.userAdmins === 1 && state.admins.get(user.userId) === 'USER';

/** Returns the ids of the active admins of the app, users and partners, and of whoever is about to be one. */
export const activeAdminIds = (state: RosterState, ...appointed: readonly string[]): readonly string[] =>
  [...new Set([...[...state.admins].map(([userId]) => userId), ...appointed])];
