import { assigneeNotActive } from '../domain/contacts/decide';
import { parseOptionalReason } from '../domain/fields';
import { requireLeavable, requireRemovable } from '../domain/leaving';
import { requireAppId } from './apps';
import type { CommandPorts } from './commandPorts';
import type { CommandRun } from './handling/append';
import type { CommandOutcome, InApp, UserOutcome } from './commandTypes';
import { requireAssignee } from './contacts';

/** Ends the caller's membership as a partner, unless contacts are assigned to them. */
export async function leaveApp({ rosters, departures }: CommandPorts, { appId, confirmAppId }: InApp<{ readonly confirmAppId: string }>, run: CommandRun): Promise<CommandOutcome> {
  requireAppId(appId);
  for (;;) {
    const roster = await rosters.load(appId);
    const earlier = roster.departures.get(run.commandId);
    if (earlier !== undefined) return { appId, position: earlier };
    const { userId, epoch } = requireLeavable(roster, confirmAppId, rosters.contextOf(run));
    const position = await departures.depart({ appId, userId, epoch, leaveId: run.commandId, reason: 'LEAVE', removalReason: null }, run);
    if (position !== null) return { appId, position };
  }
}

type RemoveUserInput = InApp<{ readonly userId: string; readonly reassignContactsTo?: string | null; readonly reason?: string | null }>;

/** Removes a member and moves their contacts to another one. Removing a removed member again changes nothing. */
export async function removeUser({ rosters, departures }: CommandPorts, { appId, userId, reassignContactsTo, reason }: RemoveUserInput, run: CommandRun): Promise<UserOutcome> {
  const removalReason = parseOptionalReason(reason);
  requireAppId(appId);
  for (;;) {
    const roster = await rosters.load(appId);
    const context = rosters.contextOf(run);
    const earlier = roster.departures.get(run.commandId);
    if (earlier !== undefined) return { appId, userId, position: earlier };
    const user = requireRemovable(roster, userId, context);
    if (user === null) return { appId, userId, position: roster.users.get(userId)?.statusPosition ?? '' };
    if (reassignContactsTo === userId) throw assigneeNotActive('reassignContactsTo');
    const successor = reassignContactsTo == null ? null : requireAssignee(roster, reassignContactsTo, 'reassignContactsTo', context.now);
    const position = await departures.depart({ appId, userId, epoch: user.epoch, leaveId: run.commandId, reason: 'REMOVAL', removalReason }, run, successor);
    if (position !== null) return { appId, userId, position };
  }
}
