import type { AssignContacts } from '../../src/domain/contacts/assignContacts';
import type { CloseAssignee, ReopenAssignee } from '../../src/domain/contacts/closeAssignee';
import type { ReassignContacts } from '../../src/domain/contacts/reassignContacts';
import type { UnassignContacts } from '../../src/domain/contacts/unassignContacts';
import type { ClosingReason } from '../../src/domain/events';
import { userIdOf } from './people';

/** Commands on the contacts of `app-gx624`, told by the names of whom they are about. */

export const assign = (name: string, contactIds: readonly string[], epoch = 1): AssignContacts => ({ type: 'AssignContacts', userId: userIdOf(name), epoch, contactIds });
export const unassign = (contactIds: readonly string[]): UnassignContacts => ({ type: 'UnassignContacts', contactIds });
export const reassign = (from: string, to: string, contactIds: readonly string[], epoch = 1): ReassignContacts => ({
  type: 'ReassignContacts',
  fromUserId: userIdOf(from),
  userId: userIdOf(to),
  epoch,
  contactIds,
});
export const close = (name: string, epoch = 1, reason: ClosingReason = 'LEAVE'): CloseAssignee => ({ type: 'CloseAssignee', userId: userIdOf(name), epoch, leaveId: `leave-${name}-${epoch}`, reason });
export const reopen = (name: string, epoch = 1): ReopenAssignee => ({ type: 'ReopenAssignee', userId: userIdOf(name), epoch, leaveId: `leave-${name}-${epoch}` });
