import { AppUsersChangedDocument, UserDocument } from '@partner-access/client';
import { Anchor } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useQuery, useSubscription } from 'urql';
import { Link, useParams } from 'wouter';
import { codeOf } from '../../api/codes';
import { useAfterInterruption } from '../../api/connection';
import { useChosenApp } from '../../app/chosenApp';
import { usePerson } from '../../app/person';
import { useAnnounce } from '../../parts/Announcer';
import { nameOf } from '../../parts/names';
import { Page } from '../../parts/Page';
import { Empty, Failed, Loading, NoRight } from '../../parts/states';
import { fill, useLanguage } from '../../texts/language';
import { PersonView } from './PersonView';

/** Everything about one person of an app. It follows what others change. */
export function PersonPage(): ReactNode {
  const { texts } = useLanguage();
  const { keapId } = usePerson();
  const announce = useAnnounce();
  const { userId } = useParams<{ userId: string }>();
  const appId = useChosenApp().appId ?? '';
  const [version, setVersion] = useState(0);
  const [{ data, error }, read] = useQuery({ query: UserDocument, variables: { appId, userId }, requestPolicy: 'cache-and-network' });
  const app = data?.app;
  const user = app?.user;
  const refresh = (): void => {
    read({ requestPolicy: 'network-only' });
    setVersion((before) => before + 1);
  };
  useSubscription({ query: AppUsersChangedDocument, variables: { appId }, pause: app?.viewer.role !== 'ADMIN' }, (_before, change) => {
    const { user: changed } = change.appUsersChanged;
    if (changed.userId === userId) {
      announce(fill(texts.users.changed, { name: nameOf(changed), status: texts.users.statuses[changed.status] }));
      setVersion((before) => before + 1);
    }
    return change;
  });
  useAfterInterruption(refresh);

  const back = <Anchor underline="always" component={Link} href={`/users?app=${encodeURIComponent(appId)}`}>{fill(texts.personPage.back, { app: app?.accountName ?? appId })}</Anchor>;
  if (error !== undefined && codeOf(error.graphQLErrors) !== 'FORBIDDEN' && !user) {
    return <Page key="failed" title={texts.personPage.title} actions={back}><Failed error={error} onRetry={refresh} /></Page>;
  }
  if (error !== undefined && !user) return <NoRight keapId={keapId} />;
  if (data === undefined) return <Page key="loading" title={texts.personPage.title} actions={back}><Loading lines={5} /></Page>;
  if (!app) return <NoRight keapId={keapId} />;
  if (!user) return <Page key="nobody" title={texts.personPage.nobodyTitle}><Empty action={back}>{texts.personPage.nobody}</Empty></Page>;
  return <PersonView key={user.userId} app={app} user={user} version={version} back={back} onChanged={refresh} />;
}
