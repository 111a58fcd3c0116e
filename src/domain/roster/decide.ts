import { DomainError } from '../domainError';
import type { RosterEvent, UserRole } from '../events';
import { appNotFound, type DecisionContext, refuseLastAdmin, requireAdmin, requireAdminOverAdmins, requireOperator, requireUser } from './guards';
import { emptyRoster, licenceUsage, type RosterState, statusAt } from './state';
import { parseAppId, parseAppName, parseAppUrl, parseLicences, parseOptionalReason, parsePersonName } from '../fields';
import { parseKeapId } from '../keapId';
import { acceptInvitation, type AcceptInvitation, declineInvitation, type DeclineInvitation } from './answering';
import { decideDuringImport, finishImport, type FinishImport, isClosedForImport, joinApp, type JoinApp } from './importing';
import { bindPerson, type BindPerson, updatePerson, type UpdatePerson } from './signingIn';
import { expireInvitation, type ExpireInvitation, invite, type Invite, resendInvitation, type ResendInvitation, revokeInvitation, type RevokeInvitation } from './inviting';
import { appointAdmin, type AppointAdmin, rebindSignIns, type RebindSignIns, rebindUser, type RebindUser } from './recovering';
import { leaveApp, type LeaveApp, removeUser, type RemoveUser } from '../leaving';
import { evolveRoster } from './evolve';

export interface ChangeUserRole {
  readonly type: 'ChangeUserRole';
  readonly userId: string;
  readonly role: UserRole;
  /** Why, in the words of the actor; null where they give no reason. */
  readonly reason: string | null;
}

/** Changes the role of a member or of an invited person. For admins. */
function changeUserRole(command: ChangeUserRole, state: RosterState, context: DecisionContext): RosterEvent[] {
  const reason = parseOptionalReason(command.reason);
  requireAdmin(state, context.actor);
  const user = requireUser(state, command.userId);
  const status = statusAt(state, user, context.now);
  if (status !== 'ACTIVE' && status !== 'INVITED') {
    throw new DomainError('NOT_A_MEMBER', `${user.keapId} is not in this app. Invite them again first.`, { field: 'userId' });
  }
  if (user.role === command.role) return [];
  if (user.kind === 'USER') requireAdminOverAdmins(state, context.actor);
  if (command.role === 'STANDARD') refuseLastAdmin(state, user);
  return [{ type: 'UserRoleChanged', data: { userId: user.userId, from: user.role, to: command.role, reason } }];
}

export interface RegisterApp {
  readonly type: 'RegisterApp';
  readonly appId: string;
  readonly name: string;
  readonly url: string;
  readonly licences: number;
  readonly ownerKeapId: string;
  readonly ownerName: string | null;
  readonly newUserId: string;
  /** Whether the app's history is going to be imported. */
  readonly importing?: true;
}

/** Registers an app. Its owner is an active user and an admin at once, and is bound at the next sign-in with the address. For operators. */
function registerApp(command: RegisterApp, state: RosterState, context: DecisionContext): RosterEvent[] {
  requireOperator(context.actor);
  parseAppId(command.appId);
  const name = parseAppName(command.name);
  const url = parseAppUrl(command.url);
  const licences = parseLicences(command.licences);
  const owner = parseKeapId(command.ownerKeapId, 'ownerKeapId');
  const ownerName = parsePersonName(command.ownerName, 'ownerName');
  if (state.registered) throw new DomainError('APP_ID_TAKEN', `The app id ${command.appId} is taken. Choose another one.`, { field: 'appId' });
  return [
    { type: 'AppRegistered', data: { name, url, licences } },
    { type: 'OwnerAdded', data: { userId: command.newUserId, epoch: 1, person: { keapId: owner.display, name: ownerName } } },
    ...(command.importing ? [{ type: 'ImportStarted', data: {} } as const] : []),
  ];
}

export interface SetLicences {
  readonly type: 'SetLicences';
  readonly licences: number;
}

/** Sets the number of licences, which must not be below those used and reserved. For operators. */
function setLicences(command: SetLicences, state: RosterState, context: DecisionContext): RosterEvent[] {
  requireOperator(context.actor);
  const licences = parseLicences(command.licences);
  if (!state.registered) throw appNotFound(state.appId);
  const { used, reserved } = licenceUsage(state, context.now);
  if (licences < used + reserved) {
    throw new DomainError('LICENCES_IN_USE', `${used} licences are used and ${reserved} are reserved by open invitations. Set at least ${used + reserved}, or remove users or revoke invitations first.`, { field: 'licences' });
  }
  return licences === state.licences ? [] : [{ type: 'LicencesSet', data: { licences } }];
}

export interface RenameApp {
  readonly type: 'RenameApp';
  readonly name: string;
  /** The URL at which the app opens; null keeps the present one. */
  readonly url: string | null;
}

/** Gives the app another name, and another URL if one is given. The app's id stays. For operators. */
function renameApp(command: RenameApp, state: RosterState, context: DecisionContext): RosterEvent[] {
  requireOperator(context.actor);
  const name = parseAppName(command.name);
  const newUrl = command.url === null ? null : parseAppUrl(command.url);
  if (!state.registered) throw appNotFound(state.appId);
  const url = newUrl ?? state.url;
  return name === state.name && url === state.url ? [] : [{ type: 'AppRenamed', data: { name, url } }];
}

export type RosterCommand =
  | RegisterApp
  | SetLicences
  | RenameApp
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
  | FinishImport
  | BindPerson
  | AppointAdmin
  | RebindUser
  | UpdatePerson
  | RebindSignIns;

/**
 * Returns the events of a command on an app's roster; none when it changes nothing.
 * @throws DomainError when a rule forbids the command.
 */
export function decideRoster(command: RosterCommand, state: RosterState, context: DecisionContext): RosterEvent[] {
  if (isClosedForImport(state, context.actor)) return decideDuringImport(command.type, state, context.actor);
  switch (command.type) {
    case 'RegisterApp':
      return registerApp(command, state, context);
    case 'SetLicences':
      return setLicences(command, state, context);
    case 'RenameApp':
      return renameApp(command, state, context);
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
    case 'FinishImport':
      return finishImport(command, state);
    case 'BindPerson':
      return bindPerson(command, state);
    case 'AppointAdmin':
      return appointAdmin(command, state, context);
    case 'RebindUser':
      return rebindUser(command, state, context);
    case 'UpdatePerson':
      return updatePerson(command, state, context);
    case 'RebindSignIns':
      return rebindSignIns(command, state, context);
  }
}

/** The decider of the streams `app-<appId>`. */
export const rosterDecider = { initialState: emptyRoster, decide: decideRoster, evolve: evolveRoster };
