import { DomainError } from '../domainError';
import { DAY_MS, dayBefore, isOpen, latestInvitation, openInvitationTo, type RosterInvitation, type RosterState, type RosterUser, type SentInvitation, unboundUsersAt, usersKnownBy } from './state';
import type { Actor, RosterEvent, UserKind, UserRole } from '../events';
import { parseOptionalReason, parsePersonName } from '../fields';
import { parseKeapId } from '../keapId';
import { type DecisionContext, invitationNotFound, isAdminUser, refuseEnded, requireAdmin, requireAdminOverAdmins, requireLicence, userOfActor } from './guards';

/**
 * Limits on the invitations that an app sends; 0 means no limit. A day is the last 24 hours; resends and revoked invitations count. Beyond a limit,
 * `RATE_LIMITED` is answered. A recipient is a Keap ID, so `ann+shop@example.com` and `ann@example.com` are two. What other apps send never counts,
 * since the refusal would tell of it; `mailboxOf` and the delivery limit what a mailbox gets from all apps together.
 */
export interface SendLimits {
  readonly perAppPerDay: number;
  readonly perRecipientPerDay: number;
}

/**
 * Requires that another invitation may be sent.
 * @throws DomainError `RATE_LIMITED` with the seconds to wait.
 */
function requireSendsLeft(state: RosterState, recipient: string, now: string, limits: SendLimits): void {
  refuseOver(state.sends, limits.perAppPerDay, now, 'invitations of this app');
  if (limits.perRecipientPerDay === 0) return;
  refuseOver(state.sends.filter(({ keapIdNormalized }) => keapIdNormalized === recipient), limits.perRecipientPerDay, now, 'invitations of this app to this person');
}

/** How far the clock of another replica may be ahead. A send with a later time happened while the clock was wrong, and is not counted. */
const MAX_CLOCK_SKEW_MS = 60_000;

function refuseOver(sends: readonly SentInvitation[], limit: number, now: string, what: string): void {
  if (limit === 0) return;
  const dayAgo = dayBefore(now);
  const soon = new Date(Date.parse(now) + MAX_CLOCK_SKEW_MS).toISOString();
  const recent = sends.filter(({ at }) => at > dayAgo && at <= soon).sort((a, b) => (a.at < b.at ? -1 : 1));
  const freeing = recent[recent.length - limit];
  if (freeing === undefined) return;
  const retryAfterSeconds = Math.max(1, Math.ceil((Date.parse(freeing.at) + DAY_MS - Date.parse(now)) / 1000));
  throw new DomainError('RATE_LIMITED', `The limit of ${limit} ${what} in 24 hours is reached. Try again in ${retryAfterSeconds} seconds.`, { retryAfterSeconds });
}

export interface Invite {
  readonly type: 'Invite';
  readonly kind: UserKind;
  readonly keapId: string;
  readonly role: UserRole;
  readonly name: string | null;
  /** The person who holds the address, or held it last; null when nobody does. */
  readonly boundPersonId: string | null;
  /** False when there is a partner directory and the Keap ID is not in it. */
  readonly knownPartner: boolean;
  readonly newUserId: string;
  readonly newInvitationId: string;
  readonly expiresAt: string;
  /** Why, in the words of the inviter; null where they give no reason. */
  readonly reason: string | null;
  /** SHA-256 of the link's token; null when no message is sent. */
  readonly tokenHash: string | null;
  /** Null when no limits apply. */
  readonly limits: SendLimits | null;
}

/** Invites a person, as a user, who reserves a licence, or as a partner, who does not. For admins. */
export function invite(command: Invite, state: RosterState, context: DecisionContext): RosterEvent[] {
  const keapId = parseKeapId(command.keapId);
  const name = parsePersonName(command.name);
  const reason = parseOptionalReason(command.reason);
  requireAdmin(state, context.actor);
  if (isAdminUser(command)) requireAdminOverAdmins(state, context.actor);
  const inviter = userOfActor(state, context.actor);
  const invitee = findInvitee(state, keapId.normalized, command.boundPersonId);
  if (!context.actor.system && (keapId.normalized === context.actor.keapId || (invitee && invitee === inviter))) {
    throw new DomainError('CANNOT_INVITE_SELF', 'This is your own Keap ID; you are in the app already.', { field: 'keapId' });
  }
  if (invitee?.status === 'ACTIVE') {
    throw new DomainError('ALREADY_MEMBER', `${keapId.display} is an active ${invitee.kind === 'PARTNER' ? 'partner' : 'user'} of this app already.`, { field: 'keapId' });
  }
  const earlier = invitee && latestInvitation(state, invitee);
  const open = earlier && isOpen(earlier, context.now) ? earlier : openInvitationTo(state, keapId.normalized, context.now);
  if (open) {
    throw new DomainError('ALREADY_INVITED', `${keapId.display} has an open invitation to this app. Resend or revoke that one.`, {
      invitationId: open.invitationId,
      expiresAt: open.expiresAt,
    });
  }
  if (command.kind === 'PARTNER' && !command.knownPartner) {
    throw new DomainError('NOT_A_KNOWN_PARTNER', `${keapId.display} is not in the partner directory. Check the address, or ask an operator to add it.`, { field: 'keapId' });
  }
  if (command.kind === 'USER') requireLicence(state, context.now);
  if (command.limits) requireSendsLeft(state, keapId.normalized, context.now, command.limits);
  const events: RosterEvent[] = [];
  if (earlier?.status === 'OPEN' && !earlier.expiryRecorded) events.push({ type: 'InvitationExpired', data: { userId: earlier.userId, invitationId: earlier.invitationId } });
  events.push({
    type: command.kind === 'USER' ? 'UserInvited' : 'PartnerInvited',
    data: {
      userId: invitee?.userId ?? command.newUserId,
      invitationId: command.newInvitationId,
      role: command.role,
      expiresAt: command.expiresAt,
      tokenHash: command.tokenHash,
      sendCount: command.tokenHash === null ? 0 : 1,
      invitedBy: inviter?.userId ?? null,
      reason,
      person: { keapId: keapId.display, name: name ?? invitee?.name ?? null },
    },
  });
  return events;
}

