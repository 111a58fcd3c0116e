import { ASSIGNED_CONTACTS_TABLES } from './assignedContactsProjection';
import type { AssignedContactRow, ClosureRow, ContactCountRow, ContactsSlice, ContactsSliceRequest, OpenReassignmentRow } from './assignedContactsRows';
import { keysetPage, walkConditions, walkOrder } from './keysetPage';
import type { Page } from './page';
import type { PageArguments } from './pageArguments';
import { queryDigest } from './pageCursor';
import type { ReadModelDatabase } from './readModelDatabase';
import { inChunks } from './sqlChunks';
import { SqlParameters } from './sqlParameters';
import type { UserKey } from './userListRows';

const { contacts, counts, closures, reassignments, heads } = ASSIGNED_CONTACTS_TABLES;

const CONTACT_ORDER = { columns: ['contact_id'], ascending: true } as const;

const CLOSURE_COLUMNS = `c.app_id AS appId, c.user_id AS userId, c.epoch, c.leave_id AS leaveId, c.reason, c.actor_id AS actorId,
  c.correlation_id AS correlationId, c.command_id AS commandId, c.event_id AS eventId, c.closed_at AS closedAt`;

const DEFAULT_SAMPLE_SIZE = 5;

interface HeadRow {
  readonly revision: number;
  readonly position: string;
  readonly occurredAt: string;
}

type ReassignmentColumns = Omit<OpenReassignmentRow, 'removal'> & { readonly removalEpoch: number | null; readonly leaveId: string | null };

/** Who is assigned which contact, and which closings there are. */
export class AssignedContactsQueries {
  constructor(private readonly database: ReadModelDatabase) {}

  /** How many contacts several users have, in no particular order; users who never had one are absent. */
  counts(keys: readonly UserKey[]): readonly ContactCountRow[] {
    return inChunks(keys.map(({ appId, userId }) => [appId, userId]), (pairs) =>
      this.database.all<ContactCountRow>(
        `SELECT c.app_id AS appId, c.user_id AS userId, c.number AS count FROM json_each(?) k CROSS JOIN ${counts} c ON c.app_id = k.value ->> 0 AND c.user_id = k.value ->> 1`,
        [pairs],
      ));
  }

  /** A page of a user's contacts, by contact id. @throws InvalidPage, InvalidCursor */
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

  /** The asked part of an app's contacts, all of it at one revision of the contacts stream. */
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

  /** The first contact ids of a user, by id. */
  contactIdsOf(appId: string, userId: string, limit: number): readonly string[] {
    return this.database
      .all<{ readonly contactId: string }>(`SELECT contact_id AS contactId FROM ${contacts} WHERE app_id = ? AND user_id = ? ORDER BY contact_id LIMIT ?`, [appId, userId, limit])
      .map(({ contactId }) => contactId);
  }

  /** Closings that no departure has followed yet, the oldest first. */
  openClosures(limit: number): readonly ClosureRow[] {
    return this.database.all<ClosureRow>(`SELECT ${CLOSURE_COLUMNS} FROM ${closures} c WHERE c.departed = 0 ORDER BY c.closed_position LIMIT ?`, [limit]);
  }

  /** Ids of an app's reassignments that have begun and not finished. */
  openReassignmentIds(appId: string): readonly string[] {
    return this.database
      .all<{ readonly id: string }>(`SELECT reassignment_id AS id FROM ${reassignments} WHERE app_id = ? ORDER BY started_position`, [appId])
      .map(({ id }) => id);
  }

  /** Reassignments that have begun and not finished, the oldest first. */
  openReassignments(limit: number): readonly OpenReassignmentRow[] {
    return this.database
      .all<ReassignmentColumns>(
        `SELECT app_id AS appId, reassignment_id AS reassignmentId, from_user_id AS fromUserId, user_id AS userId, epoch, removal_epoch AS removalEpoch, removal_leave_id AS leaveId,
          actor_id AS actorId, correlation_id AS correlationId, event_id AS eventId, started_at AS startedAt FROM ${reassignments} ORDER BY started_position LIMIT ?`,
        [limit],
      )
      .map(({ removalEpoch, leaveId, ...row }) => ({ ...row, removal: removalEpoch === null || leaveId === null ? null : { epoch: removalEpoch, leaveId } }));
  }
}
