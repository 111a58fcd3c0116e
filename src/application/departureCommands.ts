import { assigneeNotActive } from '../domain/contacts/assignContacts';
import { requireLeavable } from '../domain/roster/leaveApp';
import { requireRemovable } from '../domain/roster/removeUser';
import { requireAppId } from './appCommands';
import type { CommandPorts } from './commandPorts';
import type { CommandRun } from './commandRun';
import type { CommandOutcome, LeaveAppInput, RemoveUserInput, UserOutcome } from './commandTypes';
import { requireAssignee } from './contactCommands';

/** A partner leaves an app, if no contact is assigned to them in it. */
export async function leaveApp({ rosters, departures }: CommandPorts, { appId, confirmAppId }: LeaveAppInput, run: CommandRun): Promise<CommandOutcome> {
  requireAppId(appId);
  for (;;) {
    const roster = await rosters.load(appId);
    const earlier = roster.departures.get(run.commandId);
    if (earlier !== undefined) return { appId, position: earlier };
    const { userId, epoch } = requireLeavable(roster, confirmAppId, rosters.contextOf(roster, run));
    const position = await departures.depart({ appId, userId, epoch, leaveId: run.commandId, reason: 'LEAVE' }, run);
    if (position !== null) return { appId, position };
  }
}

/** An admin removes a member, whose contacts go to another one. Removing somebody who was removed is the same wish. */
export async function removeUser({ rosters, departures }: CommandPorts, { appId, userId, reassignContactsTo }: RemoveUserInput, run: CommandRun): Promise<UserOutcome> {
  requireAppId(appId);
  for (;;) {
    const roster = await rosters.load(appId);
    const context = rosters.contextOf(roster, run);
    const earlier = roster.departures.get(run.commandId);
    if (earlier !== undefined) return { appId, userId, position: earlier };
    const user = requireRemovable(roster, userId, context);
    if (user === null) return { appId, userId, position: roster.users.get(userId)?.statusPosition ?? '' };
    if (reassignContactsTo === userId) throw assigneeNotActive('reassignContactsTo');
    const successor = reassignContactsTo == null ? null : requireAssignee(roster, reassignContactsTo, 'reassignContactsTo', context.now);
    const position = await departures.depart({ appId, userId, epoch: user.epoch, leaveId: run.commandId, reason: 'REMOVAL' }, run, successor);
    if (position !== null) return { appId, userId, position };
  }
}
