import { DomainError } from '../domainError';
import type { RosterEvent } from '../events';
import { requireAddressee, type InvitationReference } from './invitationAddressee';
import { refuseEnded } from './invitationRefusals';
import type { DecisionContext } from './rosterGuards';
import { isOpen, latestInvitation, type RosterState } from './rosterState';

export interface AcceptInvitation extends InvitationReference {
  readonly type: 'AcceptInvitation';
  /** the name that the sign-in gave. */
  readonly name: string | null;
}

/**
 * The addressed person joins, with the role that the invitation has now. The licence was reserved by the invitation.
 * Accepting twice is the same wish, as long as the person is in. A person who has another open invitation, under another
 * address, lets that one go: else it would stay a second way in.
 */
export function acceptInvitation(command: AcceptInvitation, state: RosterState, context: DecisionContext): RosterEvent[] {
  const invitation = requireAddressee(state, command, context.actor);
  const invited = state.users.get(invitation.userId);
  if (!invited) throw new Error(`invitation ${invitation.invitationId} without its user`);
  const personId = context.actor.system ? (invited.personId ?? command.boundPersonId) : context.actor.personId;
  if (invitation.status === 'ACCEPTED' && invited.status === 'ACTIVE' && invited.invitationId === invitation.invitationId) return [];
  if (invitation.status !== 'OPEN') refuseEnded(invitation.status);
  if (!isOpen(invitation, context.now)) refuseEnded('EXPIRED');
  const ownUserId = personId === null ? undefined : state.userIdByPerson.get(personId);
  const own = ownUserId === undefined ? undefined : state.users.get(ownUserId);
  if (own && own !== invited && own.status === 'ACTIVE') {
    throw new DomainError('ALREADY_MEMBER', `You are in this app already, as ${own.keapId}.`);
  }
  const user = own ?? invited;
  const other = latestInvitation(state, user);
  const letGo: RosterEvent[] =
    other && other !== invitation && isOpen(other, context.now)
      ? [{ type: 'InvitationDeclined', data: { userId: other.userId, invitationId: other.invitationId, personId: context.actor.personId } }]
      : [];
  return [
    ...letGo,
    {
      type: 'InvitationAccepted',
      data: {
        userId: user.userId,
        invitationId: invitation.invitationId,
        personId,
        epoch: user.epoch + 1,
        kind: invited.kind,
        role: invited.role,
        person: { keapId: invitation.keapId, name: command.name ?? invited.name ?? user.name },
      },
    },
  ];
}
