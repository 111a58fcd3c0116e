import type { Actor } from '../actor';
import { DomainError } from '../domainError';
import { maskKeapId } from '../keapId';
import { invitationNotFound } from './invitationRefusals';
import type { RosterInvitation, RosterState } from './rosterState';

/** How somebody points at an invitation: by the link they hold, or by its id from their Account Central. */
export interface InvitationReference {
  readonly invitationId: string;
  /** hex SHA-256 of the link's token; null by id. */
  readonly tokenHash: string | null;
  /** whose sign-in the invited address is bound to; null while it is nobody's. */
  readonly boundPersonId: string | null;
}

/**
 * The invitation, if the actor is the person it is addressed to.
 * @throws DomainError `LINK_SUPERSEDED` for an older link, `WRONG_RECIPIENT` for somebody else with a valid link,
 * `INVITATION_NOT_FOUND` for somebody else by id.
 */
export function requireAddressee(state: RosterState, reference: InvitationReference, actor: Actor): RosterInvitation {
  const invitation = state.invitations.get(reference.invitationId);
  if (!invitation) throw invitationNotFound();
  if (reference.tokenHash !== null && reference.tokenHash !== invitation.tokenHash) {
    throw new DomainError('LINK_SUPERSEDED', 'A newer link was sent for this invitation. Open the newest message.');
  }
  if (actor.system || isAddressee(state, invitation, reference.boundPersonId, actor)) return invitation;
  if (reference.tokenHash === null) throw invitationNotFound();
  const maskedKeapId = maskKeapId(invitation.keapId);
  throw new DomainError('WRONG_RECIPIENT', `This invitation is for ${maskedKeapId}. Sign in with that Keap ID.`, { maskedKeapId });
}

/** The invited user's own person comes first: whoever holds the address today does not get that user's past. */
function isAddressee(state: RosterState, invitation: RosterInvitation, boundPersonId: string | null, actor: Actor): boolean {
  const invitedPerson = state.users.get(invitation.userId)?.personId ?? null;
  const owner = invitedPerson ?? boundPersonId;
  return owner === null ? invitation.keapIdNormalized === actor.keapId : owner === actor.personId;
}
