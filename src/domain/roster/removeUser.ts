import { DomainError } from '../domainError';
import type { RosterEvent } from '../events';
import { refuseLastAdmin } from './lastAdmin';
import { requireAdmin, requireUser, userOfActor, type DecisionContext } from './rosterGuards';
import { statusAt, type RosterState, type RosterUser } from './rosterState';

export interface RemoveUser {
  readonly type: 'RemoveUser';
  readonly userId: string;
  readonly epoch: number;
  readonly leaveId: string;
}

/**
 * The member that an admin may remove, as far as the roster knows; null when it has been removed already.
 * @throws DomainError `FORBIDDEN`, `APP_NOT_FOUND`, `USER_NOT_FOUND`, `NOT_ACCEPTED_YET`, `NOT_A_MEMBER` or `LAST_ADMIN`
 */
export function requireRemovable(state: RosterState, userId: string, context: DecisionContext): RosterUser | null {
  requireAdmin(state, context.actor);
  const user = requireUser(state, userId);
  const status = statusAt(state, user, context.now);
  if (status === 'REMOVED') return null;
  if (status === 'INVITED') {
    throw new DomainError('NOT_ACCEPTED_YET', `${user.keapId} has not accepted yet. Revoke the invitation instead.`, { field: 'userId' });
  }
  if (status !== 'ACTIVE') throw notAMember(user);
  refuseLastAdmin(state, user);
  return user;
}

const notAMember = (user: RosterUser): DomainError =>
  new DomainError('NOT_A_MEMBER', `${user.keapId} is not in this app.`, { field: 'userId' });

/**
 * The last step of a removal, when nothing is assigned to the user any more. Doing it again with the same leave id is
 * the same wish.
 * @throws DomainError `NOT_A_MEMBER` or `LAST_ADMIN` when the roster has changed meanwhile so that nobody is removed,
 * `FORBIDDEN` or `APP_NOT_FOUND` when whoever removes is no admin any more, also where it is finished in their name.
 */
export function removeUser(command: RemoveUser, state: RosterState, { actor }: DecisionContext): RosterEvent[] {
  if (state.departures.has(command.leaveId)) return [];
  const user = requireUser(state, command.userId);
  const { personId, keapId, scopes } = actor;
  if (!actor.system || userOfActor(state, actor)) requireAdmin(state, { personId, keapId, scopes });
  if (user.status !== 'ACTIVE' || user.epoch !== command.epoch) throw notAMember(user);
  refuseLastAdmin(state, user);
  return [{ type: 'UserRemoved', data: { userId: user.userId, epoch: user.epoch, leaveId: command.leaveId } }];
}
