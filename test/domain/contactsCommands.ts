import type { AssignContacts, ReassignContacts, UnassignContacts } from '../../src/domain/contacts/decide';
import type { CloseAssignee, ReopenAssignee } from '../../src/domain/leaving';
import type { ClosingReason } from '../../src/domain/events';
import { userIdOf } from './people';

/** Commands on the contacts of `app-gx624`, by the names of people. */

export const assign = (name: string, contactIds: readonly string[], epoch = 1): AssignContacts => ({ type: 'AssignContacts', userId: userIdOf(name), epoch, contactIds });
export const unassign = (contactIds: readonly string[]): UnassignContacts => ({ type: 'UnassignContacts', contactIds });
export const reassign = (from: string, to: string, contactIds: readonly string[], epoch = 1): ReassignContacts => ({
  type: 'ReassignContacts',
  fromUserId: userIdOf(from),
  userId: userIdOf(to),
  epoch,
  contactIds,
});
export const close = (name: string, epoch = 1, reason: ClosingReason = 'LEAVE', removalReason: string | null = null): CloseAssignee => ({ type: 'CloseAssignee', userId: userIdOf(name), epoch, leaveId: `leave-${name}-${epoch}`, reason, removalReason });
export const reopen = (name: string, epoch = 1): ReopenAssignee => ({ type: 'ReopenAssignee', userId: userIdOf(name), epoch, leaveId: `leave-${name}-${epoch}` });
