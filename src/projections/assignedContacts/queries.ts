import { isImported } from '../imports/projection';
import type { ClosingReason, PlannedRemoval } from '../../domain/events';
import { ASSIGNED_CONTACTS_TABLES } from './projection';
import { keysetPage, walkConditions, walkOrder } from '../paging/keyset';
import { type Page, type PageArguments, queryDigest } from '../paging/page';
import type { ReadModelDatabase } from '../engine/database';
import { inChunks, SqlParameters } from '../engine/query';
import type { UserKey } from '../userList/rows';

export interface AssignedContactRow {
  readonly contactId: string;
  readonly assignedAt: string;
}

interface ContactCountRow {
  readonly appId: string;
  readonly userId: string;
  readonly count: number;
}

/** A closed assignee, who gets no contacts any more, and the command that closed them. */
export interface ClosureRow {
  readonly appId: string;
  readonly userId: string;
  readonly epoch: number;
  readonly leaveId: string;
  readonly reason: ClosingReason;
  /** Why the user is removed; null where no reason was given, and for who leaves. */
  readonly removalReason: string | null;
  readonly actorId: string;
  readonly correlationId: string;
  readonly commandId: string;
  /** Id of the `AssigneeClosed` event. */
  readonly eventId: string;
  readonly closedAt: string;
}

/** A reassignment of all contacts of one user to another that has not finished, and the command that started it. */
export interface OpenReassignmentRow {
  readonly appId: string;
  readonly reassignmentId: string;
  readonly fromUserId: string;
  /** User who takes over; `epoch` tells which join of theirs. */
  readonly userId: string;
  readonly epoch: number;
  /** Removal of `fromUserId` that follows; null when they stay. */
  readonly removal: PlannedRemoval | null;
  readonly actorId: string;
  readonly correlationId: string;
  /** Id of the `ReassignmentStarted` event. */
  readonly eventId: string;
  readonly startedAt: string;
}

interface ContactsSliceRequest {
  readonly contactIds: readonly string[];
  readonly userIds: readonly string[];
  /** User to return a sample of contacts of. */
  readonly sampleUserId?: string | undefined;
  /** Number of contacts in the sample; 5 when absent. */
  readonly sampleSize?: number | undefined;
}

/** Part of an app's assigned contacts for a decision, exact at `revision` of the contacts stream. */
interface ContactsSlice {
  /** Revision of the last contacts event applied; -1 before the first. */
  readonly revision: number;
  /** Position of that event; '' before the first. */
  readonly position: string;
  readonly occurredAt: string | null;
  /** User id by contact id; contacts without an assignee are left out. */
  readonly assignees: ReadonlyMap<string, string>;
  /** Closures of the requested users, of every epoch, that were not reopened. */
  readonly closures: readonly ClosureRow[];
  /** Number of contacts of each requested user, including 0. */
  readonly counts: ReadonlyMap<string, number>;
  /** The first contact ids of `sampleUserId`, in order. */
  readonly sample: readonly string[];
}

const { contacts, counts, closures, reassignments, heads } = ASSIGNED_CONTACTS_TABLES;

const CONTACT_ORDER = { columns: ['contact_id'], ascending: true } as const;

const CLOSURE_COLUMNS = `c.app_id AS appId, c.user_id AS userId, c.epoch, c.leave_id AS leaveId, c.reason, c.removal_reason AS removalReason, c.actor_id AS actorId,
  c.correlation_id AS correlationId, c.command_id AS commandId, c.event_id AS eventId, c.closed_at AS closedAt`;

const DEFAULT_SAMPLE_SIZE = 5;

interface HeadRow {
  readonly revision: number;
  readonly position: string;
  readonly occurredAt: string;
}

type ReassignmentColumns = Omit<OpenReassignmentRow, 'removal'> & { readonly removalEpoch: number | null; readonly leaveId: string | null; readonly removalReason: string | null };

/** Queries for assigned contacts, closures and reassignments. */
export class AssignedContactsQueries {
  constructor(private readonly database: ReadModelDatabase) {}

  /** Counts the contacts of several users, in no particular order. Users who never had one are left out. */
  counts(keys: readonly UserKey[]): readonly ContactCountRow[] {
    return inChunks(keys.map(({ appId, userId }) => [appId, userId]), (pairs) =>
      this.database.all<ContactCountRow>(
        `SELECT c.app_id AS appId, c.user_id AS userId, c.number AS count FROM json_each(?) k CROSS JOIN ${counts} c ON c.app_id = k.value ->> 0 AND c.user_id = k.value ->> 1`,
        [pairs],
      ));
  }

