import { DomainError } from '../domainError';
import type { ContactsEvent } from '../events';
import type { ContactsState } from './contactsState';

export interface AssignContacts {
  readonly type: 'AssignContacts';
  readonly userId: string;
  /** the assignee's present join; a closing of it forbids the assignment. */
  readonly epoch: number;
  readonly contactIds: readonly string[];
}

/** Each contact goes to the user, from whoever has it; those that the user has already stay out of it. */
export function assignContacts(command: AssignContacts, state: ContactsState): ContactsEvent[] {
  requireOpenAssignee(state, command.userId, command.epoch);
  const { userId, epoch } = command;
  const fresh = command.contactIds.filter((id) => !state.assignees.has(id));
  const events: ContactsEvent[] = fresh.length === 0 ? [] : [{ type: 'ContactsAssigned', data: { userId, epoch, contactIds: fresh } }];
  for (const [fromUserId, contactIds] of byAssignee(state, command.contactIds)) {
    if (fromUserId !== userId) events.push({ type: 'ContactsReassigned', data: { fromUserId, userId, epoch, contactIds } });
  }
  return events;
}

/** @throws DomainError `ASSIGNEE_NOT_ACTIVE` when the user's join of that epoch was closed by leaving or removal. */
export function requireOpenAssignee(state: ContactsState, userId: string, epoch: number): void {
  const closing = state.closures.get(userId);
  if (closing && epoch <= closing.epoch) throw assigneeNotActive('userId');
}

export const assigneeNotActive = (field: string): DomainError =>
  new DomainError('ASSIGNEE_NOT_ACTIVE', 'Contacts can only be assigned to an active member of the app. Choose another one.', { field });

/** The given contacts that somebody has, by who has them, in the order given. */
export function byAssignee(state: ContactsState, contactIds: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const contactId of contactIds) {
    const userId = state.assignees.get(contactId);
    if (userId === undefined) continue;
    const group = groups.get(userId);
    if (group) group.push(contactId);
    else groups.set(userId, [contactId]);
  }
  return groups;
}
