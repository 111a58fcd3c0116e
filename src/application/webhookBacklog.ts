import type { MembershipEventsQueries } from '../projections/membershipEventsQueries';
import type { MembershipEventsFilter } from '../projections/membershipEventsRows';
import type { WebhooksQueries } from '../projections/webhooksQueries';
import type { WebhookRow } from '../projections/webhooksRows';

/** How sending to other systems stands. */
export interface WebhookCounts {
  readonly registered: number;
  /** whose next event was tried in vain. */
  readonly failing: number;
  /** events that are still to be sent, one for each webhook that gets it. */
  readonly backlog: number;
  readonly deadLetters: number;
}

/** Counting more events than this tells nobody more. */
export const MOST_COUNTED = 10_000;

/** What a webhook is still to be sent: an event is let through by one of these filters at most. */
export const filtersOf = ({ cursor, types, appIds }: WebhookRow): readonly MembershipEventsFilter[] => (appIds ?? [null]).map((appId) => ({ appId, types, afterPosition: cursor }));

/** Counts all webhooks together; 10,000 events or dead letters stand for that many or more. */
export function countWebhooks(webhooks: WebhooksQueries, index: MembershipEventsQueries): WebhookCounts {
  const rows = webhooks.all();
  let backlog = 0;
  for (const filter of rows.flatMap(filtersOf)) backlog += index.count(filter, MOST_COUNTED - backlog);
  return { registered: rows.length, failing: rows.filter(({ attempts }) => attempts > 0).length, backlog, deadLetters: webhooks.deadLetterCount() };
}
