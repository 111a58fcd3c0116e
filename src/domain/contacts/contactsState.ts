import type { ClosingReason, ContactsEvent, Recorded } from '../events';

/** That a user's time as an assignee has ended, at which join and by which departure. */
export interface Closure {
  readonly epoch: number;
  readonly leaveId: string;
  readonly reason: ClosingReason;
}

/**
 * As much of `contacts-<appId>` as a command needs: exact for the contacts and users it was asked for. It starts from
 * the assigned-contacts projection at a revision and takes in the events after that one.
 */
export interface ContactsState {
  /** of the last event taken in; -1 before the first. */
  revision: number;
  position: string;
  lastOccurredAt: string;
  /** contact id -> user id, for the contacts asked for. */
  readonly assignees: Map<string, string>;
  /** how many contacts each of the users asked for has. */
  readonly counts: Map<string, number>;
  /** the latest closing of each of the users asked for. */
  readonly closures: Map<string, Closure>;
  /** reassignments of many contacts that have begun and not finished, by id. */
  readonly reassignments: Set<string>;
  /** some contact ids of one user, if asked for. */
  readonly sample: { readonly userId: string; readonly contactIds: Set<string> } | null;
}

/** The state of contacts before any event, for the given users; everything else is taken in as it comes. */
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

/** Takes one recorded fact into the state, in place, and returns it. Never checks a rule. */
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
      state.closures.set(event.data.userId, { epoch: event.data.epoch, leaveId: event.data.leaveId, reason: event.data.reason });
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
