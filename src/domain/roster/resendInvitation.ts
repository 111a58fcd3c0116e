import { DomainError } from '../domainError';
import type { RosterEvent } from '../events';
import { invitationNotFound, refuseEnded } from './invitationRefusals';
import { requireLicence } from './licences';
import { requireAdmin, type DecisionContext } from './rosterGuards';
import { isOpen, latestInvitation, openInvitationTo, type RosterState } from './rosterState';
import { requireSendsLeft, type SendLimits } from './sendLimits';

export interface ResendInvitation {
  readonly type: 'ResendInvitation';
  readonly invitationId: string;
  readonly expiresAt: string;
  /** the SHA-256 of the link's token for that send. */
  readonly tokenHashOf: (sendCount: number) => string;
  readonly limits: SendLimits | null;
}

/** An admin sends the invitation once more: a new link, a new expiry; links sent before no longer work. */
export function resendInvitation(command: ResendInvitation, state: RosterState, context: DecisionContext): RosterEvent[] {
  requireAdmin(state, context.actor);
  const invitation = state.invitations.get(command.invitationId);
  if (!invitation) throw invitationNotFound();
  if (invitation.status !== 'OPEN' && invitation.status !== 'EXPIRED') refuseEnded(invitation.status);
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
  if (command.limits) requireSendsLeft(state, context.now, command.limits);
  const sendCount = invitation.sendCount + 1;
  return [
    {
      type: 'InvitationResent',
      data: { userId: invitation.userId, invitationId: invitation.invitationId, expiresAt: command.expiresAt, tokenHash: command.tokenHashOf(sendCount), sendCount },
    },
  ];
}
