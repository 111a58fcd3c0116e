import type { RosterEvent } from '../events';
import { isOpen, type RosterState } from './rosterState';

export interface ExpireInvitation {
  readonly type: 'ExpireInvitation';
  readonly invitationId: string;
}

/** Writes down that an invitation has expired, where it has and nobody has written it yet. */
export function expireInvitation(command: ExpireInvitation, state: RosterState, context: { readonly now: string }): RosterEvent[] {
  const invitation = state.invitations.get(command.invitationId);
  if (invitation?.status !== 'OPEN' || isOpen(invitation, context.now)) return [];
  return [{ type: 'InvitationExpired', data: { userId: invitation.userId, invitationId: invitation.invitationId } }];
}
