import type { SentenceFieldsFragment } from '@partner-access/client';
import { Button } from '@mantine/core';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useLanguage } from '../../../texts/language';
import { useHistoryTexts } from '../../../texts/history/historyTexts';
import classes from '../history.module.css';
import { EventRow } from './EventRow';
import type { Feed } from './useEventFeed';

interface Props {
  readonly events: readonly SentenceFieldsFragment[];
  readonly feed: Feed;
}

const ROW_HEIGHT = 44;
/** So many rows before the end of what was loaded, the next page is read. */
const AHEAD = 20;

const dayOf = (event: SentenceFieldsFragment | undefined): string => (event === undefined ? '' : new Date(event.occurredAt).toDateString());

/** Events of any number, of which those in sight exist. */
export function EventList({ events, feed: { waiting, fresh, hasMore, isLoading, error, readMore, hold } }: Props): ReactNode {
  const { format } = useLanguage();
  const texts = useHistoryTexts();
  const list = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  // What is above the list comes and goes.
  useLayoutEffect(() => {
    if (list.current !== null) setTop(Math.round(list.current.getBoundingClientRect().top + window.scrollY));
  });
  const virtualizer = useWindowVirtualizer({ count: events.length, estimateSize: () => ROW_HEIGHT, overscan: 10, scrollMargin: top, getItemKey: (index) => events[index]?.position ?? index });
  const items = virtualizer.getVirtualItems();
  const isNearEnd = hasMore && (items.at(-1)?.index ?? 0) >= events.length - AHEAD;
  const mayReadMore = isNearEnd && !isLoading && error === null;
  useEffect(() => {
    if (mayReadMore) readMore();
  }, [mayReadMore, events.length]);
  const isFurtherDown = (virtualizer.scrollOffset ?? 0) > top;
  useEffect(() => hold(isFurtherDown), [hold, isFurtherDown]);
  return (
    <>
      {waiting > 0 && <div className={classes['waiting']}><Button onClick={() => window.scrollTo({ top: 0 })}>{format.plural(texts.waiting, waiting)}</Button></div>}
      <div role="list" aria-label={texts.list} aria-busy={isLoading} ref={list} className={classes['list']} style={{ height: virtualizer.getTotalSize() }}>
        {items.map(({ key, index, start }) => {
          const event = events[index];
          return event && (
            <div key={key} role="listitem" aria-posinset={index + 1} aria-setsize={hasMore ? -1 : events.length} data-index={index} data-event={event.type} data-changed={fresh.has(event.position) || undefined}
              ref={virtualizer.measureElement} className={classes['item']} style={{ transform: `translateY(${start - top}px)` }}>
              <EventRow event={event} beginsDay={dayOf(event) !== dayOf(events[index - 1])} />
            </div>
          );
        })}
      </div>
      {!hasMore && <p className={classes['start']}>{texts.start}</p>}
    </>
  );
}
