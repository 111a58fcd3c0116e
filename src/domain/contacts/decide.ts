import { DomainError } from '../domainError';
import type { ContactsEvent, PlannedRemoval } from '../events';
import { type ContactsState, emptyContacts, evolveContacts } from './state';
import { closeAssignee, type CloseAssignee, reopenAssignee, type ReopenAssignee } from '../leaving';

export interface AssignContacts {
  readonly type: 'AssignContacts';
  readonly userId: string;
  /** The assignee's current membership. When it is closed, the assignment is refused. */
  readonly epoch: number;
  readonly contactIds: readonly string[];
}

/** Assigns each contact to the user, and reassigns it when another user has it. Contacts that the user already has are skipped. */
function assignContacts(command: AssignContacts, state: ContactsState): ContactsEvent[] {
  requireOpenAssignee(state, command.userId, command.epoch);
  const { userId, epoch } = command;
  const fresh = command.contactIds.filter((id) => !state.assignees.has(id));
  const events: ContactsEvent[] = fresh.length === 0 ? [] : [{ type: 'ContactsAssigned', data: { userId, epoch, contactIds: fresh } }];
  for (const [fromUserId, contactIds] of byAssignee(state, command.contactIds)) {
    if (fromUserId !== userId) events.push({ type: 'ContactsReassigned', data: { fromUserId, userId, epoch, contactIds } });
  }
  return events;
}

/**
 * Refuses an assignee whose membership has been closed.
 * @throws DomainError `ASSIGNEE_NOT_ACTIVE` when leaving or removal closed the membership with that epoch.
 */
function requireOpenAssignee(state: ContactsState, userId: string, epoch: number): void {
  const closing = state.closures.get(userId);
  if (closing && epoch <= closing.epoch) throw assigneeNotActive('userId');
}

export const assigneeNotActive = (field: string): DomainError =>
  new DomainError('ASSIGNEE_NOT_ACTIVE', 'Contacts can only be assigned to an active member of the app. Choose another one.', { field });

/** Groups the given contacts by their assignee, in the order given. Contacts without an assignee are skipped. */
function byAssignee(state: ContactsState, contactIds: readonly string[]): Map<string, string[]> {
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

export interface ReassignContacts {
  readonly type: 'ReassignContacts';
  readonly fromUserId: string;
  readonly userId: string;
  readonly epoch: number;
  readonly contactIds: readonly string[];
}

/** Moves the contacts that `fromUserId` has to `userId`, in one event, so that they are never without an assignee. */
function reassignContacts(command: ReassignContacts, state: ContactsState): ContactsEvent[] {
  const { fromUserId, userId, epoch } = command;
  requireOpenAssignee(state, userId, epoch);
  if (fromUserId === userId) return [];
  const contactIds = command.contactIds.filter((id) => state.assignees.get(id) === fromUserId);
  return contactIds.length === 0 ? [] : [{ type: 'ContactsReassigned', data: { fromUserId, userId, epoch, contactIds } }];
}

/** Starts a move of all contacts of a user that needs several appends. The start is recorded so that recovery can continue after a crash. */
export interface StartReassignment {
  readonly type: 'StartReassignment';
  readonly reassignmentId: string;
  readonly fromUserId: string;
  readonly userId: string;
  readonly epoch: number;
  readonly removal: PlannedRemoval | null;
}

export interface FinishReassignment {
  readonly type: 'FinishReassignment';
  readonly reassignmentId: string;
  /** False when the move was given up because the rest cannot be assigned. */
  readonly complete: boolean;
}

/** Records the start of a reassignment. Starting it again changes nothing. */
function startReassignment(command: StartReassignment, state: ContactsState): ContactsEvent[] {
  const { reassignmentId, fromUserId, userId, epoch, removal } = command;
  requireOpenAssignee(state, userId, epoch);
  return state.reassignments.has(reassignmentId) ? [] : [{ type: 'ReassignmentStarted', data: { reassignmentId, fromUserId, userId, epoch, removal } }];
}

/** Records the end of a reassignment. Changes nothing unless it is under way. */
function finishReassignment({ reassignmentId, complete }: FinishReassignment, state: ContactsState): ContactsEvent[] {
  return state.reassignments.has(reassignmentId) ? [{ type: 'ReassignmentFinished', data: { reassignmentId, complete } }] : [];
}

export interface UnassignContacts {
  readonly type: 'UnassignContacts';
  readonly contactIds: readonly string[];
}

/** Removes the assignees of the contacts. Contacts without one are skipped. */
function unassignContacts(command: UnassignContacts, state: ContactsState): ContactsEvent[] {
  return [...byAssignee(state, command.contactIds)].map(([userId, contactIds]) => ({ type: 'ContactsUnassigned', data: { userId, contactIds } }));
}

export type ContactsCommand =
  | AssignContacts
  | UnassignContacts
  | ReassignContacts
  | StartReassignment
  | FinishReassignment
  | CloseAssignee
  | ReopenAssignee;

/**
 * Returns the events of a command on an app's contacts; none when it changes nothing.
 * @throws DomainError when a rule forbids the command.
 */
export function decideContacts(command: ContactsCommand, state: ContactsState): ContactsEvent[] {
  switch (command.type) {
    case 'AssignContacts':
      return assignContacts(command, state);
    case 'UnassignContacts':
      return unassignContacts(command, state);
    case 'ReassignContacts':
      return reassignContacts(command, state);
    case 'StartReassignment':
      return startReassignment(command, state);
    case 'FinishReassignment':
      return finishReassignment(command, state);
    case 'CloseAssignee':
      return closeAssignee(command, state);
    case 'ReopenAssignee':
      return reopenAssignee(command, state);
  }
}

/** The decider of the streams `contacts-<appId>`. */
export const contactsDecider = { initialState: emptyContacts, decide: decideContacts, evolve: evolveContacts };
