import { DomainError } from '../domainError';
import { licenceUsage, type RosterState } from './rosterState';

/** @throws DomainError `NO_LICENCE_AVAILABLE` when none is free for another invitation of a user. */
export function requireLicence(state: RosterState, now: string): void {
  const licences = licenceUsage(state, now);
  if (licences.available > 0) return;
  throw new DomainError('NO_LICENCE_AVAILABLE', `All ${licences.total} licences are used or reserved. Remove a user, revoke an invitation, or ask for more licences.`, { licences });
}
