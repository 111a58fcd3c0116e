import type { SentenceFieldsFragment, UserFieldsFragment } from '@partner-access/client';
import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { fill, useLanguage } from '../texts/language';
import { EventSentence } from './EventSentence';
import classes from './parts.module.css';

interface Props {
  readonly event: SentenceFieldsFragment;
  /** Somebody whose name the page knows. */
  readonly known?: Pick<UserFieldsFragment, 'userId' | 'name' | 'keapId'>;
  /** What the page adds about the event. */
  readonly children?: ReactNode;
}

/** An event in a list: when it was, what happened, and the reason that was given. It leads to the event in the history, with its proof. */
export function EventLine({ event, known, children }: Props): ReactNode {
  const { texts, format } = useLanguage();
  return (
    <li className={classes['event']} data-event={event.type}>
      <time dateTime={event.occurredAt}>{format.time(event.occurredAt)}</time>
      <div className={classes['told']} data-told>
        <Anchor c="var(--ink)" component={Link} href={`/history?app=${encodeURIComponent(event.appId)}&event=${encodeURIComponent(event.id)}`}><EventSentence event={event} known={known} /></Anchor>
        {event.reason !== null && <small>{fill(texts.events.reason, { reason: event.reason })}</small>}
      </div>
      {children}
    </li>
  );
}
