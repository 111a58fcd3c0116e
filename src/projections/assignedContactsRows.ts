import type { ClosingReason } from '../domain/events';

export interface AssignedContactRow {
  readonly contactId: string;
  readonly assignedAt: string;
}

export interface ContactCountRow {
  readonly appId: string;
  readonly userId: string;
  readonly count: number;
}

/** That a user's time as an assignee has ended, and the command that ended it. */
export interface ClosureRow {
  readonly appId: string;
  readonly userId: string;
  readonly epoch: number;
  readonly leaveId: string;
  readonly reason: ClosingReason;
  readonly actorId: string;
  readonly correlationId: string;
  readonly commandId: string;
  /** id of the `AssigneeClosed` event. */
  readonly eventId: string;
  readonly closedAt: string;
}

/** That all contacts of one user are on their way to another, and the command that began it. */
export interface OpenReassignmentRow {
  readonly appId: string;
  readonly reassignmentId: string;
  readonly fromUserId: string;
  /** who takes over, and since which join. */
  readonly userId: string;
  readonly epoch: number;
  /** the removal of `fromUserId` that follows; null where they stay. */
  readonly removal: { readonly epoch: number; readonly leaveId: string } | null;
  readonly actorId: string;
  readonly correlationId: string;
  /** id of the `ReassignmentStarted` event. */
  readonly eventId: string;
  readonly startedAt: string;
}

export interface ContactsSliceRequest {
  readonly contactIds: readonly string[];
  readonly userIds: readonly string[];
  /** whose contacts to give a sample of. */
  readonly sampleUserId?: string | undefined;
  /** 5 when absent. */
  readonly sampleSize?: number | undefined;
}

/** The part of an app's assigned contacts that a decision needs, exact at `revision` of its contacts stream. */
export interface ContactsSlice {
  /** revision of the last contacts event seen; -1 before the first. */
  readonly revision: number;
  /** position of that event; '' before the first. */
  readonly position: string;
  readonly occurredAt: string | null;
  /** assignee by contact; contacts without one are absent. */
  readonly assignees: ReadonlyMap<string, string>;
  /** closures of the asked users that were not taken back, of every epoch. */
  readonly closures: readonly ClosureRow[];
  /** number of contacts by asked user, 0 included. */
  readonly counts: ReadonlyMap<string, number>;
  /** first contact ids of `sampleUserId`, by id. */
  readonly sample: readonly string[];
}
