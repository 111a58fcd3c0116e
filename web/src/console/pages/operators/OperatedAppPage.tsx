import { AppDocument } from '@partner-access/client';
import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import { useQuery } from 'urql';
import { Link, useParams } from 'wouter';
import { Page } from '../../parts/Page';
import { Empty, Failed, Loading } from '../../parts/states';
import { fill } from '../../texts/language';
import { OperatingTexts, useOperatingTexts } from '../../texts/operating/operatingTexts';
import { OperatedApp } from './OperatedApp';

/** What operators do about one app. */
export const OperatedAppPage = (): ReactNode => <OperatingTexts><AppOfAddress /></OperatingTexts>;

function AppOfAddress(): ReactNode {
  const { operators: words } = useOperatingTexts();
  const { appId } = useParams<{ appId: string }>();
  const [{ data, error }, read] = useQuery({ query: AppDocument, variables: { appId }, requestPolicy: 'cache-and-network' });
  const back = <Anchor underline="always" component={Link} href="/operators">{words.back}</Anchor>;
  if (data?.app) return <Page key={appId} title={data.app.accountName} actions={back}><OperatedApp app={data.app} /></Page>;
  if (error) return <Page key="failed" title={appId} actions={back}><Failed error={error} onRetry={() => read({ requestPolicy: 'network-only' })} /></Page>;
  if (data === undefined) return <Page key="loading" title={appId} actions={back}><Loading /></Page>;
  return <Page key="none" title={words.noAppTitle}><Empty action={back}>{fill(words.noApp, { app: appId })}</Empty></Page>;
}
