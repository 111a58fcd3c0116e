import type { ContactsEvent } from '../events';
import { assignContacts, type AssignContacts } from './assignContacts';
import { closeAssignee, reopenAssignee, type CloseAssignee, type ReopenAssignee } from './closeAssignee';
import { emptyContacts, evolveContacts, type ContactsState } from './contactsState';
import { reassignContacts, type ReassignContacts } from './reassignContacts';
import { finishReassignment, startReassignment, type FinishReassignment, type StartReassignment } from './reassignAllContacts';
import { unassignContacts, type UnassignContacts } from './unassignContacts';

export type ContactsCommand =
  | AssignContacts
  | UnassignContacts
  | ReassignContacts
  | StartReassignment
  | FinishReassignment
  | CloseAssignee
  | ReopenAssignee;

/**
 * What a command on an app's contacts leads to; nothing when the wish is already true.
 * @throws DomainError when a rule says no.
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

/** The decider of `contacts-<appId>`. */
export const contactsDecider = { initialState: emptyContacts, decide: decideContacts, evolve: evolveContacts };
