import { DomainError } from '../domainError';
import type { RosterEvent } from '../events';
import { notInApp, type DecisionContext, userOfActor } from './rosterGuards';
import { statusAt, type RosterState, type RosterUser } from './rosterState';

export interface LeaveApp {
  readonly type: 'LeaveApp';
  readonly userId: string;
  /** the join that is being left; a later one is untouched. */
  readonly epoch: number;
  readonly leaveId: string;
}

/**
 * The active partner that the actor is in this app, who may leave it as far as the roster knows.
 * @throws DomainError `APP_NOT_FOUND`, `CONFIRMATION_MISMATCH`, `NOT_A_MEMBER`, `NOT_ACCEPTED_YET` or `NOT_A_PARTNER`
 */
export function requireLeavable(state: RosterState, confirmAppId: string, context: DecisionContext): RosterUser {
  const user = state.registered ? userOfActor(state, context.actor) : undefined;
  if (!user) throw notInApp('leave', state, context.actor);
  const status = statusAt(state, user, context.now);
  if (status === 'INVITED') {
    throw new DomainError('NOT_ACCEPTED_YET', 'You have not accepted the invitation to this app yet. Decline it instead.');
  }
  if (status !== 'ACTIVE') throw user.epoch > 0 ? notAMember() : notInApp('leave', state, context.actor);
  if (user.kind !== 'PARTNER') {
    throw new DomainError('NOT_A_PARTNER', 'Only partners leave an app by themselves. Ask an admin of the app to remove you.');
  }
  if (confirmAppId !== state.appId) {
    throw new DomainError('CONFIRMATION_MISMATCH', `To confirm, repeat the app id ${state.appId} exactly.`, { field: 'confirmAppId' });
  }
  return user;
}

const notAMember = (): DomainError => new DomainError('NOT_A_MEMBER', 'You are not in this app any more.');

/**
 * The second step of leaving: no contact is assigned and none can be any more. Doing it again with the same leave id is
 * the same wish.
 * @throws DomainError `NOT_A_MEMBER` or `NOT_A_PARTNER` when the roster has changed meanwhile so that nobody leaves.
 */
export function leaveApp(command: LeaveApp, state: RosterState): RosterEvent[] {
  if (state.departures.has(command.leaveId)) return [];
  const user = state.users.get(command.userId);
  if (user?.status !== 'ACTIVE' || user.epoch !== command.epoch) throw notAMember();
  if (user.kind !== 'PARTNER') throw new DomainError('NOT_A_PARTNER', 'Only partners leave an app by themselves.');
  return [{ type: 'PartnerLeftApp', data: { userId: user.userId, epoch: user.epoch, leaveId: command.leaveId } }];
}
