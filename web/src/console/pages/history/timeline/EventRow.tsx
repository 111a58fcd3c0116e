import type { SentenceFieldsFragment } from '@partner-access/client';
import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { EventSentence } from '../../../parts/EventSentence';
import { fill, useLanguage } from '../../../texts/language';
import { useHistoryAddress } from '../address';
import classes from '../history.module.css';
import { useKnown } from '../useKnown';

interface Props {
  readonly event: SentenceFieldsFragment;
  /** Whether it is the first one of its day in the list. */
  readonly beginsDay: boolean;
}

/** An event in the list: when it was, what happened, and why. It leads to the event. */
export function EventRow({ event, beginsDay }: Props): ReactNode {
  const { texts, format } = useLanguage();
  const { hrefOf } = useHistoryAddress();
  const { id, occurredAt, reason } = event;
  const known = useKnown(event);
  return (
    <>
      {beginsDay && <p className={classes['day']}>{format.date(occurredAt)}</p>}
      <div className={classes['line']}>
        <time dateTime={occurredAt} title={format.time(occurredAt)}>{format.clock(occurredAt)}</time>
        <div>
          <Anchor underline="hover" c="var(--ink)" component={Link} href={hrefOf({ event: id })}><EventSentence event={event} known={known} /></Anchor>
          {reason !== null && <small>{fill(texts.events.reason, { reason })}</small>}
        </div>
      </div>
    </>
  );
}
