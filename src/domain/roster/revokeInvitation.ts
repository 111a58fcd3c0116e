import type { RosterEvent } from '../events';
import { invitationNotFound, refuseEnded } from './invitationRefusals';
import { requireAdmin, type DecisionContext } from './rosterGuards';
import { isOpen, type RosterState } from './rosterState';

export interface RevokeInvitation {
  readonly type: 'RevokeInvitation';
  readonly invitationId: string;
}

/** An admin takes an open invitation back. Revoking twice is the same wish. */
export function revokeInvitation(command: RevokeInvitation, state: RosterState, context: DecisionContext): RosterEvent[] {
  requireAdmin(state, context.actor);
  const invitation = state.invitations.get(command.invitationId);
  if (!invitation) throw invitationNotFound();
  if (invitation.status === 'REVOKED') return [];
  if (invitation.status !== 'OPEN') refuseEnded(invitation.status);
  if (!isOpen(invitation, context.now)) refuseEnded('EXPIRED');
  return [{ type: 'InvitationRevoked', data: { userId: invitation.userId, invitationId: invitation.invitationId } }];
}
