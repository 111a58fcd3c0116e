import type { MembershipEventFilter, SentenceFieldsFragment } from '@partner-access/client';
import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { useClient } from 'urql';
import { EventFeed, type EventSource, type FeedState } from './eventFeed';

/** The events of a filter, and what a person does with them. */
export interface Feed extends FeedState {
  readonly readMore: () => void;
  readonly readAgain: () => void;
  readonly hold: (isHeld: boolean) => void;
}

/** Reads the events of a filter, and follows them where the list is followed; another filter begins anew. */
export function useEventFeed(source: EventSource, filter: MembershipEventFilter, onArrived: (event: SentenceFieldsFragment) => void): Feed {
  const client = useClient();
  const tell = useRef(onArrived);
  tell.current = onArrived;
  const feed = useMemo(() => new EventFeed(client, source, filter, (event) => tell.current(event)), [client, source, JSON.stringify(filter)]);
  useEffect(() => {
    feed.start();
    return feed.stop;
  }, [feed]);
  return { ...useSyncExternalStore(feed.subscribe, feed.state), readMore: feed.readMore, readAgain: feed.start, hold: feed.hold };
}
