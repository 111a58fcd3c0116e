import type { UserListQueries } from '../projections/userListQueries';
import { systemCaller } from './caller';
import { derivedId } from './commandRun';
import type { RosterHandler } from './rosterHandler';

const AT_ONCE = 200;

/**
 * Writes `InvitationExpired` for invitations whose time is over. Everybody computes expiry from the clock; this only
 * puts it on record, once, however many replicas do it.
 * @returns how many were looked at.
 */
export async function recordExpiredInvitations(userList: UserListQueries, rosters: RosterHandler): Promise<number> {
  const expired = userList.expiredInvitations(AT_ONCE);
  for (const { appId, invitationId, expiresAt } of expired) {
    const commandId = derivedId(invitationId, `expired ${expiresAt}`);
    await rosters.handle(appId, { type: 'ExpireInvitation', invitationId }, { caller: systemCaller('expiry'), commandId, keyed: false, causationId: commandId });
  }
  return expired.length;
}