  /** Returns a page of a user's contacts in the order of their ids. @throws InvalidPage; InvalidCursor */
  contactsPage(appId: string, userId: string, page: PageArguments): Page<AssignedContactRow> {
    return keysetPage<AssignedContactRow>(
      {
        digest: queryDigest('contacts', appId, userId),
        placeOf: ({ contactId }) => ({ key: null, id: contactId }),
        rows: (walk) => {
          const parameters = new SqlParameters();
          const whose = `app_id = ${parameters.add(appId)} AND user_id = ${parameters.add(userId)}`;
          const bounds = walkConditions(CONTACT_ORDER, walk, ({ id }) => [id], parameters);
          return this.database.all<AssignedContactRow>(
            `SELECT contact_id AS contactId, assigned_at AS assignedAt FROM ${contacts} WHERE ${whose}${bounds}
              ORDER BY ${walkOrder(CONTACT_ORDER, walk)} LIMIT ${parameters.add(walk.limit)}`,
            parameters.values,
          );
        },
      },
      page,
    );
  }

  /** Returns the requested part of an app's contacts at one revision of the contacts stream. */
  contactsSlice(appId: string, { contactIds, userIds, sampleUserId, sampleSize }: ContactsSliceRequest): ContactsSlice {
    const head = this.database.get<HeadRow>(`SELECT revision, position, occurred_at AS occurredAt FROM ${heads} WHERE app_id = ?`, [appId]);
    const assignees = inChunks(contactIds, (ids) =>
      this.database.all<{ readonly contactId: string; readonly userId: string }>(
        `SELECT c.contact_id AS contactId, c.user_id AS userId FROM json_each(?) k CROSS JOIN ${contacts} c ON c.app_id = ? AND c.contact_id = k.value`,
        [ids, appId],
      ));
    const askedClosures = inChunks(userIds, (ids) =>
      this.database.all<ClosureRow>(
        `SELECT ${CLOSURE_COLUMNS} FROM json_each(?) k CROSS JOIN ${closures} c ON c.app_id = ? AND c.user_id = k.value ORDER BY c.user_id, c.epoch`,
        [ids, appId],
      ));
    const askedCounts = new Map(userIds.map((userId) => [userId, 0]));
    for (const { userId, count } of this.counts(userIds.map((userId) => ({ appId, userId })))) askedCounts.set(userId, count);
    return {
      revision: head?.revision ?? -1,
      position: head?.position ?? '',
      occurredAt: head?.occurredAt ?? null,
      assignees: new Map(assignees.map(({ contactId, userId }) => [contactId, userId])),
      closures: askedClosures,
      counts: askedCounts,
      sample: sampleUserId === undefined ? [] : this.contactIdsOf(appId, sampleUserId, sampleSize ?? DEFAULT_SAMPLE_SIZE),
    };
  }

  /** Returns the first contact ids of a user, in order. */
  contactIdsOf(appId: string, userId: string, limit: number): readonly string[] {
    return this.database
      .all<{ readonly contactId: string }>(`SELECT contact_id AS contactId FROM ${contacts} WHERE app_id = ? AND user_id = ? ORDER BY contact_id LIMIT ?`, [appId, userId, limit])
      .map(({ contactId }) => contactId);
  }

  /** Returns closures without a departure, oldest first. */
  openClosures(limit: number): readonly ClosureRow[] {
    return this.database.all<ClosureRow>(`SELECT ${CLOSURE_COLUMNS} FROM ${closures} c WHERE c.departed = 0 AND ${isImported('c.app_id')} ORDER BY c.closed_position LIMIT ?`, [limit]);
  }

  /** Returns the ids of an app's unfinished reassignments, oldest first. */
  openReassignmentIds(appId: string): readonly string[] {
    return this.database
      .all<{ readonly id: string }>(`SELECT reassignment_id AS id FROM ${reassignments} WHERE app_id = ? ORDER BY started_position`, [appId])
      .map(({ id }) => id);
  }

  /** Returns unfinished reassignments of all apps, oldest first. */
  openReassignments(limit: number): readonly OpenReassignmentRow[] {
    return this.database
      .all<ReassignmentColumns>(
        `SELECT app_id AS appId, reassignment_id AS reassignmentId, from_user_id AS fromUserId, user_id AS userId, epoch, removal_epoch AS removalEpoch, removal_leave_id AS leaveId, removal_reason AS removalReason,
          actor_id AS actorId, correlation_id AS correlationId, event_id AS eventId, started_at AS startedAt FROM ${reassignments} ORDER BY started_position LIMIT ?`,
        [limit],
      )
      .map(({ removalEpoch, leaveId, removalReason, ...row }) => ({ ...row, removal: removalEpoch === null || leaveId === null ? null : { epoch: removalEpoch, leaveId, reason: removalReason } }));
  }
}
