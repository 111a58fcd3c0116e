import { DomainError } from '../domainError';
import { isLastAdmin, type RosterState, type RosterUser } from './rosterState';

/** Every app keeps an active admin of kind USER; partner admins do not count. @throws DomainError `LAST_ADMIN` */
export function refuseLastAdmin(state: RosterState, user: RosterUser): void {
  if (isLastAdmin(state, user)) {
    throw new DomainError('LAST_ADMIN', `${user.keapId} is the last admin among the users of this app. Make another user an admin first.`);
  }
}
