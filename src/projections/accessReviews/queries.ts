import type { UserKind, UserRole } from '../../domain/events';
import type { AccessDecision, ReviewerKind } from '../../domain/reviews/events';
import type { ReadModelDatabase } from '../engine/database';
import { SqlParameters } from '../engine/query';
import { keysetPage, walkConditions, walkOrder } from '../paging/keyset';
import { type Page, type PageArguments, queryDigest } from '../paging/page';
import { ACCESS_REVIEW_TABLES } from './projection';

const { reviews, people } = ACCESS_REVIEW_TABLES;

export interface AccessReviewRow {
  readonly reviewId: string;
  readonly appId: string;
  readonly note: string | null;
  readonly dueAt: string | null;
  /** Log position of the roster that is reviewed. */
  readonly position: string;
  readonly startedPosition: string;
  readonly startedAt: string;
  /** Id of the person who started the review. */
  readonly startedBy: string;
  readonly startedAs: ReviewerKind;
  readonly finishedAt: string | null;
  readonly finishedBy: string | null;
  /** Number of people in the review. */
  readonly total: number;
}

/** A person of a review, with the access that is reviewed and what was decided. */
export interface ReviewedPersonRow {
  readonly userId: string;
  readonly place: string;
  readonly epoch: number;
  readonly kind: UserKind;
  readonly role: UserRole;
  readonly decision: AccessDecision | null;
  readonly remark: string | null;
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
}

/** How a person can differ between two reviews of an app. */
export const REVIEW_CHANGES = ['NEW', 'GONE', 'ROLE_CHANGED', 'NOT_REMOVED'] as const;
export type ReviewChange = (typeof REVIEW_CHANGES)[number];

/** A person who differs between two reviews. */
export interface ReviewDifferenceRow {
  readonly userId: string;
  readonly place: string;
  /** The access in the later review; null for somebody who is not in it. */
  readonly kind: UserKind | null;
  readonly role: UserRole | null;
  /** The access in the earlier review, and what was decided there; null for somebody who was not in it. */
  readonly previousKind: UserKind | null;
  readonly previousRole: UserRole | null;
  readonly previousDecision: AccessDecision | null;
  readonly previousRemark: string | null;
  readonly isNew: number;
  readonly isGone: number;
  readonly isChanged: number;
  readonly isNotRemoved: number;
}

const CHANGE_COLUMNS: Readonly<Record<ReviewChange, string>> = { NEW: 'isNew', GONE: 'isGone', ROLE_CHANGED: 'isChanged', NOT_REMOVED: 'isNotRemoved' };

/** The people of two reviews. Access that somebody got again after it had ended is new. */
const differencesBetween = (review: string, previous: string): string => `WITH differences AS (
  SELECT '0' || a.place AS place, a.user_id AS userId, a.kind, a.role, b.kind AS previousKind, b.role AS previousRole, b.decision AS previousDecision, b.remark AS previousRemark,
    b.epoch IS NOT a.epoch AS isNew, 0 AS isGone, b.epoch IS a.epoch AND (b.role <> a.role OR b.kind <> a.kind) AS isChanged, b.epoch IS a.epoch AND b.decision IS 'REMOVE' AS isNotRemoved
  FROM ${people} a LEFT JOIN ${people} b ON b.review_id = ${previous} AND b.user_id = a.user_id WHERE a.review_id = ${review}
  UNION ALL
  SELECT '1' || b.place, b.user_id, NULL, NULL, b.kind, b.role, b.decision, b.remark, 0, 1, 0, 0
  FROM ${people} b WHERE b.review_id = ${previous} AND NOT EXISTS (SELECT 1 FROM ${people} a WHERE a.review_id = ${review} AND a.user_id = b.user_id))`;

const REVIEW_COLUMNS = `review_id AS reviewId, app_id AS appId, note, due_at AS dueAt, position, started_position AS startedPosition, started_at AS startedAt,
  started_by AS startedBy, started_as AS startedAs, finished_at AS finishedAt, finished_by AS finishedBy, total`;
const PERSON_COLUMNS = 'user_id AS userId, place, epoch, kind, role, decision, remark, decided_by AS decidedBy, decided_at AS decidedAt';

/** Latest first. */
const REVIEW_ORDER = { columns: ['started_position'], ascending: false } as const;
const PEOPLE_ORDER = { columns: ['place'], ascending: true } as const;

/** Queries for access reviews. */
export class AccessReviewsQueries {
  constructor(private readonly database: ReadModelDatabase) {}

  /** Returns a review; undefined when there is none with this id. */
  byId(reviewId: string): AccessReviewRow | undefined {
    return this.database.get<AccessReviewRow>(`SELECT ${REVIEW_COLUMNS} FROM ${reviews} WHERE review_id = ?`, [reviewId]);
  }

