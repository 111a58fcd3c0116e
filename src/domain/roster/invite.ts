import { DomainError } from '../domainError';
import type { RosterEvent, UserKind, UserRole } from '../events';
import { parsePersonName } from '../fieldRules';
import { parseKeapId } from '../keapId';
import { requireLicence } from './licences';
import { requireAdmin, userOfActor, type DecisionContext } from './rosterGuards';
import { isOpen, latestInvitation, openInvitationTo, type RosterState, type RosterUser } from './rosterState';
import { requireSendsLeft, type SendLimits } from './sendLimits';

export interface Invite {
  readonly type: 'Invite';
  readonly kind: UserKind;
  readonly keapId: string;
  readonly role: UserRole;
  readonly name: string | null;
  /** whose sign-in the address is bound to; null while it is nobody's. */
  readonly boundPersonId: string | null;
  /** false where the partner policy is a list and the Keap ID is not on it. */
  readonly knownPartner: boolean;
  readonly newUserId: string;
  readonly newInvitationId: string;
  readonly expiresAt: string;
  /** null where no message is to be sent. */
  readonly tokenHash: string | null;
  /** null where the limits do not count. */
  readonly limits: SendLimits | null;
}

/** An admin invites a person, as a user (who takes a licence) or as a partner (who never does). */
export function invite(command: Invite, state: RosterState, context: DecisionContext): RosterEvent[] {
  const keapId = parseKeapId(command.keapId);
  const name = parsePersonName(command.name);
  requireAdmin(state, context.actor);
  const inviter = userOfActor(state, context.actor);
  const invitee = findInvitee(state, keapId.normalized, command.boundPersonId);
  if (!context.actor.system && (keapId.normalized === context.actor.keapId || command.boundPersonId === context.actor.personId || (invitee && invitee === inviter))) {
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
    throw new DomainError('NOT_A_KNOWN_PARTNER', `${keapId.display} is not in the partner directory. Check the address, or ask the operator to add it.`, { field: 'keapId' });
  }
  if (command.kind === 'USER') requireLicence(state, context.now);
  if (command.limits) requireSendsLeft(state, context.now, command.limits);
  const events: RosterEvent[] = [];
  if (earlier?.status === 'OPEN') events.push({ type: 'InvitationExpired', data: { userId: earlier.userId, invitationId: earlier.invitationId } });
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
      person: { keapId: keapId.display, name: name ?? invitee?.name ?? null },
    },
  });
  return events;
}

/**
 * The user that this invitation concerns: the one bound to the address's owner, else one of this address that nobody
 * is bound to. An address that was released and has a new owner leads to a new user.
 */
function findInvitee(state: RosterState, keapIdNormalized: string, boundPersonId: string | null): RosterUser | undefined {
  const bound = boundPersonId === null ? undefined : state.userIdByPerson.get(boundPersonId);
  if (bound !== undefined) return state.users.get(bound);
  return (state.userIdsByKeapId.get(keapIdNormalized) ?? [])
    .map((userId) => state.users.get(userId))
    .find((user) => user?.personId === null);
}
