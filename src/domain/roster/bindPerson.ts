import type { RosterEvent } from '../events';
import { normalizeKeapId } from '../keapId';
import type { RosterState } from './rosterState';

export interface BindPerson {
  readonly type: 'BindPerson';
  readonly keapId: string;
  readonly personId: string;
}

/** An active user who joined without signing in (an owner, an imported person) is bound to the sign-in that holds the address. */
export function bindPerson(command: BindPerson, state: RosterState): RosterEvent[] {
  if (state.userIdByPerson.has(command.personId)) return [];
  return (state.userIdsByKeapId.get(normalizeKeapId(command.keapId)) ?? [])
    .map((userId) => state.users.get(userId))
    .filter((user) => user?.personId === null && user.status === 'ACTIVE')
    .slice(0, 1)
    .flatMap((user): RosterEvent[] => (user ? [{ type: 'PersonBound', data: { userId: user.userId, personId: command.personId } }] : []));
}
