import type { ContactsEvent } from '../events';
import { requireOpenAssignee } from './assignContacts';
import type { ContactsState } from './contactsState';

/** All contacts of one user go to another, in more than one append: the start is written down so that a stop in the middle is found. */
export interface StartReassignment {
  readonly type: 'StartReassignment';
  readonly reassignmentId: string;
  readonly fromUserId: string;
  readonly userId: string;
  readonly epoch: number;
  readonly removal: { readonly epoch: number; readonly leaveId: string } | null;
}

export interface FinishReassignment {
  readonly type: 'FinishReassignment';
  readonly reassignmentId: string;
  /** false where it was given up because nobody may take the rest. */
  readonly complete: boolean;
}

/** Begins; nothing where it has begun already. */
export function startReassignment(command: StartReassignment, state: ContactsState): ContactsEvent[] {
  const { reassignmentId, fromUserId, userId, epoch, removal } = command;
  requireOpenAssignee(state, userId, epoch);
  return state.reassignments.has(reassignmentId) ? [] : [{ type: 'ReassignmentStarted', data: { reassignmentId, fromUserId, userId, epoch, removal } }];
}

/** Ends; nothing where none has begun or it has ended. */
export function finishReassignment({ reassignmentId, complete }: FinishReassignment, state: ContactsState): ContactsEvent[] {
  return state.reassignments.has(reassignmentId) ? [{ type: 'ReassignmentFinished', data: { reassignmentId, complete } }] : [];
}