/**
 * Finds the user to invite among those whom this app knows by the address, so that inviting tells nothing about other addresses of a
 * person: the user of its holder, or a user whom no sign-in is bound to. An address that somebody else holds now gets a new user.
 */
function findInvitee(state: RosterState, keapIdNormalized: string, boundPersonId: string | null): RosterUser | undefined {
  const ofHolder = usersKnownBy(state, keapIdNormalized).filter(({ personId }) => personId !== null && personId === boundPersonId);
  const users = [...ofHolder, ...unboundUsersAt(state, keapIdNormalized)];
  return users.find(({ status }) => status === 'ACTIVE') ?? users[0];
}

export interface ResendInvitation {
  readonly type: 'ResendInvitation';
  readonly invitationId: string;
  readonly expiresAt: string;
  /** Returns the SHA-256 of the link's token for that send. */
  readonly tokenHashOf: (sendCount: number) => string;
  readonly limits: SendLimits | null;
}

/** Sends the invitation again, with a new link and a new expiry. Earlier links stop working. For admins. */
export function resendInvitation(command: ResendInvitation, state: RosterState, context: DecisionContext): RosterEvent[] {
  requireAdmin(state, context.actor);
  const invitation = state.invitations.get(command.invitationId);
  if (!invitation) throw invitationNotFound();
  if (invitation.status !== 'OPEN' && invitation.status !== 'EXPIRED') refuseEnded(invitation.status);
  requireOverInvited(state, invitation, context.actor);
  if (!isOpen(invitation, context.now)) {
    const user = state.users.get(invitation.userId);
    if (user?.status === 'ACTIVE') throw new DomainError('ALREADY_MEMBER', `${invitation.keapId} has joined since, through a newer invitation.`);
    const latest = user && latestInvitation(state, user);
    const newer = latest && isOpen(latest, context.now) ? latest : openInvitationTo(state, invitation.keapIdNormalized, context.now);
    if (newer) {
      throw new DomainError('ALREADY_INVITED', `${invitation.keapId} has a newer open invitation. Resend that one.`, { invitationId: newer.invitationId, expiresAt: newer.expiresAt });
    }
    if (invitation.kind === 'USER') requireLicence(state, context.now);
  }
  if (command.limits) requireSendsLeft(state, invitation.keapIdNormalized, context.now, command.limits);
  const sendCount = invitation.sendCount + 1;
  return [
    {
      type: 'InvitationResent',
      data: { userId: invitation.userId, invitationId: invitation.invitationId, expiresAt: command.expiresAt, tokenHash: command.tokenHashOf(sendCount), sendCount },
    },
  ];
}

/** Requires that the actor may decide about this invitation, which grants the role that the user has now. @throws DomainError `FORBIDDEN` */
function requireOverInvited(state: RosterState, { userId, kind }: RosterInvitation, actor: Actor): void {
  const role = state.users.get(userId)?.role;
  if (role !== undefined && isAdminUser({ kind, role })) requireAdminOverAdmins(state, actor);
}

export interface RevokeInvitation {
  readonly type: 'RevokeInvitation';
  readonly invitationId: string;
}

/** Revokes an open invitation. Revoking it again changes nothing. For admins. */
export function revokeInvitation(command: RevokeInvitation, state: RosterState, context: DecisionContext): RosterEvent[] {
  requireAdmin(state, context.actor);
  const invitation = state.invitations.get(command.invitationId);
  if (!invitation) throw invitationNotFound();
  if (invitation.status === 'REVOKED') return [];
  if (invitation.status !== 'OPEN') refuseEnded(invitation.status);
  if (!isOpen(invitation, context.now)) refuseEnded('EXPIRED');
  requireOverInvited(state, invitation, context.actor);
  return [{ type: 'InvitationRevoked', data: { userId: invitation.userId, invitationId: invitation.invitationId } }];
}

export interface ExpireInvitation {
  readonly type: 'ExpireInvitation';
  readonly invitationId: string;
}

/** Records that an invitation has expired, unless that is recorded. */
export function expireInvitation(command: ExpireInvitation, state: RosterState, context: { readonly now: string }): RosterEvent[] {
  const invitation = state.invitations.get(command.invitationId);
  if (invitation?.status !== 'OPEN' || invitation.expiryRecorded || isOpen(invitation, context.now)) return [];
  return [{ type: 'InvitationExpired', data: { userId: invitation.userId, invitationId: invitation.invitationId } }];
}
