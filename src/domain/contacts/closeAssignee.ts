import { DomainError } from '../domainError';
import type { ClosingReason, ContactsEvent } from '../events';
import type { ContactsState } from './contactsState';

export interface CloseAssignee {
  readonly type: 'CloseAssignee';
  readonly userId: string;
  readonly epoch: number;
  readonly leaveId: string;
  readonly reason: ClosingReason;
}

export interface ReopenAssignee {
  readonly type: 'ReopenAssignee';
  readonly userId: string;
  readonly epoch: number;
  readonly leaveId: string;
}

const SAMPLE_SIZE = 5;

/**
 * The moment of truth of leaving and removal: from here on nothing can be assigned to the user in this epoch. Nothing
 * is to be done where the epoch, or a later one, is closed already.
 * @throws DomainError `HAS_ASSIGNED_CONTACTS` with the count, five of the ids and the position checked.
 */
export function closeAssignee(command: CloseAssignee, state: ContactsState): ContactsEvent[] {
  const { userId, epoch, leaveId, reason } = command;
  const closing = state.closures.get(userId);
  if (closing && epoch <= closing.epoch) return [];
  const count = state.counts.get(userId) ?? 0;
  if (count > 0) {
    const sample = state.sample?.userId === userId ? [...state.sample.contactIds].slice(0, SAMPLE_SIZE) : [];
    const contacts = count === 1 ? '1 contact is' : `${count.toLocaleString('en')} contacts are`;
    const advice = reason === 'LEAVE' ? 'Ask an admin to reassign them first.' : 'Name an active member who takes them over.';
    throw new DomainError('HAS_ASSIGNED_CONTACTS', `${contacts} assigned to this person. ${advice}`, { count, sample, position: state.position });
  }
  return [{ type: 'AssigneeClosed', data: { userId, epoch, leaveId, reason } }];
}

/** Takes a closing back whose departure a rule has forbidden since. */
export function reopenAssignee(command: ReopenAssignee, state: ContactsState): ContactsEvent[] {
  const { userId, epoch, leaveId } = command;
  const closing = state.closures.get(userId);
  return closing?.leaveId === leaveId && closing.epoch === epoch ? [{ type: 'AssigneeReopened', data: { userId, epoch, leaveId } }] : [];
}