  /** Returns a page of the reviews of an app, latest first. @throws InvalidPage; InvalidCursor */
  page(appId: string, page: PageArguments): Page<AccessReviewRow> {
    return keysetPage<AccessReviewRow>(
      {
        digest: queryDigest('accessReviews', appId),
        placeOf: ({ startedPosition }) => ({ key: null, id: startedPosition }),
        rows: (walk) => {
          const parameters = new SqlParameters();
          const app = parameters.add(appId);
          const bounds = walkConditions(REVIEW_ORDER, walk, ({ id }) => [id], parameters);
          return this.database.all<AccessReviewRow>(`SELECT ${REVIEW_COLUMNS} FROM ${reviews} WHERE app_id = ${app}${bounds} ORDER BY ${walkOrder(REVIEW_ORDER, walk)} LIMIT ${parameters.add(walk.limit)}`, parameters.values);
        },
      },
      page,
    );
  }

  /** Returns a page of the people of a review, in the order of its list. @param undecided whether only those nobody has decided on. @throws InvalidPage; InvalidCursor */
  people(reviewId: string, undecided: boolean, page: PageArguments): Page<ReviewedPersonRow> {
    return keysetPage<ReviewedPersonRow>(
      {
        digest: queryDigest('accessReviewItems', reviewId, String(undecided)),
        placeOf: ({ place }) => ({ key: null, id: place }),
        rows: (walk) => {
          const parameters = new SqlParameters();
          const review = parameters.add(reviewId);
          const bounds = walkConditions(PEOPLE_ORDER, walk, ({ id }) => [id], parameters);
          return this.database.all<ReviewedPersonRow>(
            `SELECT ${PERSON_COLUMNS} FROM ${people} WHERE review_id = ${review}${undecided ? ' AND decision IS NULL' : ''}${bounds} ORDER BY ${walkOrder(PEOPLE_ORDER, walk)} LIMIT ${parameters.add(walk.limit)}`,
            parameters.values,
          );
        },
      },
      page,
    );
  }

  /** Returns the latest review of the app that was finished when this one started; undefined when there was none. */
  previousOf({ appId, startedPosition, startedAt }: Pick<AccessReviewRow, 'appId' | 'startedPosition' | 'startedAt'>): AccessReviewRow | undefined {
    return this.database.get<AccessReviewRow>(
      `SELECT ${REVIEW_COLUMNS} FROM ${reviews} WHERE app_id = ? AND started_position < ? AND finished_at <= ? ORDER BY started_position DESC LIMIT 1`,
      [appId, startedPosition, startedAt],
    );
  }

  /** Returns how many people differ between the lists of two reviews, by what is different. */
  differenceCounts(reviewId: string, previousId: string): Readonly<Record<ReviewChange, number>> {
    const parameters = new SqlParameters();
    const sums = REVIEW_CHANGES.map((change) => `coalesce(sum(${CHANGE_COLUMNS[change]}), 0) AS ${change}`).join(', ');
    return this.database.get<Record<ReviewChange, number>>(`${differencesBetween(parameters.add(reviewId), parameters.add(previousId))} SELECT ${sums} FROM differences`, parameters.values) ?? { NEW: 0, GONE: 0, ROLE_CHANGED: 0, NOT_REMOVED: 0 };
  }

  /**
   * Returns a page of the people who differ between the lists of two reviews: those of the later list in its order, then those who are only in the earlier one.
   * @param changes only people with one of these differences. @throws InvalidPage; InvalidCursor
   */
  differences(reviewId: string, previousId: string, changes: readonly ReviewChange[], page: PageArguments): Page<ReviewDifferenceRow> {
    const columns = REVIEW_CHANGES.filter((change) => changes.includes(change)).map((change) => CHANGE_COLUMNS[change]);
    return keysetPage<ReviewDifferenceRow>(
      {
        digest: queryDigest('accessReviewDifferences', reviewId, previousId, ...columns),
        placeOf: ({ place }) => ({ key: null, id: place }),
        rows: (walk) => {
          const parameters = new SqlParameters();
          const found = differencesBetween(parameters.add(reviewId), parameters.add(previousId));
          const bounds = walkConditions(PEOPLE_ORDER, walk, ({ id }) => [id], parameters);
          return this.database.all<ReviewDifferenceRow>(
            `${found} SELECT * FROM differences WHERE (${columns.length === 0 ? 'FALSE' : columns.join(' OR ')})${bounds} ORDER BY ${walkOrder(PEOPLE_ORDER, walk)} LIMIT ${parameters.add(walk.limit)}`,
            parameters.values,
          );
        },
      },
      page,
    );
  }

  /** Returns how many people of a review nobody has decided on. */
  undecidedCount(reviewId: string): number {
    return this.database.get<{ readonly number: number }>(`SELECT count(*) AS number FROM ${people} WHERE review_id = ? AND decision IS NULL`, [reviewId])?.number ?? 0;
  }

  /** Returns the ids of reviews of which a reminder is to be sent at `now`, those that have waited longest first. */
  toRemind(now: string, limit: number): readonly string[] {
    return this.database.all<{ readonly reviewId: string }>(`SELECT review_id AS reviewId FROM ${reviews} WHERE remind_at <= ? ORDER BY remind_at, review_id LIMIT ?`, [now, limit]).map(({ reviewId }) => reviewId);
  }

  /** Returns how many reviews of an app are open. */
  openCount(appId: string): number {
    return this.database.get<{ readonly number: number }>(`SELECT count(*) AS number FROM ${reviews} WHERE app_id = ? AND finished_at IS NULL`, [appId])?.number ?? 0;
  }
}
