import { DomainError } from './domainError';
import type { Actor, ClosingReason, ContactsEvent, RosterEvent } from './events';
import { type DecisionContext, isAdminUser, notInApp, refuseLastAdmin, requireAdmin, requireAdminOverAdmins, requireUser, userOfActor } from './roster/guards';
import { type RosterState, type RosterUser, statusAt } from './roster/state';
import type { ContactsState } from './contacts/state';

export interface LeaveApp {
  readonly type: 'LeaveApp';
  readonly userId: string;
  /** The membership that ends. A later one is not affected. */
  readonly epoch: number;
  readonly leaveId: string;
}

/**
 * Returns the actor as an active partner of the app, if the roster allows them to leave it.
 * @throws DomainError `APP_NOT_FOUND`, `CONFIRMATION_MISMATCH`, `NOT_A_MEMBER`, `NOT_ACCEPTED_YET` or `NOT_A_PARTNER`
 */
export function requireLeavable(state: RosterState, confirmAppId: string, context: DecisionContext): RosterUser {
  const user = state.registered ? userOfActor(state, context.actor) : undefined;
  if (!user) throw notInApp('leave', state, context.actor);
  const status = statusAt(state, user, context.now);
  if (status === 'INVITED') {
    throw new DomainError('NOT_ACCEPTED_YET', 'You have not accepted the invitation to this app yet. Decline it instead.');
  }
  if (status !== 'ACTIVE') throw user.epoch > 0 ? notAMember(null) : notInApp('leave', state, context.actor);
  if (user.kind !== 'PARTNER') {
    throw new DomainError('NOT_A_PARTNER', 'Only partners leave an app by themselves. Ask an admin of the app to remove you.');
  }
  if (confirmAppId !== state.appId) {
    throw new DomainError('CONFIRMATION_MISMATCH', `To confirm, repeat the app id ${state.appId} exactly.`, { field: 'confirmAppId' });
  }
  return user;
}

/**
 * Ends a partner's membership, after the closing guarantees that no contact is assigned to them. Repeating it with the same leave
 * id changes nothing.
 * @throws DomainError `NOT_A_MEMBER` or `NOT_A_PARTNER` when the roster has changed since the check.
 */
export function leaveApp(command: LeaveApp, state: RosterState): RosterEvent[] {
  if (state.departures.has(command.leaveId)) return [];
  const user = state.users.get(command.userId);
  if (user?.status !== 'ACTIVE' || user.epoch !== command.epoch) throw notAMember(null);
  if (user.kind !== 'PARTNER') throw new DomainError('NOT_A_PARTNER', 'Only partners leave an app by themselves.');
  return [{ type: 'PartnerLeftApp', data: { userId: user.userId, epoch: user.epoch, leaveId: command.leaveId } }];
}

export interface RemoveUser {
  readonly type: 'RemoveUser';
  readonly userId: string;
  readonly epoch: number;
  readonly leaveId: string;
  /** Why, in the words of the remover; null where they give no reason. */
  readonly reason: string | null;
}

/**
 * Returns the member that an admin wants to remove, if the roster allows it; null when the member has been removed already.
 * @throws DomainError `FORBIDDEN`, `APP_NOT_FOUND`, `USER_NOT_FOUND`, `NOT_ACCEPTED_YET`, `NOT_A_MEMBER` or `LAST_ADMIN`
 */
export function requireRemovable(state: RosterState, userId: string, context: DecisionContext): RosterUser | null {
  requireAdmin(state, context.actor);
  const user = requireUser(state, userId);
  const status = statusAt(state, user, context.now);
  if (status === 'REMOVED') return null;
  if (status === 'INVITED') {
    throw new DomainError('NOT_ACCEPTED_YET', `${user.keapId} has not accepted the invitation yet. Revoke it instead.`, { field: 'userId' });
  }
  if (status !== 'ACTIVE') throw notAMember(user);
  if (isAdminUser(user)) requireAdminOverAdmins(state, context.actor);
  refuseLastAdmin(state, user);
  return user;
}

