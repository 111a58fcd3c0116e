import { Alert, Button, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import { useApps } from '../../app/useApps';
import { useAnnounce } from '../../parts/Announcer';
import { Block } from '../../parts/Block';
import { Page } from '../../parts/Page';
import { Empty, Failed, Loading } from '../../parts/states';
import { fill, useLanguage } from '../../texts/language';
import { useOperatingTexts } from '../../texts/operating/operatingTexts';
import { HealthLine } from './HealthLine';
import classes from './operators.module.css';
import { RegisterAppDialog } from './RegisterAppDialog';

/** Every app, found by any part of its name or id. */
export function Apps(): ReactNode {
  const { texts, format } = useLanguage();
  const { operators: words } = useOperatingTexts();
  const announce = useAnnounce();
  const [search, setSearch] = useState('');
  const [isRegistering, setRegistering] = useState(false);
  const [done, setDone] = useState<string | null>(null);
  const { apps, hasMore, isLoading, error, readMore, readAgain } = useApps(search);
  const isSearch = search.trim() !== '';
  const registered = (accountName: string): void => {
    const what = fill(words.registered, { app: accountName });
    setRegistering(false);
    setSearch('');
    setDone(what);
    announce(what);
    readAgain();
  };
  return (
    <Page title={texts.operators.title} actions={<Button onClick={() => setRegistering(true)}>{words.register}</Button>}>
      {done !== null && <Alert role="status" mb="md" withCloseButton closeButtonLabel={texts.close} onClose={() => setDone(null)}>{done}</Alert>}
      <HealthLine />
      <Block title={words.apps}>
        <TextInput type="search" maw="24rem" mb="md" label={words.search} placeholder={words.searchHint} value={search} onChange={({ currentTarget }) => setSearch(currentTarget.value)} />
        {error && <Failed error={error} onRetry={readAgain} />}
        {apps === null && !error && <Loading lines={4} height={64} />}
        {apps !== null && (
          <>
            <p role="status" className={classes['found']} data-found={apps.length} aria-busy={isLoading}>{format.plural(hasMore ? words.foundSoFar : words.found, apps.length)}</p>
            {apps.length === 0 && !isLoading && <Empty>{!isSearch ? words.none : hasMore ? words.notYet : words.noMatch}</Empty>}
            <ul className={classes['list']} aria-label={words.apps}>
              {apps.map(({ appId, accountName, url, licences: { total, used, reserved } }) => (
                <li key={appId} data-app={appId}>
                  <Link href={`/operators/apps/${appId}`}>{accountName}</Link>
                  <span>{url}</span>
                  <span>{fill(words.licences, { used: format.number(used + reserved), total: format.number(total) })}</span>
                </li>
              ))}
            </ul>
            {hasMore && <Button variant="light" mt="md" loading={isLoading} onClick={readMore}>{isSearch ? words.lookOn : texts.showMore}</Button>}
          </>
        )}
      </Block>
      {isRegistering && <RegisterAppDialog onClose={() => setRegistering(false)} onRegistered={registered} />}
    </Page>
  );
}
