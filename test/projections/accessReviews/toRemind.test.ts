import type { Reminder } from '../../../src/domain/reviews/events';
import { reviewStream } from '../../../src/domain/streams';
import { accessReviewsProjection } from '../../../src/projections/accessReviews/projection';
import { AccessReviewsQueries } from '../../../src/projections/accessReviews/queries';
import { ReadModelDatabase } from '../../../src/projections/engine/database';
import { ProjectionRunner } from '../../../src/projections/engine/runner';
import { APP_ID, EventLog } from '../eventLog';

const STARTED_AT = '2026-03-01T08:00:00.000Z';
const DUE_AT = '2026-03-31T12:00:00.000Z';

describe('the access reviews to remind of', () => {
  let log: EventLog;
  let database: ReadModelDatabase;
  beforeEach(() => {
    log = new EventLog();
    database = ReadModelDatabase.open(':memory:');
  });
  afterEach(() => { database.close(); });

  const start = (review: string, dueAt: string | null, occurredAt = STARTED_AT): unknown => log.add(reviewStream(review), 'AccessReviewStarted', { appId: APP_ID, position: '1', note: null, dueAt, startedAs: 'MEMBER', people: 0 }, occurredAt);
  const remind = (review: string, reminder: Reminder): unknown => log.add(reviewStream(review), 'AccessReviewReminded', { appId: APP_ID, reviewId: review, reminder, dueAt: DUE_AT, people: 0, undecided: 0, informedUserIds: [] }, DUE_AT);
  const queries = (): AccessReviewsQueries => {
    new ProjectionRunner(database, [accessReviewsProjection], '').apply(log.events);
    return new AccessReviewsQueries(database);
  };
  const toRemind = (now: string, limit = 10): readonly string[] => queries().toRemind(now, limit);

  it('are listed from the moment of the next reminder on, those that have waited longest first', () => {
    start('late', DUE_AT, '2026-03-26T08:00:00.000Z');
    start('whole', DUE_AT);
    start('never', null);
    expect(toRemind('2026-03-24T11:59:59.999Z')).toEqual([]);
    expect(toRemind('2026-03-24T12:00:00.000Z')).toEqual(['whole']);
    expect(toRemind('2026-03-30T12:00:00.000Z')).toEqual(['whole', 'late']);
    expect(toRemind('2026-03-30T12:00:00.000Z', 1)).toEqual(['whole']);
    remind('whole', 'DAY');
    expect(toRemind('2026-03-31T11:59:59.999Z')).toEqual(['late']);
    expect(toRemind(DUE_AT)).toEqual(['late', 'whole']);
    remind('whole', 'OVERDUE');
    log.add(reviewStream('late'), 'AccessReviewFinished', { appId: APP_ID, kept: 0, removed: 0 });
    expect(toRemind('2027-01-01T00:00:00.000Z')).toEqual([]);
  });

  it('are found by an index of those that have a reminder left', () => {
    const all = database.all.bind(database);
    const plans: string[] = [];
    const reviews = queries();
    const spy = jest.spyOn(database, 'all').mockImplementation((sql, parameters) => {
      plans.push(...all<{ readonly detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, parameters).map(({ detail }) => detail));
      return [];
    });
    reviews.toRemind(DUE_AT, 10);
    spy.mockRestore();
    expect(plans).toEqual([expect.stringMatching(/^SEARCH access_reviews_v\d+_reviews USING COVERING INDEX \w+_to_remind \(remind_at<\?\)$/)]);
  });
});
