import type { Recorded } from '../events';
import type { AccessDecision, AccessReviewEvent, ReviewedAccess } from './events';

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
export const emptyReview = (): AccessReviewState => ({ appId: '', people: new Map(), decisions: new Map(), finishedPosition: null, position: '', revision: -1, lastOccurredAt: '' });

/** Applies an event to the state. */
export function evolveReview(state: AccessReviewState, event: Recorded<AccessReviewEvent>): void {
  switch (event.type) {
    case 'AccessReviewStarted':
      state.appId = event.data.appId;
      break;
    case 'AccessReviewListed':
      for (const one of event.data.people) state.people.set(one.userId, one);
      break;
    case 'AccessDecided': {
      const { userIds, decision, remark } = event.data;
      for (const userId of userIds) state.decisions.set(userId, { decision, remark, position: event.position });
      break;
    }
    case 'AccessReviewFinished':
      state.finishedPosition = event.position;
      break;
  }
  state.position = event.position;
  state.revision = event.revision;
  state.lastOccurredAt = event.occurredAt;
}
