import type { Actor, RosterEvent } from '../events';
import { DomainError } from '../domainError';
import { type DecisionContext, invitationNotFound, mayBeBound, refuseEnded, userOfActor, wrongRecipient } from './guards';
import { isOpen, isSentByFormerAdmin, isUnbound, latestInvitation, type RosterInvitation, type RosterState, type RosterUser, unboundUsersAt } from './state';

/** A reference to an invitation: by the link's token, or by its id from Account Central. */
export interface InvitationReference {
  readonly invitationId: string;
  /** SHA-256 of the link's token in hexadecimal; null for a reference by id. */
  readonly tokenHash: string | null;
  /** The person who holds the invited address, or held it last; null when nobody does. */
  readonly boundPersonId: string | null;
}

/**
 * Returns the invitation, if it is addressed to the actor, or if they have accepted it.
 * @throws DomainError `LINK_SUPERSEDED` for an older link; for another person, `WRONG_RECIPIENT` with a valid link and
 * `INVITATION_NOT_FOUND` by id.
 */
function requireAddressee(state: RosterState, reference: InvitationReference, actor: Actor): RosterInvitation {
  const invitation = state.invitations.get(reference.invitationId);
  if (!invitation) throw invitationNotFound();
  if (reference.tokenHash !== null && reference.tokenHash !== invitation.tokenHash) {
    throw new DomainError('LINK_SUPERSEDED', 'A newer link was sent for this invitation. Open the newest message.');
  }
  if (actor.system || isAddressee(invitation, reference, actor) || hasAccepted(state, invitation, actor)) return invitation;
  if (reference.tokenHash === null) throw invitationNotFound();
  throw wrongRecipient(invitation.keapId, actor);
}

/**
 * An invitation is for whoever holds its address. By its id, the token of the request must state that address; with the link, which was
 * sent to the mailbox, the person who held it last may answer too.
 */
function isAddressee({ keapIdNormalized }: RosterInvitation, { tokenHash, boundPersonId }: InvitationReference, { personId, keapId }: Actor): boolean {
  const isStated = keapId === keapIdNormalized;
  return boundPersonId === null ? isStated : boundPersonId === personId && (isStated || tokenHash !== null);
}

const hasAccepted = (state: RosterState, { status, userId }: RosterInvitation, { personId }: Actor): boolean =>
  status === 'ACCEPTED' && state.users.get(userId)?.personId === personId;

export interface AcceptInvitation extends InvitationReference {
  readonly type: 'AcceptInvitation';
  /** The Keap ID of the sign-in as its token spells it; null when the actor holds none. */
  readonly signedInAs: string | null;
  /** The name from the sign-in. */
  readonly name: string | null;
  /** Id for a new user, which the holder of an address gets whose earlier holder was a user of the app. */
  readonly newUserId: string;
}

/**
 * Adds the invited person to the app, with the invitation's current role. The invitation has reserved the licence. Accepting again
 * changes nothing while the person is a member. An invitation as ADMIN from somebody who was removed or demoted since has to be sent
 * again by an admin first, so that nobody who lost the right to invite returns by it. Another open invitation of the same person, to
 * another address, is declined, since it could be accepted later. The invitation of a person who is in the app under another address
 * is closed: the only event is then `InvitationDeclined`, and `refuseSecondMembership` has the answer.
 */
export function acceptInvitation(command: AcceptInvitation, state: RosterState, context: DecisionContext): RosterEvent[] {
  const { actor, now } = context;
  const invitation = requireAddressee(state, command, actor);
  const invited = state.users.get(invitation.userId);
  if (!invited) throw new Error(`invitation ${invitation.invitationId} without its user`);
  const personId = actor.system ? (invited.personId ?? command.boundPersonId) : actor.personId;
  const own = ownUser(state, personId, actor);
  const isOwn = invited === own || isUnbound(invited);
  if (isOwn && invitation.status === 'ACCEPTED' && invited.status === 'ACTIVE' && invited.invitationId === invitation.invitationId) return [];
  if (own && own !== invited && own.status === 'ACTIVE') {
    if (personId === null || !isOpen(invitation, now)) return refuseSecondMembership(state, actor);
    return [{ type: 'InvitationDeclined', data: { userId: invited.userId, invitationId: invitation.invitationId, personId } }];
  }
  if (invitation.status !== 'OPEN') refuseEnded(invitation.status);
  if (!isOpen(invitation, now)) refuseEnded('EXPIRED');
  if (isSentByFormerAdmin(state, invitation) && invited.role === 'ADMIN' && !actor.system) {
    throw new DomainError('FORBIDDEN', 'The person who sent this invitation is no longer an admin of the app. Ask a present admin to send the invitation again; then you can accept it.');
  }
  const other = own && latestInvitation(state, own);
  const superseded: RosterEvent[] =
    other && other !== invitation && isOpen(other, now)
      ? [{ type: 'InvitationDeclined', data: { userId: other.userId, invitationId: other.invitationId, personId: actor.personId } }]
      : [];
  const isElsewhere = actor.keapId !== null && actor.keapId !== invitation.keapIdNormalized;
  const keapId = (isElsewhere ? command.signedInAs : null) ?? invitation.keapId;
  const name = command.name ?? (isOwn ? invited.name : null) ?? own?.name ?? null;
  const userId = own?.userId ?? (isOwn ? invited.userId : command.newUserId);
  const { invitationId, kind, expiresAt } = invitation;
  const { role } = invited;
  const moved: RosterEvent[] = isOwn ? [] : [{ type: 'InvitationMoved', data: { userId, fromUserId: invited.userId, invitationId, kind, role, expiresAt, person: { keapId, name } } }];
  const epoch = (own ?? (isOwn ? invited : { epoch: 0 })).epoch + 1;
  return [...superseded, ...moved, { type: 'InvitationAccepted', data: { userId, invitationId, personId, epoch, kind: invited.kind, role, person: { keapId, name } } }];
}

/** The user of the person who accepts: bound to them, or active under their address and not bound yet. */
function ownUser(state: RosterState, personId: string | null, actor: Actor): RosterUser | undefined {
  const bound = personId === null ? undefined : state.userIdByPerson.get(personId);
  if (bound !== undefined) return state.users.get(bound);
  return actor.keapId === null ? undefined : unboundUsersAt(state, actor.keapId).find((user) => user.status === 'ACTIVE' && mayBeBound(user, actor.personId));
}

/**
 * Refuses a second membership of a person who is active in the app.
 * @throws DomainError `ALREADY_MEMBER` always
 */
export function refuseSecondMembership(state: RosterState, actor: Actor): never {
  const own = userOfActor(state, actor);
  throw new DomainError('ALREADY_MEMBER', `You are in this app already${own ? `, as ${own.keapId}` : ''}. The invitation is closed.`);
}

export interface DeclineInvitation extends InvitationReference {
  readonly type: 'DeclineInvitation';
}

/** Declines the invitation. Declining it again changes nothing. */
export function declineInvitation(command: DeclineInvitation, state: RosterState, context: DecisionContext): RosterEvent[] {
  const invitation = requireAddressee(state, command, context.actor);
  if (invitation.status === 'DECLINED') return [];
  if (invitation.status !== 'OPEN') refuseEnded(invitation.status);
  if (!isOpen(invitation, context.now)) refuseEnded('EXPIRED');
  return [
    { type: 'InvitationDeclined', data: { userId: invitation.userId, invitationId: invitation.invitationId, personId: context.actor.personId } },
  ];
}
