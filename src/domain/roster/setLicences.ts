import { DomainError } from '../domainError';
import type { RosterEvent } from '../events';
import { parseLicences } from '../fieldRules';
import { appNotFound, requireOperator, type DecisionContext } from './rosterGuards';
import { licenceUsage, type RosterState } from './rosterState';

export interface SetLicences {
  readonly type: 'SetLicences';
  readonly licences: number;
}

/** An operator sets how many users the app may have; never below those used and reserved. */
export function setLicences(command: SetLicences, state: RosterState, context: DecisionContext): RosterEvent[] {
  requireOperator(context.actor);
  const licences = parseLicences(command.licences);
  if (!state.registered) throw appNotFound(state.appId);
  const { used, reserved } = licenceUsage(state, context.now);
  if (licences < used + reserved) {
    throw new DomainError('LICENCES_IN_USE', `${used} licences are used and ${reserved} reserved by open invitations; remove users or revoke invitations first, or set at least ${used + reserved}.`, { field: 'licences' });
  }
  return licences === state.licences ? [] : [{ type: 'LicencesSet', data: { licences } }];
}
