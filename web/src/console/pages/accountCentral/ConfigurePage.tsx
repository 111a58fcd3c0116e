import type { AccountFieldsFragment } from '@partner-access/client';
import { Anchor, Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import { useAccount } from '../../app/person';
import { Block } from '../../parts/Block';
import { Page } from '../../parts/Page';
import { Empty, Failed, Loading } from '../../parts/states';
import { fill, useLanguage } from '../../texts/language';
import type { Arrival } from './AccountCentralPage';
import classes from './accountCentral.module.css';
import { AssignedContacts } from './AssignedContacts';
import { LabelForm } from './LabelForm';
import { LeaveDialog } from './LeaveDialog';

/** Everything that a person sets for one of their apps, and the way out of it. */
export function ConfigurePage(): ReactNode {
  const { texts } = useLanguage();
  const { appId } = useParams<{ appId: string }>();
  const { account, error, read } = useAccount(appId);
  const back = <Anchor underline="always" component={Link} href="/account-central">{texts.configure.back}</Anchor>;
  if (account === undefined) return <Page key="unknown" title={appId} actions={back}>{error ? <Failed error={error} onRetry={read} /> : <Loading />}</Page>;
  if (account === null) return <Page key="gone" title={texts.configure.goneTitle}><Empty action={back}>{fill(texts.configure.gone, { app: appId })}</Empty></Page>;
  return <Page key={appId} title={account.label} actions={back}><Configuration account={account} /></Page>;
}

function Configuration({ account }: { readonly account: AccountFieldsFragment }): ReactNode {
  const { texts, format } = useLanguage();
  const [, go] = useLocation();
  const [isLeaving, setLeaving] = useState(false);
  const { accountName, role, kind, url, joinedAt, leaveBlockers } = account;
  const never = leaveBlockers.find(({ code }) => code !== 'HAS_ASSIGNED_CONTACTS');
  const left = (): void => {
    const state: Arrival = { left: accountName };
    go('/account-central', { state });
  };
  return (
    <>
      <Block title={texts.configure.account}>
        <dl className={classes['details']}>
          <dt>{texts.configure.accountName}</dt><dd>{accountName}</dd>
          <dt>{texts.configure.role}</dt><dd>{`${texts.roles[role]}, ${texts.kinds[kind]}, ${fill(texts.accountCentral.since, { date: format.date(joinedAt) })}`}</dd>
        </dl>
      </Block>
      <Block title={texts.configure.label}><LabelForm account={account} /></Block>
      <Block title={texts.configure.connectedApps}>
        <Anchor underline="always" href={url} target="_blank" rel="noreferrer">{url}</Anchor>
      </Block>
      <Block title={texts.configure.leave}>
        {never ? <p>{never.message}</p> : (
          <>
            <p>{fill(texts.configure.leaveLead, { app: accountName })}</p>
            {account.assignedContactCount > 0 && <AssignedContacts account={account} />}
            <Button color="red" variant="outline" mt="sm" onClick={() => setLeaving(true)}>{texts.configure.leaveButton}</Button>
          </>
        )}
      </Block>
      <LeaveDialog account={account} isOpen={isLeaving} onClose={() => setLeaving(false)} onLeft={left} />
    </>
  );
}
