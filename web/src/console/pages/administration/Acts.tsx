import type { MembershipEventFilter } from '@partner-access/client';
import { Button, Group, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { usePerson } from '../../app/person';
import { Page } from '../../parts/Page';
import { Problem } from '../../parts/Problem';
import { Empty, Failed, Loading, NoRight } from '../../parts/states';
import { useHistoryTexts } from '../../texts/history/historyTexts';
import { useLanguage } from '../../texts/language';
import { type HistoryAddress, useHistoryAddress } from '../history/address';
import { EventDialog } from '../history/event/EventDialog';
import { ADMINISTRATIVE_EVENTS } from '../history/timeline/eventFeed';
import { EventList } from '../history/timeline/EventList';
import { startOf } from '../history/timeline/filter';
import { useEventFeed } from '../history/timeline/useEventFeed';
import { ActFilters } from './ActFilters';
import { DownloadActs } from './DownloadActs';
import { typesOf } from './kinds';

/** The address without any filter. */
const EVERYTHING = { app: null, by: null, actor: null, kind: null, from: null, to: null } as const;

/** The events that the address asks for. */
function filterOf({ get }: HistoryAddress): MembershipEventFilter {
  const kind = get('kind');
  return {
    appId: get('app'),
    actorKeapId: get('by'),
    actorId: get('actor'),
    types: kind === null ? null : typesOf(kind),
    from: startOf(get('from')),
    to: startOf(get('to'), 1),
  };
}

/** What operators and auditors did, newest first, with filters in the address. */
export function Acts(): ReactNode {
  const { texts: { administration: { title }, events: { actors } } } = useLanguage();
  const { administration: texts, emptyFiltered, filters } = useHistoryTexts();
  const { keapId, isAuditor } = usePerson();
  const address = useHistoryAddress();
  const [problem, setProblem] = useState<string | null>(null);
  const filter = filterOf(address);
  const feed = useEventFeed(ADMINISTRATIVE_EVENTS, filter, () => undefined);
  const { events, error, isForbidden, isLoading, readAgain } = feed;
  // The sign-in may have lost its scope since.
  if (isForbidden) return <NoRight keapId={keapId} />;
  const opened = address.get('event');
  const actor = events?.find(({ actorId }) => actorId === filter.actorId)?.actor;
  const isFiltered = Object.values(filter).some((value) => value !== null);
  return (
    <Page title={title} actions={(
      <Group gap="xs">
        {isAuditor && <DownloadActs from={filter.from ?? null} to={filter.to ?? null} onProblem={setProblem} />}
        <Button variant="default" loading={isLoading} onClick={readAgain}>{texts.again}</Button>
      </Group>
    )}>
      <Text c="dimmed" mb="md">{isAuditor ? `${texts.lead} ${texts.file.about}` : texts.leadForOperators}</Text>
      <Problem>{problem}</Problem>
      <ActFilters actorName={actor ? actor.name ?? actor.keapId ?? actors[actor.kind] : null} onClear={isFiltered ? () => address.change(EVERYTHING) : null} />
      {error && <Failed error={error} onRetry={readAgain} />}
      {events === null && !error && <Loading lines={10} height={32} />}
      {events?.length === 0 && <Empty action={isFiltered && <Button variant="light" onClick={() => address.change(EVERYTHING)}>{filters.clear}</Button>}>{isFiltered ? emptyFiltered : texts.empty}</Empty>}
      {events !== null && events.length > 0 && <EventList events={events} feed={feed} />}
      {opened !== null && <EventDialog key={opened} id={opened} />}
    </Page>
  );
}
