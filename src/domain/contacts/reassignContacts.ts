import type { ContactsEvent } from '../events';
import { requireOpenAssignee } from './assignContacts';
import type { ContactsState } from './contactsState';

export interface ReassignContacts {
  readonly type: 'ReassignContacts';
  readonly fromUserId: string;
  readonly userId: string;
  readonly epoch: number;
  readonly contactIds: readonly string[];
}

/** Those of the contacts that `fromUserId` has go to `userId`, in one fact: no moment without an assignee. */
export function reassignContacts(command: ReassignContacts, state: ContactsState): ContactsEvent[] {
  const { fromUserId, userId, epoch } = command;
  requireOpenAssignee(state, userId, epoch);
  if (fromUserId === userId) return [];
  const contactIds = command.contactIds.filter((id) => state.assignees.get(id) === fromUserId);
  return contactIds.length === 0 ? [] : [{ type: 'ContactsReassigned', data: { fromUserId, userId, epoch, contactIds } }];
}
