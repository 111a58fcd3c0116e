import type { UserKind, UserRole } from '../../domain/events';
import type { AccessDecision, ReviewerKind } from '../../domain/reviews/events';
import { type ReadModelDatabase, SqlParameters } from '../engine/database';
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

  /** Returns how many people of a review nobody has decided on. */
  undecidedCount(reviewId: string): number {
    return this.database.get<{ readonly number: number }>(`SELECT count(*) AS number FROM ${people} WHERE review_id = ? AND decision IS NULL`, [reviewId])?.number ?? 0;
  }

  /** Returns how many reviews of an app are open. */
  openCount(appId: string): number {
    return this.database.get<{ readonly number: number }>(`SELECT count(*) AS number FROM ${reviews} WHERE app_id = ? AND finished_at IS NULL`, [appId])?.number ?? 0;
  }
}
