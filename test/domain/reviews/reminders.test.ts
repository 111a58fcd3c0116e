import type { AccessReviewEvent, AccessReviewReminder, Reminder } from '../../../src/domain/reviews/events';
import { nextReminderAt, remindOfReview, REMINDERS } from '../../../src/domain/reviews/reminders';
import { type AccessReviewState, emptyReview, evolveReview } from '../../../src/domain/reviews/state';
import { given } from '../given';
import { userIdOf } from '../people';
import { appOf, joined, left } from '../rosterHistory';

const REVIEW_ID = '7c0d1e2f-0000-4000-8000-000000000001';
const STARTED_AT = '2026-03-01T08:00:00.000Z';
const DUE_AT = '2026-03-31T12:00:00.000Z';
const WEEK_AT = '2026-03-24T12:00:00.000Z';
const DAY_AT = '2026-03-30T12:00:00.000Z';
const ADMINS = ['olga', 'pia'].map(userIdOf);

const roster = given(...appOf(5), ...joined('sam', 'USER'), ...joined('pia', 'PARTNER', 'ADMIN'), ...joined('lea', 'PARTNER', 'ADMIN'), left('lea')).state();
const started = (dueAt: string | null = DUE_AT): AccessReviewEvent => ({ type: 'AccessReviewStarted', data: { appId: 'gx624', position: '5', note: null, dueAt, startedAs: 'MEMBER', people: 3 } });
const listed: AccessReviewEvent = { type: 'AccessReviewListed', data: { appId: 'gx624', people: ['olga', 'sam', 'pia'].map((name) => ({ userId: userIdOf(name), epoch: 1, kind: 'USER', role: 'STANDARD' })) } };
const decided = (...names: readonly string[]): AccessReviewEvent => ({ type: 'AccessDecided', data: { appId: 'gx624', userIds: names.map(userIdOf), decision: 'KEEP', remark: null } });
const finished: AccessReviewEvent = { type: 'AccessReviewFinished', data: { appId: 'gx624', kept: 3, removed: 0 } };
const reminded = (reminder: Reminder, undecided = 3): AccessReviewReminder => ({ type: 'AccessReviewReminded', data: { appId: 'gx624', reviewId: REVIEW_ID, reminder, dueAt: DUE_AT, people: 3, undecided, informedUserIds: ADMINS } });

function reviewOf(past: readonly AccessReviewEvent[], startedAt = STARTED_AT): AccessReviewState {
  const state = emptyReview();
  past.forEach((event, revision) => { evolveReview(state, { ...event, occurredAt: startedAt, decidedAt: startedAt, position: String(revision), revision, commandId: 'c', actorId: 'a', keyed: false }); });
  return state;
}

const remind = (past: readonly AccessReviewEvent[], now: string, startedAt?: string): AccessReviewReminder | null => remindOfReview(REVIEW_ID, reviewOf([started(), listed, ...past], startedAt), roster, now);
const justBefore = (at: string): string => new Date(Date.parse(at) - 1).toISOString();

describe('a reminder of an access review', () => {
  it('is sent a week before it is due, a day before, and when it is overdue, each from its moment on', () => {
    const past: AccessReviewReminder[] = [];
    for (const [reminder, at] of [['WEEK', WEEK_AT], ['DAY', DAY_AT], ['OVERDUE', DUE_AT]] as const) {
      expect(remind(past, justBefore(at))).toBeNull();
      expect(remind(past, at)).toEqual(reminded(reminder));
      past.push(reminded(reminder));
      expect(remind(past, at)).toBeNull();
    }
    expect(remind(past, '2027-01-01T00:00:00.000Z')).toBeNull();
  });

  it('counts who is undecided, and names the active admins of the moment', () => {
    expect(remind([decided('sam', 'pia')], WEEK_AT)).toEqual(reminded('WEEK', 1));
    expect(remind([decided('sam', 'pia', 'olga')], WEEK_AT)).toEqual(reminded('WEEK', 0));
  });

  it('is the latest one where several moments have passed, and no earlier one follows', () => {
    expect(remind([], justBefore(DUE_AT))).toEqual(reminded('DAY'));
    expect(remind([], '2026-05-01T00:00:00.000Z')).toEqual(reminded('OVERDUE'));
    expect(remind([reminded('OVERDUE')], WEEK_AT)).toBeNull();
    expect(remind([reminded('WEEK')], '2026-05-01T00:00:00.000Z')).toEqual(reminded('OVERDUE'));
  });

  it('skips the moments at or before the start of the review', () => {
    expect(remind([], '2026-03-26T12:00:00.000Z', WEEK_AT)).toBeNull();
    expect(remind([], DAY_AT, WEEK_AT)).toEqual(reminded('DAY'));
    expect(remind([], justBefore(DUE_AT), '2026-03-31T08:00:00.000Z')).toBeNull();
    expect(remind([], DUE_AT, '2026-03-31T08:00:00.000Z')).toEqual(reminded('OVERDUE'));
  });

  it('is not sent for a review that is finished, has no due time, or does not exist', () => {
    expect(remind([finished], DUE_AT)).toBeNull();
    expect(remindOfReview(REVIEW_ID, reviewOf([started(null), listed]), roster, DUE_AT)).toBeNull();
    expect(remindOfReview(REVIEW_ID, emptyReview(), roster, DUE_AT)).toBeNull();
  });

  it('changes nothing else in the review', () => {
    const { reminded: last, position, revision, ...rest } = reviewOf([started(), listed, reminded('WEEK')]);
    const { reminded: none, position: before, revision: earlier, ...same } = reviewOf([started(), listed]);
    expect(rest).toEqual(same);
    expect([last, none, position, before, revision, earlier]).toEqual(['WEEK', null, '2', '1', 2, 1]);
  });

  it('has a next moment until the last one was sent', () => {
    const at = (last: Reminder | null, startedAt = STARTED_AT): string | null => nextReminderAt(last === null ? { dueAt: DUE_AT, startedAt, last } : { dueAt: DUE_AT, last });
    expect([at(null), at('WEEK'), at('DAY'), at('OVERDUE')]).toEqual([WEEK_AT, DAY_AT, DUE_AT, null]);
    expect([at(null, WEEK_AT), at(null, DAY_AT), at(null, DUE_AT)]).toEqual([DAY_AT, DUE_AT, null]);
    expect(REMINDERS.map(({ reminder }) => reminder)).toEqual(['WEEK', 'DAY', 'OVERDUE']);
  });
});
