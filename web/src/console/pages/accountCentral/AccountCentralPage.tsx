import { AccountCentralDocument } from '@partner-access/client';
import { Alert, Button } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { useQuery } from 'urql';
import { useHistoryState } from 'wouter/use-browser-location';
import { ACCOUNTS_PER_PAGE, usePerson } from '../../app/person';
import { useAnnounce } from '../../parts/Announcer';
import { Block } from '../../parts/Block';
import { Page } from '../../parts/Page';
import { Empty, Failed, Loading } from '../../parts/states';
import { fill, useLanguage } from '../../texts/language';
import { AccountRow } from './AccountRow';
import classes from './accountCentral.module.css';
import { InvitationCard } from './InvitationCard';
import { useArrivals } from './useArrivals';

/** What the page that leads here has done. */
export interface Arrival {
  readonly left?: string;
}

/** The apps that the person has access to, and the invitations that wait for them. */
export function AccountCentralPage(): ReactNode {
  const { texts } = useLanguage();
  const { keapId } = usePerson();
  const [after, setAfter] = useState<string | null>(null);
  const [{ data, error, fetching }, read] = useQuery({ query: AccountCentralDocument, variables: after === null ? { first: ACCOUNTS_PER_PAGE } : { first: ACCOUNTS_PER_PAGE, after } });
  const arrival = useHistoryState<Arrival | null>();
  const [done, setDone] = useState(() => (arrival?.left === undefined ? null : fill(texts.accountCentral.left, { app: arrival.left })));
  const central = data?.accountCentral;
  const announce = useAnnounce();
  useArrivals(central);
  useEffect(() => {
    if (done !== null) announce(done);
  }, []);
  return (
    <Page title={texts.accountCentral.title}>
      {done !== null && <Alert role="status" mb="md" withCloseButton closeButtonLabel={texts.close} onClose={() => setDone(null)}>{done}</Alert>}
      {error && !central && <Failed error={error} onRetry={() => read({ requestPolicy: 'network-only' })} />}
      {!central && !error && <Loading />}
      {central && central.invitations.length > 0 && (
        <Block title={texts.accountCentral.invitations}>
          <ul className={classes['list']}>
            {central.invitations.map((invitation) => <InvitationCard key={invitation.id} invitation={invitation} onAnswered={setDone} />)}
          </ul>
        </Block>
      )}
      {central && (
        <Block title={texts.accountCentral.accounts}>
          {central.accounts.nodes.length === 0 && <Empty>{fill(texts.accountCentral.empty, { keapId })}</Empty>}
          <ul className={classes['list']}>
            {central.accounts.nodes.map((account) => <AccountRow key={account.id} account={account} />)}
          </ul>
          {central.accounts.pageInfo.hasNextPage && (
            <Button variant="light" mt="md" loading={fetching} onClick={() => setAfter(central.accounts.pageInfo.endCursor ?? null)}>{texts.showMore}</Button>
          )}
        </Block>
      )}
    </Page>
  );
}
