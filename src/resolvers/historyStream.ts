import type { HistoryEntry } from '../application/membershipHistory';
import { WakeUp } from '../application/wakeUp';
import type { MembershipEventsFilter } from '../projections/membershipEventsRows';
import { endable, hasEnded, whenEnded } from './endable';
import type { RequestContext } from './requestContext';
import { pagedAsync } from './requestErrors';

/** One event of a history that is followed. */
export interface FollowedEvent {
  readonly position: string;
  readonly entry: HistoryEntry;
}

/** So many events are read at once; more are not kept for anybody, however slow they take them. */
const EVENTS_AT_ONCE = 100;

/**
 * The events that the filter lets through: those after `filter.afterPosition` out of the log, then each one as it happens, in log order and each
 * once; from now on where there is no such position. A slow reader holds up nothing, since the events wait in the log.
 * @param mayGoOn called before each event and whenever something happened in the app; ends the stream by throwing.
 */
export function followHistory(context: RequestContext, filter: MembershipEventsFilter, mayGoOn: () => void): AsyncIterableIterator<FollowedEvent> {
  const { changes, history } = context.views;
  const wakeUp = new WakeUp();
  return endable((ended) => {
    whenEnded(ended, changes.onApp(filter.appId ?? null, () => { wakeUp.wake(); }));
    whenEnded(ended, () => { wakeUp.wake(); });
    const start = filter.afterPosition ?? changes.position();
    return (async function* followed() {
      let after = start;
      while (!hasEnded(ended)) {
        // What is seen before the page is read is surely in it, so that the next page may begin behind it.
        const seen = changes.position();
        const { nodes, pageInfo } = await pagedAsync(() => history.page({ ...filter, afterPosition: after }, { first: EVENTS_AT_ONCE }));
        for (const entry of nodes) {
          mayGoOn();
          after = entry.stored.position;
          yield { position: after, entry };
        }
        if (pageInfo.hasNextPage) continue;
        if (nodes.length === 0 && !hasEnded(ended)) mayGoOn();
        if (seen > after) after = seen;
        await wakeUp.sleep();
      }
    })();
  });
}
