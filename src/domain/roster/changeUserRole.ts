import { DomainError } from '../domainError';
import type { RosterEvent, UserRole } from '../events';
import { refuseLastAdmin } from './lastAdmin';
import { requireAdmin, requireUser, type DecisionContext } from './rosterGuards';
import { statusAt, type RosterState } from './rosterState';

export interface ChangeUserRole {
  readonly type: 'ChangeUserRole';
  readonly userId: string;
  readonly role: UserRole;
}

/** An admin changes what a member may do, also while the invitation is open. */
export function changeUserRole(command: ChangeUserRole, state: RosterState, context: DecisionContext): RosterEvent[] {
  requireAdmin(state, context.actor);
  const user = requireUser(state, command.userId);
  const status = statusAt(state, user, context.now);
  if (status !== 'ACTIVE' && status !== 'INVITED') {
    throw new DomainError('NOT_A_MEMBER', `${user.keapId} is not in this app. Invite them again first.`, { field: 'userId' });
  }
  if (user.role === command.role) return [];
  if (command.role === 'STANDARD') refuseLastAdmin(state, user);
  return [{ type: 'UserRoleChanged', data: { userId: user.userId, from: user.role, to: command.role } }];
}
