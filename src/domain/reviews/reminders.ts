import { activeAdminIds, type RosterState } from '../roster/state';
import type { AccessReviewReminder, Reminder } from './events';
import type { AccessReviewState } from './state';

const DAY_MS = 24 * 60 * 60 * 1000;

/** The reminders of a review that has a time until which it is due, in their order, and how long before that time each one is sent. */
export const REMINDERS: readonly { readonly reminder: Reminder; readonly beforeDueMs: number }[] = [
  { reminder: 'WEEK', beforeDueMs: 7 * DAY_MS },
  { reminder: 'DAY', beforeDueMs: DAY_MS },
  { reminder: 'OVERDUE', beforeDueMs: 0 },
];

/** What the times of a review's reminders follow from: the last reminder that was sent, or else the start of the review. Moments up to the start are skipped. */
type Reminded = { readonly dueAt: string } & ({ readonly last: Reminder } | { readonly last: null; readonly startedAt: string });

/** The reminders that are still to be sent, with their moments in ISO 8601, UTC. */
function remaining({ dueAt, ...since }: Reminded): readonly { readonly reminder: Reminder; readonly at: string }[] {
  const sent = REMINDERS.findIndex(({ reminder }) => reminder === since.last);
  return REMINDERS.slice(sent + 1)
    .map(({ reminder, beforeDueMs }) => ({ reminder, at: new Date(Date.parse(dueAt) - beforeDueMs).toISOString() }))
    .filter(({ at }) => since.last !== null || at > since.startedAt);
}

/** Returns when the next reminder of a review is to be sent, in ISO 8601, UTC; null when there is none. */
export const nextReminderAt = (reminded: Reminded): string | null => remaining(reminded)[0]?.at ?? null;

/**
 * Returns the event that reminds of a review at `now`; null for a review that is finished, has no due time, or of which nothing is to be reminded
 * yet or again. Of several moments that have passed only the latest one is reminded of.
 */
export function remindOfReview(reviewId: string, { appId, dueAt, startedAt, reminded, people, decisions, finishedPosition }: AccessReviewState, roster: RosterState, now: string): AccessReviewReminder | null {
  if (dueAt === null || finishedPosition !== null) return null;
  const passed = remaining(reminded === null ? { dueAt, startedAt, last: null } : { dueAt, last: reminded }).findLast(({ at }) => at <= now);
  if (!passed) return null;
  const undecided = [...people.keys()].filter((userId) => !decisions.has(userId)).length;
  return { type: 'AccessReviewReminded', data: { appId, reviewId, reminder: passed.reminder, dueAt, people: people.size, undecided, informedUserIds: activeAdminIds(roster) } };
}
