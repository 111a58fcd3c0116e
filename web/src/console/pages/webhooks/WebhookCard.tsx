import { Badge, Button, Menu } from '@mantine/core';
import type { ReactNode } from 'react';
import { fill, useLanguage } from '../../texts/language';
import { useOperatingTexts } from '../../texts/operating/operatingTexts';
import { DeadLetters } from './DeadLetters';
import { useFailures } from './useFailures';
import classes from './webhooks.module.css';
import type { Asking, ListedWebhook } from './Webhooks';

interface Props {
  readonly webhook: ListedWebhook;
  readonly mayBeCopied: boolean;
  readonly onAsk: (asking: Asking) => void;
}

/** A webhook: what it gets, and how its deliveries go. */
export function WebhookCard({ webhook, mayBeCopied, onAsk }: Props): ReactNode {
  const { texts, format } = useLanguage();
  const { webhooks: words } = useOperatingTexts();
  const sentenceOf = useFailures();
  const { url, appIds, types, personalData, registeredAt, position, failedAttempts, nextAttemptAt, lastFailure } = webhook;
  const isFailing = failedAttempts > 0;
  const gets = [
    appIds == null ? words.allApps : fill(words.ofApps, { list: format.list(appIds) }),
    types == null ? words.allTypes : fill(words.ofTypes, { list: format.list(types) }),
    personalData ? words.withNames : words.withoutNames,
    fill(words.since, { date: format.date(registeredAt) }),
  ];
  return (
    <li className={classes['card']} data-webhook={url} data-failing={isFailing}>
      <div className={classes['head']}>
        <h2 className={classes['url']}>{url}</h2>
        <Badge variant="light" color={isFailing ? 'red' : 'brand'} tt="none">{isFailing ? words.failing : words.delivering}</Badge>
        <Menu position="bottom-end">
          <Menu.Target>
            <Button variant="default" size="compact-sm" aria-label={fill(words.actions, { url })}>{texts.personPage.actions}</Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => onAsk({ what: 'replay', webhook })}>{words.replay}</Menu.Item>
            {mayBeCopied && <Menu.Item onClick={() => onAsk({ what: 'register', like: webhook })}>{words.copy}</Menu.Item>}
            <Menu.Item color="red" onClick={() => onAsk({ what: 'remove', webhook })}>{words.remove}</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
      <p className={classes['facts']}>{gets.join(', ')}</p>
      <p className={classes['facts']}>{fill(words.position, { position })}</p>
      {isFailing && <p className={classes['trouble']}>{format.plural(words.attempts, failedAttempts)}{nextAttemptAt != null && ` ${fill(words.next, { time: format.time(nextAttemptAt) })}`}</p>}
      {lastFailure != null && <p className={classes['facts']}>{fill(words.last, { time: format.time(lastFailure.at), reason: sentenceOf(lastFailure.reason) })}</p>}
      <DeadLetters webhook={webhook} onReplay={() => onAsk({ what: 'replay', webhook })} />
    </li>
  );
}
