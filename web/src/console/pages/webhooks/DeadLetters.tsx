import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { fill, useLanguage } from '../../texts/language';
import { useOperatingTexts } from '../../texts/operating/operatingTexts';
import { useFailures } from './useFailures';
import classes from './webhooks.module.css';
import type { ListedWebhook } from './Webhooks';

interface Props {
  readonly webhook: ListedWebhook;
  readonly onReplay: () => void;
}

/** The service counts no further. */
const MOST_COUNTED = 10_000;

/** The events of a webhook that were given up, and how to send them again; nothing while there are none. */
export function DeadLetters({ webhook: { deadLetterCount: count, deadLetters }, onReplay }: Props): ReactNode {
  const { format } = useLanguage();
  const { webhooks: words } = useOperatingTexts();
  const sentenceOf = useFailures();
  if (count === 0) return null;
  return (
    <details className={classes['dead']} data-dead-letters={count}>
      <summary>{count >= MOST_COUNTED ? fill(words.manyDeadLetters, { count: format.number(count) }) : format.plural(words.deadLetters, count)}</summary>
      <p>{words.deadLettersLead}{count > deadLetters.length && ` ${fill(words.shown, { count: format.number(deadLetters.length) })}`}</p>
      <ul>
        {deadLetters.map(({ eventId, position, at, attempts, reason }) => (
          <li key={eventId}>
            <time dateTime={at}>{format.time(at)}</time>
            <span>{format.plural(words.deadLetter, attempts, { reason: sentenceOf(reason) })}</span>
            <small>{fill(words.event, { event: eventId, position })}</small>
          </li>
        ))}
      </ul>
      <Button variant="light" size="compact-md" onClick={onReplay}>{words.replay}</Button>
    </details>
  );
}
