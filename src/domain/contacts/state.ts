import type { ClosingReason, ContactsEvent, Recorded } from '../events';

/** The closing of a user as an assignee: which membership ended, and by which departure. */
interface Closure {
  readonly epoch: number;
  readonly leaveId: string;
  readonly reason: ClosingReason;
  readonly removalReason: string | null;
}

/**
 * The part of `contacts-<appId>` that a command needs, exact for the contacts and users requested. It starts from the
 * assigned-contacts projection at a revision and applies the events after that revision.
 */
export interface ContactsState {
  /** Revision of the last event applied; -1 before the first. */
  revision: number;
  position: string;
  lastOccurredAt: string;
  /** User ids by contact id, for the contacts requested. */
  readonly assignees: Map<string, string>;
  /** Number of contacts of each user requested. */
  readonly counts: Map<string, number>;
  /** Latest closing of each user requested. */
  readonly closures: Map<string, Closure>;
  /** Ids of the reassignments under way. */
  readonly reassignments: Set<string>;
  /** Some contact ids of one user, if requested. */
  readonly sample: { readonly userId: string; readonly contactIds: Set<string> } | null;
}

/** The state before any event, for the given users. */
export function emptyContacts(userIds: readonly string[] = [], sampleUserId: string | null = null): ContactsState {
  return {
    revision: -1,
    position: '',
    lastOccurredAt: '',
    assignees: new Map(),
    counts: new Map(userIds.map((userId) => [userId, 0])),
    closures: new Map(),
    reassignments: new Set(),
    sample: sampleUserId === null ? null : { userId: sampleUserId, contactIds: new Set() },
  };
}

/** Applies one recorded event to the state in place and returns the state. Checks no rules. */
export function evolveContacts(state: ContactsState, event: Recorded<ContactsEvent>): ContactsState {
  state.revision = event.revision;
  state.position = event.position;
  state.lastOccurredAt = event.occurredAt;
  switch (event.type) {
    case 'ContactsAssigned':
      give(state, event.data.userId, event.data.contactIds);
      return state;
    case 'ContactsReassigned':
      take(state, event.data.fromUserId, event.data.contactIds);
      give(state, event.data.userId, event.data.contactIds);
      return state;
    case 'ContactsUnassigned':
      take(state, event.data.userId, event.data.contactIds);
      return state;
    case 'AssigneeClosed':
      state.closures.set(event.data.userId, { epoch: event.data.epoch, leaveId: event.data.leaveId, reason: event.data.reason, removalReason: event.data.removalReason });
      return state;
    case 'AssigneeReopened':
      if (state.closures.get(event.data.userId)?.leaveId === event.data.leaveId) state.closures.delete(event.data.userId);
      return state;
    case 'ReassignmentStarted':
      state.reassignments.add(event.data.reassignmentId);
      return state;
    case 'ReassignmentFinished':
      state.reassignments.delete(event.data.reassignmentId);
      return state;
  }
}

function give(state: ContactsState, userId: string, contactIds: readonly string[]): void {
  for (const contactId of contactIds) {
    state.assignees.set(contactId, userId);
    if (state.sample?.userId === userId) state.sample.contactIds.add(contactId);
  }
  addCount(state, userId, contactIds.length);
}

function take(state: ContactsState, userId: string, contactIds: readonly string[]): void {
  for (const contactId of contactIds) {
    state.assignees.delete(contactId);
    if (state.sample?.userId === userId) state.sample.contactIds.delete(contactId);
  }
  addCount(state, userId, -contactIds.length);
}

function addCount(state: ContactsState, userId: string, by: number): void {
  const count = state.counts.get(userId);
  if (count !== undefined) state.counts.set(userId, count + by);
}
