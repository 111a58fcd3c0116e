import { type UserFieldsFragment, UserHistoryDocument } from '@partner-access/client';
import { Button } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { usePages } from '../../api/usePages';
import { Block } from '../../parts/Block';
import { EventLine } from '../../parts/EventLine';
import { Failed, Loading } from '../../parts/states';
import { useLanguage } from '../../texts/language';
import classes from './person.module.css';

interface Props {
  readonly appId: string;
  readonly user: UserFieldsFragment;
  readonly version: number;
}

const SIZE = 20;

/** What happened to a person in an app, latest first. */
export function History({ appId, user, version }: Props): ReactNode {
  const { texts } = useLanguage();
  const list = usePages({ document: UserHistoryDocument, variables: { appId, userId: user.userId }, size: SIZE, from: 'end', pageOf: ({ app }) => app?.user?.history });
  useEffect(() => {
    if (version > 0) list.readAgain();
  }, [version]);
  return (
    <Block title={texts.personPage.history}>
      {list.error && <Failed error={list.error} onRetry={list.readAgain} />}
      {list.nodes === null && !list.error && <Loading lines={4} height={48} />}
      <ol reversed className={classes['events']} aria-label={texts.personPage.history}>
        {list.nodes?.map((event) => <EventLine key={event.id} event={event} known={user} />)}
      </ol>
      {list.hasMore && <Button variant="light" mt="md" loading={list.isLoading} onClick={list.readMore}>{texts.personPage.earlier}</Button>}
    </Block>
  );
}
