import type { Recorded } from '../events';
import type { AccessDecision, AccessReviewEvent, Reminder, ReviewedAccess } from './events';

/** What was decided about a person. */
interface Decided {
  readonly decision: AccessDecision;
  readonly remark: string | null;
  readonly position: string;
}

/** The state of `review-<id>`. It is changed in place. */
export interface AccessReviewState {
  /** The app; empty before the first event. */
  appId: string;
  /** When the review is to be finished; null without such a time. */
  dueAt: string | null;
  /** When it was decided to start it. */
  startedAt: string;
  /** The last reminder that was sent; null when none was. */
  reminded: Reminder | null;
  readonly people: Map<string, ReviewedAccess>;
  readonly decisions: Map<string, Decided>;
  /** Position of the event that finished the review; null while it is open. */
  finishedPosition: string | null;
  /** Position of the last event. */
  position: string;
  revision: number;
  lastOccurredAt: string;
}

/** The state of a review with no events. */
export const emptyReview = (): AccessReviewState => ({ appId: '', dueAt: null, startedAt: '', reminded: null, people: new Map(), decisions: new Map(), finishedPosition: null, position: '', revision: -1, lastOccurredAt: '' });

/** Applies an event to the state. */
export function evolveReview(state: AccessReviewState, event: Recorded<AccessReviewEvent>): void {
  switch (event.type) {
    case 'AccessReviewStarted':
      state.appId = event.data.appId;
      state.dueAt = event.data.dueAt;
      state.startedAt = event.decidedAt;
      break;
    case 'AccessReviewListed':
      for (const one of event.data.people) state.people.set(one.userId, one);
      break;
    case 'AccessDecided': {
      const { userIds, decision, remark } = event.data;
      for (const userId of userIds) state.decisions.set(userId, { decision, remark, position: event.position });
      break;
    }
    case 'AccessReviewReminded':
      state.reminded = event.data.reminder;
      break;
    case 'AccessReviewFinished':
      state.finishedPosition = event.position;
      break;
  }
  state.position = event.position;
  state.revision = event.revision;
  state.lastOccurredAt = event.occurredAt;
}
