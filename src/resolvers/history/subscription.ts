import type { HistoryEntry } from '../../application/history/entries';
import { isAborted, Signal } from '../../concurrency';
import type { MembershipEventsFilter } from '../../projections/membershipEvents/rows';
import { cancellable, onCancel } from '../shared/cancellable';
import type { RequestContext } from '../context';
import { pagedAsync } from '../shared/errors';

/** One event of a followed history. */
export interface FollowedEvent {
  readonly position: string;
  readonly entry: HistoryEntry;
}

/** Events read from the log at a time. A slow subscriber never has more than these in memory. */
const EVENTS_AT_ONCE = 100;

/**
 * Streams the events that match the filter, in log order and each exactly once: first those after `filter.afterPosition`, then new ones. Without a
 * position, only new ones. A slow subscriber delays nobody, since unread events stay in the log.
 * @param mayGoOn checks access before each event and after each change of the app; ends the stream by throwing.
 */
export function followHistory(context: RequestContext, filter: MembershipEventsFilter, mayGoOn: () => void): AsyncIterableIterator<FollowedEvent> {
  const { changes, history } = context.readModels;
  const changed = new Signal();
  return cancellable((cancelled) => {
    onCancel(cancelled, changes.onApp(filter.appId ?? null, () => { changed.notify(); }));
    const start = filter.afterPosition ?? changes.position();
    return (async function* followed() {
      let after = start;
      while (!isAborted(cancelled)) {
        // The page includes everything up to this position, so the next page can start after it.
        const seen = changes.position();
        const { nodes, pageInfo } = await pagedAsync(() => history.page({ ...filter, afterPosition: after }, { first: EVENTS_AT_ONCE }));
        for (const entry of nodes) {
          mayGoOn();
          after = entry.stored.position;
          yield { position: after, entry };
        }
        if (pageInfo.hasNextPage) continue;
        if (nodes.length === 0 && !isAborted(cancelled)) mayGoOn();
        if (seen > after) after = seen;
        await changed.wait({ signal: cancelled });
      }
    })();
  });
}
