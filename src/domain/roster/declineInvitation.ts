import type { RosterEvent } from '../events';
import { requireAddressee, type InvitationReference } from './invitationAddressee';
import { refuseEnded } from './invitationRefusals';
import type { DecisionContext } from './rosterGuards';
import { isOpen, type RosterState } from './rosterState';

export interface DeclineInvitation extends InvitationReference {
  readonly type: 'DeclineInvitation';
}

/** The addressed person says no. Declining twice is the same wish. */
export function declineInvitation(command: DeclineInvitation, state: RosterState, context: DecisionContext): RosterEvent[] {
  const invitation = requireAddressee(state, command, context.actor);
  if (invitation.status === 'DECLINED') return [];
  if (invitation.status !== 'OPEN') refuseEnded(invitation.status);
  if (!isOpen(invitation, context.now)) refuseEnded('EXPIRED');
  return [
    { type: 'InvitationDeclined', data: { userId: invitation.userId, invitationId: invitation.invitationId, personId: context.actor.personId } },
  ];
}