/** The refusal when the user that an admin named, or the actor if nobody is named, is not in the app. */
const notAMember = (named: RosterUser | null): DomainError =>
  named === null
    ? new DomainError('NOT_A_MEMBER', 'You are not in this app any more.')
    : new DomainError('NOT_A_MEMBER', `${named.keapId} is not in this app.`, { field: 'userId' });

/**
 * Ends the membership of a removed user, after the closing guarantees that no contact is assigned to them. Repeating it with the
 * same leave id changes nothing.
 * @throws DomainError `NOT_A_MEMBER` or `LAST_ADMIN` when the roster has changed since the check; `FORBIDDEN` or `APP_NOT_FOUND`
 * when the remover is no longer an admin, also when recovery finishes the removal in their name.
 */
export function removeUser(command: RemoveUser, state: RosterState, { actor }: DecisionContext): RosterEvent[] {
  if (state.departures.has(command.leaveId)) return [];
  const user = requireUser(state, command.userId);
  const { personId, keapId, scopes } = actor;
  const remover: Actor = { personId, keapId, scopes };
  if (!actor.system || userOfActor(state, actor)) {
    requireAdmin(state, remover);
    if (isAdminUser(user)) requireAdminOverAdmins(state, remover);
  }
  if (user.status !== 'ACTIVE' || user.epoch !== command.epoch) throw notAMember(user);
  refuseLastAdmin(state, user);
  return [{ type: 'UserRemoved', data: { userId: user.userId, epoch: user.epoch, leaveId: command.leaveId, reason: command.reason } }];
}

export interface CloseAssignee {
  readonly type: 'CloseAssignee';
  readonly userId: string;
  readonly epoch: number;
  readonly leaveId: string;
  readonly reason: ClosingReason;
  /** Why the user is removed; null where no reason was given, and for who leaves. */
  readonly removalReason: string | null;
}

export interface ReopenAssignee {
  readonly type: 'ReopenAssignee';
  readonly userId: string;
  readonly epoch: number;
  readonly leaveId: string;
}

/** Contact ids named in a refusal; the count covers the rest. */
const SAMPLE_SIZE = 5;

/**
 * Closes a user as an assignee: a partner with assigned contacts cannot leave, and after the closing no contact can be assigned to
 * the user in this membership. Changes nothing when this membership or a later one is closed already.
 * @throws DomainError `HAS_ASSIGNED_CONTACTS` with the number of contacts, up to five of their ids, and the log position checked.
 */
export function closeAssignee(command: CloseAssignee, state: ContactsState): ContactsEvent[] {
  const { userId, epoch, leaveId, reason, removalReason } = command;
  const closing = state.closures.get(userId);
  if (closing && epoch <= closing.epoch) return [];
  const count = state.counts.get(userId) ?? 0;
  if (count > 0) {
    const sample = state.sample?.userId === userId ? [...state.sample.contactIds].slice(0, SAMPLE_SIZE) : [];
    const contacts = count === 1 ? '1 contact is' : `${count.toLocaleString('en')} contacts are`;
    const advice = reason === 'LEAVE' ? 'Ask an admin to reassign them first.' : 'Name an active member to take them over.';
    throw new DomainError('HAS_ASSIGNED_CONTACTS', `${contacts} assigned to this person. ${advice}`, { count, sample, position: state.position });
  }
  return [{ type: 'AssigneeClosed', data: { userId, epoch, leaveId, reason, removalReason } }];
}

/** Reopens an assignee whose departure was refused after the closing. */
export function reopenAssignee(command: ReopenAssignee, state: ContactsState): ContactsEvent[] {
  const { userId, epoch, leaveId } = command;
  const closing = state.closures.get(userId);
  return closing?.leaveId === leaveId && closing.epoch === epoch ? [{ type: 'AssigneeReopened', data: { userId, epoch, leaveId } }] : [];
}
