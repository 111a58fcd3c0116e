import type { ReviewFieldsFragment } from '@partner-access/client';
import { fill, useLanguage } from '../../texts/language';
import { useReviewTexts } from '../../texts/reviews/reviewTexts';

/** Returns a function that says how a review is called: by its note, else by its day. */
export function useReviewName(): (review: Pick<ReviewFieldsFragment, 'note' | 'startedAt'>) => string {
  const { format } = useLanguage();
  const { unnamed } = useReviewTexts();
  return ({ note, startedAt }) => note ?? fill(unnamed, { date: format.date(startedAt) });
}
