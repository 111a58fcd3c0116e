import type { ReviewFieldsFragment } from '@partner-access/client';
import { Anchor, Badge } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useReviewTexts } from '../../texts/reviews/reviewTexts';
import { Facts } from './Facts';
import classes from './reviews.module.css';
import { useReviewName } from './reviewName';

/** A review in the list of all. */
export function ReviewEntry({ review }: { readonly review: ReviewFieldsFragment }): ReactNode {
  const words = useReviewTexts();
  const name = useReviewName()(review);
  return (
    <li className={classes['entry']} data-review={review.reviewId}>
      <div className={classes['name']}>
        <Anchor component={Link} fw={650} underline="always" href={`/reviews/${review.reviewId}`}>{name}</Anchor>
        <Badge variant={review.status === 'OPEN' ? 'filled' : 'light'} tt="none">{words.statuses[review.status]}</Badge>
      </div>
      <Facts review={review} />
    </li>
  );
}
