import type { ReviewFieldsFragment } from '@partner-access/client';
import { Progress } from '@mantine/core';
import type { ReactNode } from 'react';
import { fill, useLanguage } from '../../texts/language';
import { useReviewTexts } from '../../texts/reviews/reviewTexts';
import { useActorName } from './actorName';
import classes from './reviews.module.css';

/** When a review started, until when it is due, and how far it is. */
export function Facts({ review: { status, startedAt, startedBy, dueAt, finishedAt, finishedBy, decidedCount, totalCount } }: { readonly review: ReviewFieldsFragment }): ReactNode {
  const { format } = useLanguage();
  const words = useReviewTexts();
  const nameOf = useActorName();
  const progress = format.plural(words.progress, totalCount, { done: format.number(decidedCount) });
  const isOverdue = status === 'OPEN' && dueAt != null && Date.parse(dueAt) < Date.now();
  return (
    <div className={classes['facts']}>
      <p>
        <span>{fill(words.started, { time: format.time(startedAt), name: nameOf(startedBy) })}</span>
        {dueAt != null && <span className={isOverdue ? classes['overdue'] : undefined}>{fill(isOverdue ? words.overdue : words.due, { date: format.date(dueAt) })}</span>}
        {finishedAt != null && finishedBy != null && <span>{fill(words.finished, { time: format.time(finishedAt), name: nameOf(finishedBy) })}</span>}
      </p>
      <p data-decided={decidedCount} data-total={totalCount}>{progress}</p>
      <Progress value={totalCount === 0 ? 100 : (decidedCount / totalCount) * 100} aria-label={progress} />
    </div>
  );
}
