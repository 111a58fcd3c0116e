import { AppDocument } from '@partner-access/client';
import type { ReactNode } from 'react';
import { useQuery } from 'urql';
import { useAccount, usePerson } from '../../app/person';
import { Page } from '../../parts/Page';
import { VerifyLink } from '../../parts/VerifyLink';
import { Empty, Failed, Loading, NoRight } from '../../parts/states';
import { fill, useLanguage } from '../../texts/language';
import { useHistoryTexts } from '../../texts/history/historyTexts';
import { useHistoryAddress } from './address';
import { ChartsView } from './charts/ChartsView';
import { CheckpointStatus } from './CheckpointStatus';
import { CompareView } from './compare/CompareView';
import { EventDialog } from './event/EventDialog';
import { ExportButton } from './export/ExportButton';
import { MomentView } from './moment/MomentView';
import { Timeline } from './timeline/Timeline';
import { Views, viewOf } from './Views';

/** The history of one app, for its admins and for auditors. */
export function HistoryOfApp({ appId }: { readonly appId: string }): ReactNode {
  const { texts: { history: { title } } } = useLanguage();
  const texts = useHistoryTexts();
  const { keapId, isAuditor, isOperator } = usePerson();
  const { account, error, read } = useAccount(appId);
  const [{ data }] = useQuery({ query: AppDocument, variables: { appId }, pause: !isAuditor });
  const mayProve = isAuditor || isOperator;
  const opened = useHistoryAddress().get('event');
  if (!isAuditor && account === undefined) return <Page title={title}>{error ? <Failed error={error} onRetry={read} /> : <Loading />}</Page>;
  if (!isAuditor && account?.role !== 'ADMIN') return <NoRight keapId={keapId} />;
  return (
    <Page title={title} actions={<ExportButton appId={appId} />}>
      {mayProve && <CheckpointStatus appId={appId} />}
      {data?.app === null ? <Empty>{fill(texts.noApp, { app: appId })}</Empty> : <><Views /><CurrentView appId={appId} /></>}
      <VerifyLink />
      {opened !== null && <EventDialog key={opened} id={opened} />}
    </Page>
  );
}

function CurrentView({ appId }: { readonly appId: string }): ReactNode {
  switch (viewOf(useHistoryAddress().get('view'))) {
    case 'timeline': return <Timeline appId={appId} />;
    case 'users': return <MomentView appId={appId} />;
    case 'charts': return <ChartsView appId={appId} />;
    case 'compare': return <CompareView appId={appId} />;
  }
}
