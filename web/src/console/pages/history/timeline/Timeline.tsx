import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { usePerson } from '../../../app/person';
import { useAnnounce } from '../../../parts/Announcer';
import { useSentences } from '../../../parts/sentences';
import { Empty, Failed, Loading, NoRight } from '../../../parts/states';
import { fill, useLanguage } from '../../../texts/language';
import { useHistoryTexts } from '../../../texts/history/historyTexts';
import { useHistoryAddress } from '../address';
import { HISTORY } from './eventFeed';
import { EventList } from './EventList';
import { filterOf } from './filter';
import { TimelineFilters } from './TimelineFilters';
import { useEventFeed } from './useEventFeed';

/** What happened in an app, newest first, with filters in the address. */
export function Timeline({ appId }: { readonly appId: string }): ReactNode {
  const { texts: { events: { actors } } } = useLanguage();
  const texts = useHistoryTexts();
  const { keapId } = usePerson();
  const address = useHistoryAddress();
  const announce = useAnnounce();
  const sentenceOf = useSentences();
  const filter = filterOf(appId, address);
  const feed = useEventFeed(HISTORY, filter, (event) => announce(fill(texts.arrived, { sentence: sentenceOf(event) ?? event.summary })));
  const { events, error, isForbidden, readAgain } = feed;
  if (isForbidden) return <NoRight keapId={keapId} />;
  const actor = events?.find(({ actorId }) => actorId === filter.actorId)?.actor;
  const isFiltered = Object.entries(filter).some(([name, value]) => name !== 'appId' && value !== null);
  return (
    <>
      <TimelineFilters appId={appId} actorName={actor ? actor.name ?? actor.keapId ?? actors[actor.kind] : null} />
      {error && <Failed error={error} onRetry={readAgain} />}
      {events === null && !error && <Loading lines={10} height={32} />}
      {events?.length === 0 && <Empty action={isFiltered && <Button variant="light" onClick={() => address.change({ person: null, actor: null, kind: null, from: null, to: null })}>{texts.filters.clear}</Button>}>{isFiltered ? texts.emptyFiltered : texts.empty}</Empty>}
      {events !== null && events.length > 0 && <EventList events={events} feed={feed} />}
    </>
  );
}
