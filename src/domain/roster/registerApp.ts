import { DomainError } from '../domainError';
import type { RosterEvent } from '../events';
import { parseAppId, parseAppName, parseAppUrl, parseLicences, parsePersonName } from '../fieldRules';
import { parseKeapId } from '../keapId';
import { requireOperator, type DecisionContext } from './rosterGuards';
import type { RosterState } from './rosterState';

export interface RegisterApp {
  readonly type: 'RegisterApp';
  readonly appId: string;
  readonly name: string;
  readonly url: string;
  readonly licences: number;
  readonly ownerKeapId: string;
  readonly ownerName: string | null;
  readonly newUserId: string;
  /** whose sign-in the owner's address is bound to; null while it is nobody's. */
  readonly boundPersonId: string | null;
}

/** An operator registers an app; its owner is an active user and admin from the first moment on. */
export function registerApp(command: RegisterApp, state: RosterState, context: DecisionContext): RosterEvent[] {
  requireOperator(context.actor);
  parseAppId(command.appId);
  const name = parseAppName(command.name);
  const url = parseAppUrl(command.url);
  const licences = parseLicences(command.licences);
  const owner = parseKeapId(command.ownerKeapId, 'ownerKeapId');
  const ownerName = parsePersonName(command.ownerName, 'ownerName');
  if (state.registered) throw new DomainError('APP_ID_TAKEN', `The app id ${command.appId} is taken. Choose another one.`, { field: 'appId' });
  const userId = command.newUserId;
  const events: RosterEvent[] = [
    { type: 'AppRegistered', data: { name, url, licences } },
    { type: 'OwnerAdded', data: { userId, epoch: 1, person: { keapId: owner.display, name: ownerName } } },
  ];
  if (command.boundPersonId !== null) events.push({ type: 'PersonBound', data: { userId, personId: command.boundPersonId } });
  return events;
}
