import { type AccessReviewEvent, OF_REVIEWS } from '../../domain/reviews/events';
import { nextReminderAt } from '../../domain/reviews/reminders';
import { REVIEW_PREFIX } from '../../domain/streams';
import { decidedAtOf, type StoredEvent } from '../../eventstore/eventStore';
import { domainEventOf, type Projection, type Row, type RowChange, type TableDefinition, versionedTable } from '../engine/projection';

const NAME = 'access_reviews';
const VERSION = 2;

/** Table names, including the version. */
export const ACCESS_REVIEW_TABLES = {
  reviews: versionedTable(NAME, VERSION, 'reviews'),
  people: versionedTable(NAME, VERSION, 'people'),
} as const;

const { reviews, people } = ACCESS_REVIEW_TABLES;

const reviewsTable: TableDefinition = {
  name: reviews,
  columns: {
    review_id: 'TEXT NOT NULL',
    app_id: 'TEXT NOT NULL',
    note: 'TEXT',
    due_at: 'TEXT',
    /** Log position of the roster that is reviewed. */
    position: 'TEXT NOT NULL',
    /** Log position of the event that started the review, which orders the reviews of an app. */
    started_position: 'TEXT NOT NULL',
    started_at: 'TEXT NOT NULL',
    started_by: 'TEXT NOT NULL',
    started_as: 'TEXT NOT NULL',
    finished_at: 'TEXT',
    finished_by: 'TEXT',
    total: 'INTEGER NOT NULL',
    /** When the next reminder is to be sent. */
    remind_at: 'TEXT',
  },
  primaryKey: ['review_id'],
  withoutRowId: true,
  also: [
    `CREATE INDEX ${reviews}_of_app ON ${reviews} (app_id, started_position)`,
    `CREATE INDEX ${reviews}_open ON ${reviews} (app_id) WHERE finished_at IS NULL`,
    `CREATE INDEX ${reviews}_to_remind ON ${reviews} (remind_at, review_id) WHERE remind_at IS NOT NULL`,
  ],
};

/** The people of each review, with what was decided. */
const peopleTable: TableDefinition = {
  name: people,
  columns: {
    review_id: 'TEXT NOT NULL',
    user_id: 'TEXT NOT NULL',
    /** Place in the review's list, with leading zeros. */
    place: 'TEXT NOT NULL',
    epoch: 'INTEGER NOT NULL',
    kind: 'TEXT NOT NULL',
    role: 'TEXT NOT NULL',
    decision: 'TEXT',
    remark: 'TEXT',
    decided_by: 'TEXT',
    decided_at: 'TEXT',
  },
  primaryKey: ['review_id', 'user_id'],
  withoutRowId: true,
  also: [
    `CREATE INDEX ${people}_in_order ON ${people} (review_id, place)`,
    `CREATE INDEX ${people}_undecided ON ${people} (review_id, place) WHERE decision IS NULL`,
  ],
};

/** Access reviews: who is reviewed, and what was decided about them. */
export const accessReviewsProjection: Projection = {
  name: NAME,
  version: VERSION,
  tables: [reviewsTable, peopleTable],
  streamPrefixes: [REVIEW_PREFIX],
  apply(event) {
    const domainEvent = domainEventOf(event);
    return domainEvent !== undefined && isOfReview(domainEvent) ? changesOf(domainEvent, event.stream.slice(REVIEW_PREFIX.length), event) : [];
  },
};

const isOfReview = (event: { readonly type: string }): event is AccessReviewEvent => Object.hasOwn(OF_REVIEWS, event.type);

/** Digits of a place. Events list 500 people at most, and their revisions in the stream are consecutive. */
const EVENT_DIGITS = 10;
const PLACE_DIGITS = 3;

function changesOf(event: AccessReviewEvent, reviewId: string, stored: StoredEvent): readonly RowChange[] {
  const { position, revision, occurredAt, metadata: { actorId } } = stored;
  switch (event.type) {
    case 'AccessReviewStarted': {
      const { appId, note, dueAt, startedAs, people: total } = event.data;
      const row: Row = {
        review_id: reviewId, app_id: appId, note, due_at: dueAt, position: event.data.position, started_position: position,
        started_at: occurredAt, started_by: actorId, started_as: startedAs, finished_at: null, finished_by: null, total,
        remind_at: dueAt === null ? null : nextReminderAt({ dueAt, startedAt: decidedAtOf(stored), last: null }),
      };
      return [{ kind: 'upsert', table: reviews, row }];
    }
    case 'AccessReviewListed':
      return event.data.people.map(({ userId, epoch, kind, role }, index): RowChange => ({
        kind: 'upsert', table: people,
        row: {
          review_id: reviewId, user_id: userId, place: String(revision).padStart(EVENT_DIGITS, '0') + String(index).padStart(PLACE_DIGITS, '0'), epoch, kind, role,
          decision: null, remark: null, decided_by: null, decided_at: null,
        },
      }));
    case 'AccessDecided': {
      const { userIds, decision, remark } = event.data;
      return userIds.map((userId): RowChange => ({ kind: 'update', table: people, where: { review_id: reviewId, user_id: userId }, set: { decision, remark, decided_by: actorId, decided_at: occurredAt } }));
    }
    case 'AccessReviewReminded': {
      const { dueAt, reminder } = event.data;
      return [{ kind: 'update', table: reviews, where: { review_id: reviewId }, set: { remind_at: nextReminderAt({ dueAt, last: reminder }) } }];
    }
    case 'AccessReviewFinished':
      return [{ kind: 'update', table: reviews, where: { review_id: reviewId }, set: { finished_at: occurredAt, finished_by: actorId, remind_at: null } }];
  }
}
