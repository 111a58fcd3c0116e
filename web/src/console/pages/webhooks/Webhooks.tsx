import { WebhooksDocument, type WebhooksQuery } from '@partner-access/client';
import { Alert, Button, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useQuery } from 'urql';
import { usePolling } from '../../api/usePolling';
import { useAnnounce } from '../../parts/Announcer';
import { Page } from '../../parts/Page';
import { Empty, Failed, Loading } from '../../parts/states';
import { fill, useLanguage } from '../../texts/language';
import { useOperatingTexts } from '../../texts/operating/operatingTexts';
import { RegisterDialog } from './RegisterDialog';
import { RemoveWebhookDialog } from './RemoveWebhookDialog';
import { ReplayDialog } from './ReplayDialog';
import { SecretDialog } from './SecretDialog';
import { WebhookCard } from './WebhookCard';
import classes from './webhooks.module.css';

/** A webhook in the list of all. */
export type ListedWebhook = WebhooksQuery['webhooks'][number];

/** What is asked about a webhook. */
export type Asking = { readonly what: 'register'; readonly like: ListedWebhook | null } | { readonly what: 'replay' | 'remove'; readonly webhook: ListedWebhook } | { readonly what: 'secret'; readonly url: string; readonly secret: string };

/** The service takes no more. */
const MOST = 100;
/** The dead letters that are shown of each webhook. */
const DEAD_LETTERS = 10;
/** With more webhooks than this, they can be searched. */
const FEW = 8;

/** All webhooks with the state of their deliveries, which is read again while one looks. */
export function Webhooks(): ReactNode {
  const { texts, format } = useLanguage();
  const { webhooks: words } = useOperatingTexts();
  const announce = useAnnounce();
  const [{ data, error }, read] = useQuery({ query: WebhooksDocument, variables: { first: MOST, deadLetters: DEAD_LETTERS }, requestPolicy: 'cache-and-network' });
  const [asking, setAsking] = useState<Asking | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const [search, setSearch] = useState('');
  const readAgain = (): void => read({ requestPolicy: 'network-only' });
  usePolling(readAgain);
  const close = (): void => setAsking(null);
  const tell = (what: string): void => {
    close();
    setDone(what);
    announce(what);
    readAgain();
  };
  const all = data?.webhooks;
  const found = all?.filter(({ url, appIds }) => [url, ...(appIds ?? [])].some((text) => text.toLowerCase().includes(search.trim().toLowerCase())));
  const deadLetters = all?.reduce((sum, { deadLetterCount }) => sum + deadLetterCount, 0) ?? 0;
  const isFull = all !== undefined && all.length >= MOST;
  return (
    <Page title={texts.webhooks.title} actions={<Button disabled={all === undefined || isFull} onClick={() => setAsking({ what: 'register', like: null })}>{words.register}</Button>}>
      {done !== null && <Alert role="status" mb="md" withCloseButton closeButtonLabel={texts.close} onClose={() => setDone(null)}>{done}</Alert>}
      <p>{words.lead}</p>
      {isFull && <Alert role="status" mb="md">{fill(words.full, { count: MOST })}</Alert>}
      {error && !all && <Failed error={error} onRetry={readAgain} />}
      {!all && !error && <Loading lines={3} height={120} />}
      {all?.length === 0 && <Empty>{words.empty}</Empty>}
      {all && found && all.length > 0 && (
        <>
          <p role="status" className={classes['summary']} data-webhooks={all.length}>
            {fill(words.summary, { webhooks: format.plural(words.count, all.length), failing: format.plural(words.failingCount, all.filter(({ failedAttempts }) => failedAttempts > 0).length), deadLetters: format.plural(words.deadLetters, deadLetters) })}
          </p>
          {all.length > FEW && <TextInput type="search" maw="24rem" mb="md" label={words.search} placeholder={words.searchHint} value={search} onChange={({ currentTarget }) => setSearch(currentTarget.value)} />}
          {found.length === 0 && <Empty>{words.noMatch}</Empty>}
          <ul className={classes['list']} aria-label={words.list}>
            {found.map((webhook) => <WebhookCard key={webhook.webhookId} webhook={webhook} mayBeCopied={!isFull} onAsk={setAsking} />)}
          </ul>
        </>
      )}
      {asking?.what === 'register' && <RegisterDialog like={asking.like} onClose={close} onRegistered={(url, secret) => { setAsking({ what: 'secret', url, secret }); readAgain(); }} />}
      {asking?.what === 'secret' && <SecretDialog url={asking.url} secret={asking.secret} onClose={() => tell(fill(words.registered, { url: asking.url }))} />}
      {asking?.what === 'replay' && <ReplayDialog webhook={asking.webhook} onClose={close} onDone={tell} />}
      {asking?.what === 'remove' && <RemoveWebhookDialog webhook={asking.webhook} onClose={close} onDone={tell} />}
    </Page>
  );
}
