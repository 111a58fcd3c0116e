import { HistoryDocument, type UserFieldsFragment, UserWhyDocument } from '@partner-access/client';
import { Badge, Button } from '@mantine/core';
import { type ReactNode, useEffect, useMemo } from 'react';
import { useQuery } from 'urql';
import { usePages } from '../../api/usePages';
import { Block } from '../../parts/Block';
import { EventLine } from '../../parts/EventLine';
import { nameOf } from '../../parts/names';
import { Failed, Loading } from '../../parts/states';
import { fill, useLanguage } from '../../texts/language';
import { Periods } from './Periods';
import { ACCESS_EVENTS, lastChapterOf, periodsOf } from './periods';
import classes from './person.module.css';

interface Props {
  readonly appId: string;
  readonly user: UserFieldsFragment;
  readonly version: number;
}

const SIZE = 200;

/** Why a person has access or not, and when they had it, from the events about them. */
export function Access({ appId, user, version }: Props): ReactNode {
  const { texts } = useLanguage();
  const { userId, status, role } = user;
  const list = usePages({
    document: HistoryDocument,
    variables: { filter: { appId, userId, types: [...ACCESS_EVENTS] } },
    size: SIZE,
    from: 'end',
    pageOf: ({ membershipEvents }) => membershipEvents,
  });
  const [{ data }, readWhy] = useQuery({ query: UserWhyDocument, variables: { appId, userId }, requestPolicy: 'network-only' });
  useEffect(() => {
    if (version === 0) return;
    list.readAgain();
    readWhy({ requestPolicy: 'network-only' });
  }, [version]);
  const why = data?.app?.user?.why;
  const events = useMemo(() => list.nodes?.toReversed() ?? [], [list.nodes]);
  const title = fill(status === 'ACTIVE' ? texts.personPage.why : texts.personPage.whyNot, { name: nameOf(user) });
  const reasonsOf = (id: string): readonly string[] => [
    ...(why?.status.id === id ? [`${texts.users.columns.status}: ${texts.users.statuses[status]}`] : []),
    ...(why?.role.id === id ? [`${texts.users.columns.role}: ${texts.roles[role]}`] : []),
    ...(why?.licence?.id === id ? [texts.personPage.licence] : []),
  ];
  return (
    <>
      <Block title={title}>
        {list.nodes === null && (list.error ? <Failed error={list.error} onRetry={list.readAgain} /> : <Loading lines={2} height={48} />)}
        <ol className={classes['events']}>
          {lastChapterOf(events).map((event) => (
            <EventLine key={event.id} event={event} known={user}>
              {reasonsOf(event.id).map((reason) => <Badge key={reason} variant="light" tt="none">{reason}</Badge>)}
            </EventLine>
          ))}
        </ol>
      </Block>
      <Block title={texts.personPage.periods}>
        {list.nodes === null && !list.error && <Loading lines={1} height={48} />}
        {list.nodes !== null && <Periods periods={periodsOf(events)} />}
        {list.hasMore && <Button variant="light" mt="md" loading={list.isLoading} onClick={list.readMore}>{texts.personPage.earlier}</Button>}
      </Block>
    </>
  );
}
