import type { RosterEvent } from '../events';
import { acceptInvitation, type AcceptInvitation } from './acceptInvitation';
import { bindPerson, type BindPerson } from './bindPerson';
import { changeUserRole, type ChangeUserRole } from './changeUserRole';
import { declineInvitation, type DeclineInvitation } from './declineInvitation';
import { expireInvitation, type ExpireInvitation } from './expireInvitation';
import { invite, type Invite } from './invite';
import { joinApp, type JoinApp } from './joinApp';
import { leaveApp, type LeaveApp } from './leaveApp';
import { registerApp, type RegisterApp } from './registerApp';
import { removeUser, type RemoveUser } from './removeUser';
import { resendInvitation, type ResendInvitation } from './resendInvitation';
import { revokeInvitation, type RevokeInvitation } from './revokeInvitation';
import { evolveRoster } from './rosterEvolve';
import type { DecisionContext } from './rosterGuards';
import { emptyRoster, type RosterState } from './rosterState';
import { setLicences, type SetLicences } from './setLicences';

export type RosterCommand =
  | RegisterApp
  | SetLicences
  | Invite
  | ResendInvitation
  | RevokeInvitation
  | ExpireInvitation
  | AcceptInvitation
  | DeclineInvitation
  | ChangeUserRole
  | LeaveApp
  | RemoveUser
  | JoinApp
  | BindPerson;

/**
 * What a command on an app's roster leads to; nothing when the wish is already true.
 * @throws DomainError when a rule says no.
 */
export function decideRoster(command: RosterCommand, state: RosterState, context: DecisionContext): RosterEvent[] {
  switch (command.type) {
    case 'RegisterApp':
      return registerApp(command, state, context);
    case 'SetLicences':
      return setLicences(command, state, context);
    case 'Invite':
      return invite(command, state, context);
    case 'ResendInvitation':
      return resendInvitation(command, state, context);
    case 'RevokeInvitation':
      return revokeInvitation(command, state, context);
    case 'ExpireInvitation':
      return expireInvitation(command, state, context);
    case 'AcceptInvitation':
      return acceptInvitation(command, state, context);
    case 'DeclineInvitation':
      return declineInvitation(command, state, context);
    case 'ChangeUserRole':
      return changeUserRole(command, state, context);
    case 'LeaveApp':
      return leaveApp(command, state);
    case 'RemoveUser':
      return removeUser(command, state, context);
    case 'JoinApp':
      return joinApp(command, state, context);
    case 'BindPerson':
      return bindPerson(command, state);
  }
}

/** The decider of `app-<appId>`. */
export const rosterDecider = { initialState: emptyRoster, decide: decideRoster, evolve: evolveRoster };
