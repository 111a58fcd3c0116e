import type { ContactsEvent } from '../events';
import { byAssignee } from './assignContacts';
import type { ContactsState } from './contactsState';

export interface UnassignContacts {
  readonly type: 'UnassignContacts';
  readonly contactIds: readonly string[];
}

/** The contacts have no assignee afterwards; those without one stay out of it. */
export function unassignContacts(command: UnassignContacts, state: ContactsState): ContactsEvent[] {
  return [...byAssignee(state, command.contactIds)].map(([userId, contactIds]) => ({ type: 'ContactsUnassigned', data: { userId, contactIds } }));
}
