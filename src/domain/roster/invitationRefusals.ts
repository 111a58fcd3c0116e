import { DomainError } from '../domainError';
import type { InvitationState } from './rosterState';

/** The same words for an invitation that never was, a foreign one and a malformed link. */
export const invitationNotFound = (): DomainError =>
  new DomainError('INVITATION_NOT_FOUND', 'There is no such invitation. Open the newest link that you were sent, or ask for a new invitation.');

/** Says how an invitation ended that is no longer open. @throws DomainError always */
export function refuseEnded(status: Exclude<InvitationState, 'OPEN'>): never {
  switch (status) {
    case 'ACCEPTED':
      throw new DomainError('INVITATION_ALREADY_ACCEPTED', 'This invitation has been accepted already.');
    case 'DECLINED':
      throw new DomainError('INVITATION_DECLINED', 'This invitation was declined. An admin of the app may send a new one.');
    case 'REVOKED':
      throw new DomainError('INVITATION_REVOKED', 'This invitation was revoked. An admin of the app may send a new one.');
    case 'EXPIRED':
      throw new DomainError('INVITATION_EXPIRED', 'This invitation has expired. Ask an admin of the app to send it again.');
  }
}
